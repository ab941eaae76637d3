/* tests: frame_buffer. */
#include "base/frame_buffer.h"
#include "support/test.h"

TEST(lives_until_the_last_owner)
{
    struct frame_buffer *frame = frame_buffer_create(10);

    assert_non_null(frame);
    assert_int_equal(frame->size, 0);
    assert_int_equal(frame->capacity, 10);
    memcpy(frame->data, "0123456789", 10);
    frame->size = 10;
    frame_buffer_take(frame);
    frame_buffer_drop(frame);
    assert_true(slice_is(frame_buffer_slice(frame), "0123456789"));
    frame_buffer_drop(frame);
    frame_buffer_drop(NULL);
}

TEST(grows_with_its_contents)
{
    struct frame_buffer *frame = frame_buffer_create(3);

    memcpy(frame->data, "abc", 3);
    frame->size = 3;
    struct frame_buffer *larger = frame_buffer_grow(frame, 5000);
    assert_non_null(larger);
    assert_int_equal(larger->capacity, 5000);
    assert_true(slice_is(frame_buffer_slice(larger), "abc"));
    assert_null(frame_buffer_grow(larger, SIZE_MAX));
    frame_buffer_drop(larger);
}

TEST(refuses_overflow)
{
    assert_null(frame_buffer_create(SIZE_MAX));
}
