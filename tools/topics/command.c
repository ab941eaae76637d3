/* topics: how a call's error ends the tool. */
#include "topics/command.h"

void topics_require(const struct command *command, enum kc_err err, const struct kc_error *error)
{
    if (err) {
        options_fail(command->options, "%s", error->text);
    }
}

void topics_require_all(const struct command *command, struct kc_item_results *results)
{
    for (size_t i = 0; i < results->count; i++) {
        if (results->items[i].err) {
            options_fail(command->options, "%s", results->items[i].text);
        }
    }
    kc_item_results_destroy(results);
}
