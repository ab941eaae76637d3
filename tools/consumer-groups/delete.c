/* consumer-groups --delete. */
#include "common/text.h"
#include "consumer-groups/command.h"

#include <stdio.h>

static void add_name(struct text *text, const char *name)
{
    text_format(text, "%s'%s'", text->size > 0 ? ", " : "", name);
}

int groups_delete(const struct command *command)
{
    struct group_names groups = groups_chosen(command);
    struct kc_item_results none = { 0 };
    struct kc_item_results *results = NULL;
    struct kc_error error;
    if (groups.count > 0) {
        groups_require(command,
                       kc_admin_delete_groups(command->admin, (const char *const *)groups.names,
                                              groups.count, command->timeout_ms, &results, &error),
                       &error);
    }
    struct text deleted = { 0 };
    struct text failed = { 0 };
    const struct kc_item_results *all = results ? results : &none;
    for (size_t i = 0; i < all->count; i++) {
        const struct kc_item_result *result = &all->items[i];
        char sentence[400];
        if (result->err) {
            text_format(&failed, "\n* Group '%s' could not be deleted due to: %s", result->name,
                        groups_sentence(groups_reason(result->err), sentence, sizeof sentence));
        } else {
            add_name(&deleted, result->name);
        }
    }
    int status = failed.size > 0;
    if (!status) {
        printf("Deletion of requested consumer groups (%s) was successful.\n", text_view(&deleted));
    } else {
        groups_print_error("Deletion of some consumer groups failed:%s", text_view(&failed));
        if (deleted.size > 0) {
            printf("\nThese consumer groups were deleted successfully: %s\n", text_view(&deleted));
        }
    }
    text_finish(&deleted);
    text_finish(&failed);
    kc_item_results_destroy(results);
    groups_chosen_finish(&groups);
    return status;
}
