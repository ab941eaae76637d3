/* tests: memory that runs out on purpose. The program's own symbols come before those of the shared
 * objects, so that every caller of malloc gets these; below them stands the sanitizer's allocator
 * where there is one, else that of the C library. */
#include "support/heap.h"

#include "support/test.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS_MAX = 100000 };

/* glibc's own names, and those of a sanitizer's interceptors. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);
__attribute__((weak)) void *__interceptor_malloc(size_t size);
__attribute__((weak)) void *__interceptor_calloc(size_t count, size_t size);
__attribute__((weak)) void *__interceptor_realloc(void *block, size_t size);
__attribute__((weak)) int __interceptor_posix_memalign(void **ret_block, size_t alignment,
                                                       size_t size);
__attribute__((weak)) void __interceptor_free(void *block);

void heap_refuse(size_t n);
void *_Znwm(size_t size);
void _ZdlPv(void *block);
void _ZdlPvm(void *block, size_t size);

static atomic_size_t live;

/* Atomic for those that share it. */
struct tally {
    atomic_bool is_armed;
    atomic_bool has_failed;
    atomic_int pauses;
    atomic_size_t count;
    atomic_size_t refused;
};

static _Thread_local struct tally own;
static _Atomic(struct tally *) shared; /* NULL: each thread has its own */

static struct tally *tally(void)
{
    struct tally *all = atomic_load(&shared);
    return all ? all : &own;
}

void heap_share(void)
{
    atomic_store(&shared, &own);
}

void heap_fail_at(size_t n)
{
    struct tally *now = tally();
    now->is_armed = true;
    now->pauses = 0;
    now->has_failed = false;
    now->count = 0;
    now->refused = n;
}

size_t heap_count(void)
{
    return tally()->count;
}

bool heap_failed(void)
{
    return tally()->has_failed;
}

size_t heap_live(void)
{
    return atomic_load(&live);
}

void heap_pause(void)
{
    tally()->pauses++;
}

void heap_resume(void)
{
    assert_true(tally()->pauses > 0);
    tally()->pauses--;
}

/* A place for a breakpoint. */
__attribute__((noinline)) void heap_refuse(size_t n)
{
    (void)n;
    tally()->has_failed = true;
    errno = ENOMEM;
}

static bool is_refused(void)
{
    struct tally *now = tally();
    if (!now->is_armed || now->pauses > 0) {
        return false;
    }
    size_t count = atomic_fetch_add(&now->count, 1) + 1;
    if (count != now->refused) {
        return false;
    }
    heap_refuse(count);
    return true;
}

static void *counted(void *block)
{
    if (block) {
        atomic_fetch_add(&live, 1);
    }
    return block;
}

static void *allocate(size_t size)
{
    return counted(__interceptor_malloc ? __interceptor_malloc(size) : __libc_malloc(size));
}

void *malloc(size_t size)
{
    return is_refused() ? NULL : allocate(size);
}

void *calloc(size_t items, size_t size)
{
    if (is_refused()) {
        return NULL;
    }
    return counted(__interceptor_calloc ? __interceptor_calloc(items, size)
                                        : __libc_calloc(items, size));
}

void free(void *block)
{
    if (block) {
        atomic_fetch_sub(&live, 1);
    }
    if (__interceptor_free) {
        __interceptor_free(block);
    } else {
        __libc_free(block);
    }
}

void *realloc(void *block, size_t size)
{
    if (!block) {
        return malloc(size);
    }
    if (size == 0) {
        free(block);
        return NULL;
    }
    if (is_refused()) {
        return NULL;
    }
    return __interceptor_realloc ? __interceptor_realloc(block, size) : __libc_realloc(block, size);
}

int posix_memalign(void **ret_block, size_t alignment, size_t size)
{
    if (is_refused()) {
        return ENOMEM;
    }
    if (__interceptor_posix_memalign) {
        int result = __interceptor_posix_memalign(ret_block, alignment, size);
        (void)counted(result == 0 ? *ret_block : NULL);
        return result;
    }
    void *block = counted(__libc_memalign(alignment, size));
    if (!block) {
        return ENOMEM;
    }
    *ret_block = block;
    return 0;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    void *block = NULL;
    int result = posix_memalign(&block, alignment, size);

    return result == 0 ? block : NULL;
}

/* C++'s operator new and delete, for snappy: no C code can catch what new throws, so it never
 * fails.
 */
void *_Znwm(size_t size)
{
    return allocate(size);
}

void _ZdlPv(void *block)
{
    free(block);
}

void _ZdlPvm(void *block, size_t size)
{
    (void)size;
    free(block);
}

/* The sanitizers' own would pass by malloc. */
char *strndup(const char *text, size_t size_max)
{
    size_t size = strnlen(text, size_max);
    char *copy = malloc(size + 1);

    if (copy) {
        memcpy(copy, text, size);
        copy[size] = 0;
    }
    return copy;
}

char *strdup(const char *text)
{
    return strndup(text, SIZE_MAX);
}

void heap_each(enum kc_err (*body)(void *context), void *context)
{
    for (size_t n = 1; n <= RUNS_MAX; n++) {
        size_t before = heap_live();
        heap_fail_at(n);
        enum kc_err err = body(context);
        bool ended = !heap_failed();
        size_t counted_last = heap_count();
        assert_int_equal(tally()->pauses, 0);
        heap_fail_at(0);
        heap_pause();
        size_t after = heap_live();
        if (after != before) {
            fail_msg("allocation %zu failed: %zu blocks before, %zu after", n, before, after);
        }
        if (ended) {
            assert_int_equal(err, KC_ERR_NONE);
            assert_true(counted_last > 0); /* else the program's malloc is not this one */
            return;
        }
        if (err != KC_ERR_NONE && err != KC_ERR_NO_MEMORY) {
            fail_msg("allocation %zu failed: the answer was error %d", n, err);
        }
    }
    fail_msg("no end after %d runs", (int)RUNS_MAX);
}
