/* topics --delete. */
#include "topics/choose.h"
#include "topics/command.h"

#include <stdlib.h>

void topics_delete(const struct command *command)
{
    size_t count = 0;
    struct kc_topic_descriptions *topics = choose_topics(command, true, &count);
    if (count > 0) {
        const char **names = choose_names(topics, count);
        struct kc_item_results *results = NULL;
        struct kc_error error;
        topics_require(command,
                       kc_admin_delete_topics(command->admin, names, count, 0, command->timeout_ms,
                                              &results, &error),
                       &error);
        topics_require_all(command, results);
        free(names);
    }
    kc_topic_descriptions_destroy(topics);
}
