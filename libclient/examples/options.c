/* Prints every setting of the library as CONFIGURATION.md has them, from the library's own table.
 */
#include <libclient/client.h>

#include <stdio.h>

/* A cell of a table: what Markdown would take for its own is written otherwise. */
static void print_cell(const char *text)
{
    for (; text && *text; text++) {
        printf(*text == '|' ? "\\|" : "%c", *text);
    }
}

int main(void)
{
    const struct kc_option *option;
    printf("# Settings\n\n"
           "Made from the library's option table (`ninja -C build configuration`); not edited by "
           "hand.\nNames, defaults and meaning are those of Kafka 4.3's Java client. Handles: P "
           "producer, C consumer, A admin.\n\n"
           "| Name | Handles | Type | Range | Default | Meaning |\n"
           "| --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; (option = kc_option_at(i)) != NULL; i++) {
        printf("| %s | %s%s%s | %s | ", option->name, option->scope & KC_OPTION_PRODUCER ? "P" : "",
               option->scope & KC_OPTION_CONSUMER ? "C" : "",
               option->scope & KC_OPTION_ADMIN ? "A" : "", option->type);
        print_cell(option->range);
        printf(" | ");
        print_cell(option->default_value);
        printf(" | ");
        print_cell(option->text);
        printf(" |\n");
    }
    return 0;
}
