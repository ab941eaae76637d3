/* tests: the sessions of consumers: who is remembered, who makes way, what is news. */
#include "handler/fetcher.h"

#include "support/heap.h"
#include "support/test.h"

enum { STALE_MS = 1000 };

struct book {
    struct random random;
    struct fetcher_cache *cache;
};

static void book_open(struct book *book, size_t count_max, size_t bytes_max)
{
    random_init(&book->random, 1);
    struct fetcher_options options = { count_max, bytes_max, STALE_MS, &book->random };
    book->cache = fetcher_cache_create(&options);
    assert_non_null(book->cache);
}

static struct fetcher_want want(const char *topic, int32_t partition)
{
    return (struct fetcher_want){
        .topic = slice_text(topic), .partition = partition, .leader_epoch = -1, .bytes_max = 1024
    };
}

/* A session by names with so many partitions of the topic "t". NULL: there was no room. */
static struct fetcher *begin(struct book *book, int32_t partitions, int64_t now_ms)
{
    struct fetcher *session = fetcher_create(book->cache, false, (size_t)partitions, now_ms);
    for (int32_t i = 0; session && i < partitions; i++) {
        struct fetcher_want asked = want("t", i);
        assert_true(fetcher_put(book->cache, session, &asked));
    }
    return session;
}

static bool is_there(const struct book *book, int32_t id)
{
    return fetcher_get(book->cache, id) != NULL;
}

TEST(a_request_must_have_the_next_epoch_and_speak_of_topics_as_before)
{
    struct book book;
    struct fetcher *found;
    book_open(&book, 10, 1 << 20);
    struct fetcher *session = begin(&book, 1, 0);
    int32_t id = fetcher_id(session);
    assert_true(id > 0);
    assert_int_equal(fetcher_find(book.cache, id, 1, false, &found), 0);
    assert_ptr_equal(found, session);
    assert_int_equal(fetcher_find(book.cache, id, 2, false, &found),
                     KC_ERR_INVALID_FETCH_SESSION_EPOCH);
    assert_int_equal(fetcher_find(book.cache, id, -7, false, &found),
                     KC_ERR_INVALID_FETCH_SESSION_EPOCH);
    assert_int_equal(fetcher_find(book.cache, id, 1, true, &found),
                     KC_ERR_FETCH_SESSION_TOPIC_ID_ERROR);
    assert_int_equal(fetcher_find(book.cache, id == 1 ? 2 : id - 1, 1, false, &found),
                     KC_ERR_FETCH_SESSION_ID_NOT_FOUND);
    assert_int_equal(fetcher_find(book.cache, 0, 1, false, &found),
                     KC_ERR_FETCH_SESSION_ID_NOT_FOUND);
    fetcher_touch(book.cache, session, 5);
    assert_int_equal(fetcher_find(book.cache, id, 1, false, &found),
                     KC_ERR_INVALID_FETCH_SESSION_EPOCH);
    assert_int_equal(fetcher_find(book.cache, id, 2, false, &found), 0);
    fetcher_remove(book.cache, session);
    assert_int_equal(fetcher_count(book.cache), 0);
    fetcher_cache_destroy(book.cache);
}

TEST(only_what_changed_is_news)
{
    struct book book;
    book_open(&book, 10, 1 << 20);
    struct fetcher *session = begin(&book, 1, 0);
    struct fetcher_want asked = want("t", 0);
    struct fetcher_seen seen = { .high_watermark = 0, .log_start_offset = 0 };
    assert_true(fetcher_see(session, &asked, &seen)); /* the first time */
    assert_false(fetcher_see(session, &asked, &seen));
    seen.has_records = true;
    assert_true(fetcher_see(session, &asked, &seen));
    assert_true(fetcher_see(session, &asked, &seen));
    seen.has_records = false;
    seen.high_watermark = 9;
    assert_true(fetcher_see(session, &asked, &seen));
    assert_false(fetcher_see(session, &asked, &seen));
    seen.log_start_offset = 3;
    assert_true(fetcher_see(session, &asked, &seen));
    assert_false(fetcher_see(session, &asked, &seen));
    seen.has_error = true;
    assert_true(fetcher_see(session, &asked, &seen)); /* each time */
    assert_true(fetcher_see(session, &asked, &seen));
    seen.has_error = false;
    assert_true(fetcher_see(session, &asked, &seen)); /* and its end */
    assert_false(fetcher_see(session, &asked, &seen));
    asked.partition = 1;
    assert_false(fetcher_see(session, &asked, &seen)); /* of no interest */
    fetcher_cache_destroy(book.cache);
}

TEST(who_had_records_comes_last_the_next_time)
{
    enum { COUNT = 4 };
    struct book book;
    struct fetcher_want wants[COUNT];
    struct fetcher_seen records = { .has_records = true };
    const int32_t expected[] = { 2, 3, 1, 0 };
    book_open(&book, 10, 1 << 20);
    struct fetcher *session = begin(&book, COUNT, 0);
    for (int32_t i = 1; i >= 0; i--) {
        struct fetcher_want asked = want("t", i);
        assert_true(fetcher_see(session, &asked, &records));
    }
    fetcher_wants(session, wants);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(wants[i].partition, expected[i]);
        assert_true(slice_is(wants[i].topic, "t"));
    }
    fetcher_cache_destroy(book.cache);
}

