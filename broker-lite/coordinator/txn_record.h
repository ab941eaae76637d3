/* coordinator: transactional ids as records of __transaction_state, in Kafka's formats
 * (TransactionLogKey 0, TransactionLogValue 0 and 1). */
#ifndef COORDINATOR_TXN_RECORD_H
#define COORDINATOR_TXN_RECORD_H

#include "coordinator/journal.h"
#include "coordinator/txn_entry.h"

/* Adds the id's record: `fields`, and the partitions sorted by topic and index, with one entry a
 * topic. */
void txn_record_add(struct journal *journal, struct slice id, const struct txn_fields *fields,
                    const struct txn_partition *partitions, size_t count);
void txn_record_add_tombstone(struct journal *journal, struct slice id);

/* Reads a record back: *ret_transaction is NULL for a tombstone and for keys that are not known
 * here; *ret_id borrows from the key. KC_ERR_CORRUPT_MESSAGE, KC_ERR_NO_MEMORY. */
enum kc_err txn_record_read(struct slice key, struct slice value, struct arena *arena,
                            struct slice *ret_id, struct txn_entry **ret_transaction);

#endif
