/* interop: begins a transaction on topic "hanging" of the broker at TXN_PORT, and goes. With
 * TXN_STRAY set it writes to topic "stray" instead, as a client of before KIP-890, and never tells
 * the coordinator, who does not find out where the broker verifies nothing. */
#include "support/test.h"
#include "unit/handler/txn_line.h"

#include <poll.h>
#include <stdlib.h>

enum { PATIENCE = 600 };

TEST(hang)
{
    bool is_stray = getenv("TXN_STRAY") != NULL;
    struct line line;
    struct txn_line txn;
    txn_connect(&line);
    txn_line_init(&txn, &line, is_stray ? "strays" : "hangs");
    txn.old = is_stray;
    enum kc_err err = txn_begin(&txn);
    /* A coordinator that is new is not ready at once. */
    for (int i = 0; i < PATIENCE && kc_err_is_retriable(err); i++) {
        (void)poll(NULL, 0, 20);
        err = txn_begin(&txn);
    }
    assert_int_equal(err, 0);
    assert_int_equal(txn_produce(&txn, is_stray ? "stray" : "hanging", 0), 0);
    line_close(&line);
}