TEST(what_is_asked_changes_and_is_forgotten)
{
    struct book book;
    struct fetcher_want found[2];
    book_open(&book, 10, 1 << 20);
    struct fetcher *session = begin(&book, 2, 0);
    struct fetcher_want asked = want("t", 1);
    asked.offset = 77;
    asked.bytes_max = 5;
    asked.leader_epoch = 3;
    assert_true(fetcher_put(book.cache, session, &asked));
    assert_int_equal(fetcher_size(session), 2);
    fetcher_wants(session, found);
    assert_int_equal(found[1].offset, 77);
    assert_int_equal(found[1].bytes_max, 5);
    assert_int_equal(found[1].leader_epoch, 3);
    asked = want("u", 1);
    fetcher_forget(book.cache, session, &asked); /* never asked for */
    assert_int_equal(fetcher_size(session), 2);
    asked = want("t", 0);
    fetcher_forget(book.cache, session, &asked);
    fetcher_forget(book.cache, session, &asked);
    assert_int_equal(fetcher_size(session), 1);
    fetcher_wants(session, found);
    assert_int_equal(found[0].partition, 1);
    fetcher_cache_destroy(book.cache);
}

TEST(a_full_cache_lets_the_stale_go_and_the_old_that_are_smaller)
{
    struct book book;
    book_open(&book, 2, 1 << 20);
    int32_t small = fetcher_id(begin(&book, 2, 0));
    int32_t large = fetcher_id(begin(&book, 9, 0));
    assert_null(begin(&book, 5, STALE_MS)); /* both are young */
    fetcher_touch(book.cache, fetcher_get(book.cache, small), STALE_MS + 1);
    fetcher_touch(book.cache, fetcher_get(book.cache, large), STALE_MS + 1);
    assert_null(begin(&book, 2, STALE_MS + 2)); /* old, but none is smaller */
    int32_t middle = fetcher_id(begin(&book, 3, STALE_MS + 2));
    assert_false(is_there(&book, small));
    assert_true(is_there(&book, large) && is_there(&book, middle));
    fetcher_touch(book.cache, fetcher_get(book.cache, middle), 2 * STALE_MS);
    assert_non_null(begin(&book, 1, 2 * STALE_MS + 2)); /* unused for long: size does not count */
    assert_false(is_there(&book, large));
    assert_true(is_there(&book, middle));
    fetcher_cache_destroy(book.cache);
}

TEST(no_slots_no_sessions)
{
    struct book book;
    book_open(&book, 0, 1 << 20);
    assert_null(fetcher_create(book.cache, true, 1, 0));
    fetcher_cache_destroy(book.cache);
}

/* S15: whatever is asked for, memory stays within its bounds, and who is there is not driven out by
 * what can never fit. */
TEST(a_hundred_thousand_sessions_and_huge_ones_stay_in_bounds)
{
    struct book book;
    size_t before = heap_live();
    book_open(&book, 1000, 1 << 20);
    for (int32_t i = 0; i < 100000; i++) {
        (void)begin(&book, 1, i);
        assert_true(fetcher_count(book.cache) <= 1000);
    }
    assert_int_equal(fetcher_count(book.cache), 1000);
    assert_null(fetcher_create(book.cache, true, INT32_MAX, 1 << 30));
    assert_int_equal(fetcher_count(book.cache), 1000);
    /* One that grows is stopped. */
    struct fetcher *greedy = begin(&book, 1, 1 << 30);
    int32_t taken = 1;
    struct fetcher_want asked = want("t", taken);
    while (fetcher_put(book.cache, greedy, &asked)) {
        asked.partition = ++taken;
        assert_true(taken < 10000);
    }
    assert_int_equal(fetcher_size(greedy), taken);
    fetcher_remove(book.cache, greedy);
    greedy = begin(&book, 1, 1 << 30); /* its memory is there again */
    asked.partition = 1;
    assert_true(fetcher_put(book.cache, greedy, &asked));
    fetcher_cache_destroy(book.cache);
    assert_int_equal(heap_live(), before);
}

TEST(a_name_that_no_topic_has_is_not_remembered)
{
    struct book book;
    char name[300];
    book_open(&book, 10, 1 << 20);
    struct fetcher *session = begin(&book, 1, 0);
    memset(name, 'x', sizeof(name));
    struct fetcher_want asked = want("", 0);
    asked.topic = slice_of(name, 250);
    assert_false(fetcher_put(book.cache, session, &asked));
    asked.topic = slice_of(name, 249);
    assert_true(fetcher_put(book.cache, session, &asked));
    fetcher_cache_destroy(book.cache);
}

static enum kc_err live(void *context)
{
    struct random random;
    struct fetcher_options options = { 2, 1 << 20, STALE_MS, &random };
    enum kc_err err = KC_ERR_NO_MEMORY;
    (void)context;
    random_init(&random, 1);
    struct fetcher_cache *cache = fetcher_cache_create(&options);
    struct fetcher *session = cache ? fetcher_create(cache, false, 20, 0) : NULL;
    if (session) {
        err = KC_ERR_NONE;
        for (int32_t i = 0; i < 20; i++) {
            struct fetcher_want asked = want("t", i);
            size_t size = fetcher_size(session);
            bool done = fetcher_put(cache, session, &asked);
            assert_int_equal(fetcher_size(session), size + done);
            err = done ? err : KC_ERR_NO_MEMORY;
        }
        fetcher_touch(cache, session, STALE_MS + 1);
    }
    fetcher_cache_destroy(cache);
    return err;
}

TEST(without_memory_a_session_is_smaller_or_not_there)
{
    heap_each(live, NULL);
}
