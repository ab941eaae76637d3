/* topics: which topics a subcommand is about. */
#ifndef TOPICS_CHOOSE_H
#define TOPICS_CHOOSE_H

#include "topics/command.h"

/* The topics of the cluster that --topic (or --topic-id) and --exclude-internal choose, in name
 * order. When none fits and a topic was named: ends the tool if `must_exist` and --if-exists is
 * not given. The caller destroys the whole list with kc_topic_descriptions_destroy; chosen items
 * stand in front, *ret_count of them. */
struct kc_topic_descriptions *choose_topics(const struct command *command, bool must_exist,
                                            size_t *ret_count);

/* Their names; the caller frees the array, the names stay the list's. */
const char **choose_names(const struct kc_topic_descriptions *topics, size_t count);

#endif
