/* topics: creates, lists, describes, alters and deletes topics. */
#include "common/connect.h"
#include "common/fail.h"
#include "common/usage.h"
#include "topics/command.h"

#include <libclient/client.h>
#include <string.h>

int main(int argc, char **argv)
{
    struct options options;
    usage_start(&options, &topics_tool, kc_version(), argc, argv);
    topics_check(&options);
    const char *output = options_value(&options, "output");
    struct command command = { .options = &options, .json = output && strcmp(output, "json") == 0 };
    command.admin = connect_admin(&options, &command.timeout_ms);

    if (options_has(&options, "create")) {
        topics_create(&command);
    } else if (options_has(&options, "list")) {
        topics_list(&command);
    } else if (options_has(&options, "describe")) {
        topics_describe(&command);
    } else if (options_has(&options, "alter")) {
        topics_alter(&command);
    } else {
        topics_delete(&command);
    }
    kc_admin_destroy(command.admin);
    options_finish(&options);
    fail_or_exit(0);
}
