/* tests/wire: one line of a vector file, and the checks of each kind of line. */
#ifndef WIRE_VECTOR_H
#define WIRE_VECTOR_H

#include "base/attr.h"
#include "wire/jsontree.h"

struct vector {
    const char *file; /* "varint.jsonl" */
    const struct jsontree *line;
    struct arena *arena; /* emptied after the line */
    char failure[512];   /* what differed; empty while nothing did */
};

/* Notes the first difference; always false. */
bool vector_fail(struct vector *vector, const char *format, ...) BASE_PRINTF(2, 3);

/* The bytes of a member in hex, in memory of exactly that size from malloc, so that a sanitizer
 * sees every byte read past the end; data NULL when it is missing or no hex. The caller frees. */
struct slice vector_bytes(const struct jsontree *tree, const char *name);

/* True when the line is as it should be; VECTOR_SKIPPED lines are not counted. */
enum vector_result { VECTOR_PASSED, VECTOR_FAILED, VECTOR_SKIPPED };

enum vector_result vector_check_message(struct vector *vector);
enum vector_result vector_check_data(struct vector *vector);
enum vector_result vector_check_records(struct vector *vector);
enum vector_result vector_check_primitive(struct vector *vector);

/* A line of the table of APIs; takes the line apart. */
enum vector_result vector_check_api(struct vector *vector, char *line);

#endif
