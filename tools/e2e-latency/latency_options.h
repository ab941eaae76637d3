/* e2e-latency: options and their checks; a command line of positions, as older scripts have. */
#ifndef E2E_LATENCY_LATENCY_OPTIONS_H
#define E2E_LATENCY_LATENCY_OPTIONS_H

#include "common/options.h"

extern const struct options_tool e2e_latency_tool;

enum { LATENCY_WORDS_MAX = 16 };

/* What is wanted; texts borrow the command line. */
struct latency_wish {
    const char *topic;
    const char *acks;
    int count;
    int size;
    int key_size;
    int header_count;
    int header_key_size;
    int header_size; /* -1: null */
};

/* A command line without options (broker_list topic num_records acks size [file]) becomes one with
 * them, in `words`, with a notice on stdout; any other is left as it is. Ends the tool when it has
 * the wrong number of words. */
void latency_options_name(int *argc, char ***argv, char *words[LATENCY_WORDS_MAX]);

/* Checks what makes no sense, with Kafka's messages. */
struct latency_wish latency_options_read(const struct options *options);

#endif
