/* producer: how well a topic's batches compress, so that they can be filled to batch.size as it
 * goes over the wire. The rule is that of Java's CompressionRatioEstimator: quick to fear the
 * worse, slow to trust the better. Pure. */
#ifndef PRODUCER_RATIO_H
#define PRODUCER_RATIO_H

#include <stddef.h>

/* Thousandths of the plain size. */
enum { RATIO_NONE = 1000, RATIO_BETTER_STEP = 5, RATIO_WORSE_STEP = 50 };

/* The estimate after one more batch. */
int ratio_learn(int ratio, size_t plain_size, size_t packed_size);

/* The plain bytes that will give about packed_size, with Java's margin of 5 %. */
size_t ratio_fill(int ratio, size_t packed_size);

#endif
