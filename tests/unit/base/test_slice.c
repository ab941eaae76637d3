/* tests: slice. */
#include "base/slice.h"
#include "support/test.h"

#include <stdlib.h>

TEST(equality_knows_null)
{
    assert_true(slice_equal(SLICE_NULL, SLICE_NULL));
    assert_false(slice_equal(SLICE_NULL, SLICE_EMPTY));
    assert_true(slice_equal(SLICE_EMPTY, slice_text("")));
    assert_true(slice_is(slice_of("abc", 2), "ab"));
    assert_false(slice_is(slice_of("abc", 3), "ab"));
    assert_true(slice_is_null(slice_text(NULL)));
}

TEST(compares_as_bytes)
{
    assert_int_equal(slice_compare(SLICE_NULL, SLICE_NULL), 0);
    assert_true(slice_compare(SLICE_NULL, SLICE_EMPTY) < 0);
    assert_true(slice_compare(SLICE_EMPTY, SLICE_NULL) > 0);
    assert_int_equal(slice_compare(SLICE_EMPTY, SLICE_EMPTY), 0);
    assert_true(slice_compare(slice_text("a"), slice_text("ab")) < 0);
    assert_true(slice_compare(slice_text("b"), slice_text("ab")) > 0);
    assert_true(slice_compare(slice_text("\xff"), slice_text("a")) > 0);
}

TEST(hash_depends_on_every_byte_and_the_seed)
{
    uint8_t data[40] = { 0 };

    for (size_t size = 1; size <= sizeof(data); size++) {
        uint64_t plain = slice_hash(slice_of(data, size), 1);
        assert_true(plain == slice_hash(slice_of(data, size), 1));
        assert_true(plain != slice_hash(slice_of(data, size), 2));
        assert_true(plain != slice_hash(slice_of(data, size - 1), 1));
        for (size_t i = 0; i < size; i++) {
            data[i] ^= 0x80;
            assert_true(plain != slice_hash(slice_of(data, size), 1));
            data[i] ^= 0x80;
        }
    }
    assert_true(slice_hash(SLICE_NULL, 1) == slice_hash(SLICE_EMPTY, 1));
}

TEST(duplicates_text)
{
    char *text = slice_dup_text(slice_of("hello world", 5));

    assert_string_equal(text, "hello");
    free(text);
    text = slice_dup_text(SLICE_EMPTY);
    assert_string_equal(text, "");
    free(text);
    assert_null(slice_dup_text(SLICE_NULL));
}
