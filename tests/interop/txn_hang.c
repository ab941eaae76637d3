/* interop: begins a transaction on topic "hanging" of the broker at TXN_PORT, and goes. */
#include "support/test.h"
#include "unit/handler/txn_line.h"

TEST(hang)
{
    struct line line;
    struct txn_line txn;
    txn_connect(&line);
    txn_line_init(&txn, &line, "hangs");
    assert_int_equal(txn_begin(&txn), 0);
    assert_int_equal(txn_produce(&txn, "hanging", 0), 0);
    line_close(&line);
}
