/* record: the broker's check of a produced batch, and the records as it has seen them. */
#ifndef RECORD_BATCH_CHECK_H
#define RECORD_BATCH_CHECK_H

#include "record/batch.h"

/* As batch_check, and the records without compression, for who wants another one: they live until
 * the next check or until batch_check_trim. */
enum kc_err batch_check_content(struct batch_checker *checker, const struct batch *batch,
                                struct slice *ret_content);

/* Gives back what is too large to be kept for the next batch. */
void batch_check_trim(struct batch_checker *checker);

#endif
