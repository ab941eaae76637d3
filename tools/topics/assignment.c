/* topics: parses and checks explicit replicas. */
#include "topics/assignment.h"

#include "common/memory.h"
#include "common/number.h"
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One partition's list; false: *ret_bad is the word that is no broker id. */
static bool parse_brokers(const char *words, size_t size, int32_t **ret_brokers, size_t *ret_count,
                          char **ret_bad)
{
    int32_t *brokers = NULL;
    size_t count = 0;
    for (size_t start = 0; start <= size;) {
        size_t length = 0;
        while (start + length < size && words[start + length] != ':') {
            length++;
        }
        char *word = memory_copy(words + start, length);
        int64_t id = 0;
        if (!number_parse(word, 0, INT32_MAX, &id)) {
            free(brokers);
            *ret_bad = word;
            return false;
        }
        free(word);
        brokers = memory_grow(brokers, count + 1, sizeof *brokers);
        brokers[count++] = (int32_t)id;
        start += length + 1;
    }
    *ret_brokers = brokers;
    *ret_count = count;
    return true;
}

static bool has_duplicate(const int32_t *brokers, size_t count, int32_t *ret_id)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (brokers[i] == brokers[j]) {
                *ret_id = brokers[i];
                return true;
            }
        }
    }
    return false;
}

static void add(struct assignment *assignment, int32_t *brokers, size_t count)
{
    assignment->brokers = memory_grow(assignment->brokers, assignment->partition_count + 1,
                                      sizeof *assignment->brokers);
    assignment->brokers[assignment->partition_count++] = brokers;
    if (assignment->partition_count == 1) {
        assignment->replication_factor = (int16_t)count;
    }
}

static void describe_uneven(size_t partition, const int32_t *brokers, size_t count, char *ret_error,
                            size_t error_size)
{
    struct text list = { 0 };
    for (size_t i = 0; i < count; i++) {
        text_format(&list, "%s%d", i > 0 ? ", " : "", (int)brokers[i]);
    }
    snprintf(ret_error, error_size, "Partition %zu has different replication factor: [%s]",
             partition, text_view(&list));
    text_finish(&list);
}

bool assignment_parse(struct assignment *assignment, const char *words, char *ret_error,
                      size_t error_size)
{
    while (true) {
        size_t size = strcspn(words, ",");
        int32_t *brokers = NULL;
        size_t count = 0;
        char *bad = NULL;
        int32_t id = 0;
        if (!parse_brokers(words, size, &brokers, &count, &bad)) {
            snprintf(ret_error, error_size, "For input string: \"%s\"", bad);
            free(bad);
            return false;
        }
        add(assignment, brokers, count);
        if (has_duplicate(brokers, count, &id)) {
            snprintf(ret_error, error_size,
                     "Partition replica lists may not contain duplicate entries: %d", (int)id);
            return false;
        }
        if (count > INT16_MAX || count != (size_t)assignment->replication_factor) {
            describe_uneven(assignment->partition_count - 1, brokers, count, ret_error, error_size);
            return false;
        }
        if (words[size] == '\0') {
            return true;
        }
        if (assignment->partition_count >= ASSIGNMENT_PARTITIONS_MAX) {
            snprintf(ret_error, error_size, "more than %d partitions", ASSIGNMENT_PARTITIONS_MAX);
            return false;
        }
        words += size + 1;
    }
}

void assignment_finish(struct assignment *assignment)
{
    for (size_t i = 0; i < assignment->partition_count; i++) {
        free(assignment->brokers[i]);
    }
    free(assignment->brokers);
    *assignment = (struct assignment){ 0 };
}
