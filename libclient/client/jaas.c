/* client: JAAS entries, as Java's StreamTokenizer cuts them; a word without quotes may hold more
 * here. */
#include "client/jaas.h"

#include "client/reason.h"

#include <stdio.h>
#include <strings.h>

enum token { TOKEN_END, TOKEN_WORD, TOKEN_EQUALS, TOKEN_SEMICOLON, TOKEN_UNTERMINATED };

struct jaas_reader {
    const char *at;
    struct bytes *text; /* reserved whole: nothing moves */
    struct slice word;
};

static void skip_blanks(struct jaas_reader *reader)
{
    for (;;) {
        reader->at += strspn(reader->at, " \t\r\n\f");
        if (strncmp(reader->at, "//", 2) == 0) {
            reader->at += strcspn(reader->at, "\r\n");
        } else if (strncmp(reader->at, "/*", 2) == 0) {
            const char *end = strstr(reader->at + 2, "*/");
            reader->at = end ? end + 2 : reader->at + strlen(reader->at);
        } else {
            return;
        }
    }
}

static void put(struct jaas_reader *reader, char c)
{
    (void)bytes_append(reader->text, &c, 1); /* there is room for the whole line */
    reader->word.size++;
}

/* What follows a backslash. */
static void read_escape(struct jaas_reader *reader)
{
    static const char names[] = "abfnrtv";
    static const char values[] = "\a\b\f\n\r\t\v";
    char c = *reader->at++;
    const char *name = strchr(names, c);
    if (c >= '0' && c <= '7') {
        int code = c - '0';
        int digits_max = c <= '3' ? 3 : 2;
        for (int i = 1; i < digits_max && *reader->at >= '0' && *reader->at <= '7'; i++) {
            code = code * 8 + (*reader->at++ - '0');
        }
        put(reader, (char)code);
    } else {
        put(reader, name ? values[name - names] : c);
    }
}

static enum token read_quoted(struct jaas_reader *reader)
{
    char quote = *reader->at++;
    while (*reader->at != quote) {
        if (*reader->at == '\\' && reader->at[1] != 0) {
            reader->at++;
            read_escape(reader);
        } else if (*reader->at == 0 || *reader->at == '\n' || *reader->at == '\r') {
            return TOKEN_UNTERMINATED;
        } else {
            put(reader, *reader->at++);
        }
    }
    reader->at++;
    return TOKEN_WORD;
}

static enum token next(struct jaas_reader *reader)
{
    skip_blanks(reader);
    char c = *reader->at;
    reader->word = slice_of(reader->text->data + reader->text->size, 0);
    if (c == 0) {
        return TOKEN_END;
    }
    if (c == '"' || c == '\'') {
        return read_quoted(reader);
    }
    if (c == '=' || c == ';') {
        reader->at++;
        return c == '=' ? TOKEN_EQUALS : TOKEN_SEMICOLON;
    }
    while (*reader->at != 0 && !strchr(" \t\r\n\f=;\"'", *reader->at)) {
        put(reader, *reader->at++);
    }
    return TOKEN_WORD;
}

static bool is_flag(struct slice word)
{
    static const char *const flags[] = { "required", "requisite", "sufficient", "optional" };
    for (size_t i = 0; i < ARRAY_COUNT(flags); i++) {
        if (word.size == strlen(flags[i]) &&
            strncasecmp((const char *)word.data, flags[i], word.size) == 0) {
            return true;
        }
    }
    return false;
}

static enum kc_err read_options(struct jaas_reader *reader, struct jaas *jaas,
                                struct kc_error *error)
{
    enum token token;
    while ((token = next(reader)) == TOKEN_WORD) {
        struct slice name = reader->word;
        if (jaas->option_count == JAAS_OPTIONS_MAX) {
            return reason_set(error, KC_ERR_INVALID, "more than %d options", JAAS_OPTIONS_MAX);
        }
        if (next(reader) != TOKEN_EQUALS) {
            return reason_set(error, KC_ERR_INVALID, "an option without '=' after option %zu",
                              jaas->option_count);
        }
        if (next(reader) != TOKEN_WORD) {
            return reason_set(error, KC_ERR_INVALID,
                              "an option without a value, or with a quote that does not end, "
                              "after option %zu",
                              jaas->option_count);
        }
        jaas->options[jaas->option_count++] = (struct jaas_option){ name, reader->word };
    }
    if (token != TOKEN_SEMICOLON) {
        return reason_set(error, KC_ERR_INVALID, "the entry does not end with a semicolon");
    }
    return next(reader) == TOKEN_END
               ? KC_ERR_NONE
               : reason_set(error, KC_ERR_INVALID, "only one login module may stand there");
}

static enum kc_err read_entry(struct jaas_reader *reader, struct jaas *jaas, struct kc_error *error)
{
    if (next(reader) != TOKEN_WORD) {
        return reason_set(error, KC_ERR_INVALID, "no login module is named");
    }
    jaas->module = reader->word;
    if (next(reader) != TOKEN_WORD || !is_flag(reader->word)) {
        return reason_set(error, KC_ERR_INVALID,
                          "'required' (or another control flag) must follow the login module");
    }
    return read_options(reader, jaas, error);
}

enum kc_err jaas_parse(const char *line, struct jaas *ret_jaas, struct kc_error *error)
{
    struct jaas jaas = { 0 };
    struct jaas_reader reader = { .at = line, .text = &jaas.text };
    size_t size = strlen(line);
    bytes_init(&jaas.text, JAAS_TEXT_MAX);
    if (size >= JAAS_TEXT_MAX) {
        return reason_set(error, KC_ERR_INVALID, "longer than %d bytes", JAAS_TEXT_MAX);
    }
    if (!bytes_reserve(&jaas.text, size + 1)) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    enum kc_err err = read_entry(&reader, &jaas, error);
    if (err != KC_ERR_NONE) {
        jaas_finish(&jaas);
        return err;
    }
    *ret_jaas = jaas;
    return KC_ERR_NONE;
}

void jaas_finish(struct jaas *jaas)
{
    bytes_wipe(&jaas->text);
    bytes_finish(&jaas->text);
    *jaas = (struct jaas){ 0 };
}

struct slice jaas_option(const struct jaas *jaas, const char *name)
{
    for (size_t i = 0; i < jaas->option_count; i++) {
        if (slice_is(jaas->options[i].name, name)) {
            return jaas->options[i].value;
        }
    }
    return SLICE_NULL;
}
