/* consumer-groups: what a reset is asked to do, read from the options. */
#ifndef CONSUMER_GROUPS_RESET_WISH_H
#define CONSUMER_GROUPS_RESET_WISH_H

#include "consumer-groups/command.h"
#include "consumer-groups/csv.h"
#include "consumer-groups/reset_plan.h"

struct reset_wish {
    enum reset_scenario scenario;
    int64_t amount;  /* the offset, or how far to shift */
    int64_t time_ms; /* with RESET_TO_TIME */
    bool from_file;  /* each partition's offset stands in csv */
    struct csv csv;
    bool execute;
    bool export_csv;
};

/* Ends the tool when a value cannot be understood or the file not be read. */
void reset_wish_read(struct reset_wish *wish, const struct options *options);
void reset_wish_finish(struct reset_wish *wish);

#endif
