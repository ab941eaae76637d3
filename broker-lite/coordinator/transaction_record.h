/* coordinator: transactional ids as records of __transaction_state, in Kafka's formats
 * (TransactionLogKey 0, TransactionLogValue 0 and 1). */
#ifndef COORDINATOR_TRANSACTION_RECORD_H
#define COORDINATOR_TRANSACTION_RECORD_H

#include "coordinator/journal.h"
#include "coordinator/transaction.h"

/* Adds the id's record: `fields`, and the partitions sorted by topic and index, with one entry a
 * topic. */
void transaction_record_add(struct journal *journal, struct slice id,
                            const struct transaction_fields *fields,
                            const struct transaction_partition *partitions, size_t count);
void transaction_record_add_tombstone(struct journal *journal, struct slice id);

/* Reads a record back: *ret_transaction is NULL for a tombstone and for keys that are not known
 * here; *ret_id borrows from the key. KC_ERR_CORRUPT_MESSAGE, KC_ERR_NO_MEMORY. */
enum kc_err transaction_record_read(struct slice key, struct slice value, struct arena *arena,
                                    struct slice *ret_id, struct transaction **ret_transaction);

#endif
