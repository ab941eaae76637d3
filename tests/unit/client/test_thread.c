/* tests: the I/O thread: posting, calling, deadlines, the first and the last owner. */
#include "client/ask.h"
#include "support/test.h"

#include <pthread.h>
#include <stdlib.h>

struct counter {
    struct thread *thread;
    int count; /* the I/O thread's */
};

static void count_up(void *context)
{
    struct counter *counter = context;
    assert_true(thread_is_current(counter->thread));
    counter->count++;
}

static void *post_many(void *context)
{
    struct counter *counter = context;
    for (int i = 0; i < 1000; i++) {
        while (thread_call(counter->thread, count_up, counter) != KC_ERR_NONE) {
        }
    }
    return NULL;
}

TEST(every_call_runs_once)
{
    pthread_t senders[4];
    struct counter counter = { .thread = thread_take(NULL) };
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&senders[i], NULL, post_many, &counter), 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(senders[i], NULL), 0);
    }
    thread_call_sync(counter.thread, count_up, &counter);
    assert_int_equal(counter.count, 4001);
    assert_false(thread_is_current(counter.thread));
    thread_drop(counter.thread);
}

TEST(handles_share_one_thread_and_the_last_one_ends_it)
{
    struct thread *first = thread_take(NULL);
    struct thread *second = thread_take(NULL);
    assert_ptr_equal(first, second);
    thread_drop(first);
    struct counter counter = { .thread = second };
    assert_int_equal(thread_call(second, count_up, &counter), KC_ERR_NONE);
    /* What was posted runs before the end. */
    thread_drop(second);
    assert_int_equal(counter.count, 1);
    thread_drop(NULL);
}

struct question {
    struct ask ask;
    int answer;
};

static void answer_now(void *context)
{
    struct question *question = context;
    question->answer = 42;
    ask_done(&question->ask, KC_ERR_NONE, NULL);
}

static void answer_bad(void *context)
{
    ask_done(context, KC_ERR_NO_BROKER, "nobody is there");
}

static void explain_only(void *context)
{
    ask_explain(context, "the broker is slow");
}

static void count_nothing(void *context)
{
}

static void question_free(struct ask *ask)
{
    ask_finish(ask);
    free(ask);
}

static struct question *question_of(thread_function *run)
{
    struct question *question = calloc(1, sizeof(*question));
    ask_init(&question->ask, run, question_free);
    return question;
}

static void answer_late(void *context)
{
    struct question *question = context;
    assert_true(ask_is_given_up(&question->ask));
    ask_done(&question->ask, KC_ERR_NONE, NULL);
}

TEST(asks_end_with_an_answer_an_error_or_a_deadline)
{
    struct kc_error error;
    struct thread *thread = thread_take(NULL);
    struct question *good = question_of(answer_now);
    assert_int_equal(ask_wait(&good->ask, thread, -1, "w", &error), KC_ERR_NONE);
    assert_int_equal(good->answer, 42);
    ask_drop(&good->ask);
    struct question *bad = question_of(answer_bad);
    assert_int_equal(ask_wait(&bad->ask, thread, 10000, "w", &error), KC_ERR_NO_BROKER);
    assert_string_equal(error.text, "nobody is there");
    ask_drop(&bad->ask);
    struct question *slow = question_of(explain_only);
    ask_take(&slow->ask);
    ask_post(&slow->ask, thread);
    /* What was posted before has run when this returns. */
    thread_call_sync(thread, count_nothing, NULL);
    assert_int_equal(ask_wait_more(&slow->ask, 1, "join", &error), KC_ERR_TIMED_OUT);
    assert_string_equal(error.text, "join: no answer within 1 ms (the broker is slow)");
    ask_drop(&slow->ask);
    atomic_store(&slow->ask.given_up, true);
    thread_call_sync(thread, answer_late, slow);
    ask_drop(&slow->ask);
    thread_drop(thread);
}
