/* tests/wire: a JSON reader that keeps numbers as their text, so that 64-bit integers stay exact.
 */
#ifndef WIRE_JSONTREE_H
#define WIRE_JSONTREE_H

#include "base/arena.h"

enum jsontree_kind {
    JSONTREE_NULL,
    JSONTREE_FALSE,
    JSONTREE_TRUE,
    JSONTREE_NUMBER,
    JSONTREE_STRING,
    JSONTREE_ARRAY,
    JSONTREE_OBJECT,
};

struct jsontree {
    enum jsontree_kind kind;
    struct slice text; /* of a number as written; of a string decoded to UTF-8 */
    struct slice name; /* in an object */
    size_t count;      /* of an array or object */
    const struct jsontree *first;
    const struct jsontree *next;
};

/* The value that the whole text holds, in the arena; NULL when it is not JSON. */
const struct jsontree *jsontree_parse(struct slice text, struct arena *arena);

/* The member of an object, or NULL (also when tree is NULL or no object). */
const struct jsontree *jsontree_get(const struct jsontree *tree, const char *name);

/* The member's value; false when it is missing or of another kind. */
bool jsontree_number(const struct jsontree *tree, const char *name, int64_t *ret_value);
bool jsontree_string(const struct jsontree *tree, const char *name, struct slice *ret_value);

/* Equal values: members in any order, whole numbers exactly, others as doubles. When they differ,
 * ret_path (size bytes) tells where. */
bool jsontree_equal(const struct jsontree *a, const struct jsontree *b, char *ret_path,
                    size_t size);

#endif
