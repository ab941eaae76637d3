/* tests: memory that runs out on purpose. A test program that links heap_dep has its own malloc,
 * calloc, realloc, free, strdup and aligned kin, laid over those of the C library or of the
 * sanitizer; shared libraries (C-Raft, zstd, libdeflate) get them, too. They count the calls of one
 * thread and fail one of them. Nothing fails until a test asks for it. */
#ifndef SUPPORT_HEAP_H
#define SUPPORT_HEAP_H

#include <libclient/error.h>

#include <stddef.h>

/* Starts counting this thread's allocations from 0 and fails the nth of them, once; 0 fails none.
 * A realloc counts as one allocation, and leaves the old block as it was when it fails. */
void heap_fail_at(size_t n);

/* From now on the allocations of all threads count as this one's, and fail for it: for work that
 * goes to a pool while this thread waits. Other threads must be quiet otherwise. */
void heap_share(void);

/* Allocations counted since heap_fail_at, the failed one among them. */
size_t heap_count(void);

/* True once the failure asked for has happened. */
bool heap_failed(void);

/* Blocks allocated and not freed, of all threads. */
size_t heap_live(void);

/* Between the two, allocations neither count nor fail: for what a body prepares or checks. Calls
 * nest; heap_fail_at ends every pause. */
void heap_pause(void);
void heap_resume(void);

/* Runs the body with the first allocation failing, then the second, and so on, until a run ends
 * without a failure having happened; that one must return KC_ERR_NONE. A run with a failure must
 * return KC_ERR_NO_MEMORY, or KC_ERR_NONE where the program can do without that block: what then
 * holds, the body asserts itself. After each run as many blocks live as before it. Fails the test
 * otherwise, naming the run; to see which call it is, break on heap_refuse. */
void heap_each(enum kc_err (*body)(void *context), void *context);

#endif
