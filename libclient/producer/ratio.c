/* producer: how well a topic's batches compress. */
#include "producer/ratio.h"

#include "base/attr.h"

#include <stdint.h>

enum { MARGIN_PERCENT = 105 };

int ratio_learn(int ratio, size_t plain_size, size_t packed_size)
{
    if (plain_size == 0) {
        return ratio;
    }
    uint64_t seen = (uint64_t)packed_size * RATIO_NONE / plain_size;
    int observed = (int)MIN_OF(MAX_OF(seen, 1), INT32_MAX / 2);
    if (observed > ratio) {
        return MAX_OF(ratio + RATIO_WORSE_STEP, observed);
    }
    return observed < ratio ? MAX_OF(ratio - RATIO_BETTER_STEP, observed) : ratio;
}

size_t ratio_fill(int ratio, size_t packed_size)
{
    return (size_t)((uint64_t)packed_size * RATIO_NONE * 100 / ((uint64_t)ratio * MARGIN_PERCENT));
}
