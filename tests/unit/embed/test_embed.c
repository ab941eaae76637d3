/* tests: embed/embed: brokers in this process: their start, their end, and their directories. */
#include "guest.h"

#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

TEST(serves_on_a_free_port_and_leaves_nothing)
{
    struct guest guest;
    struct stat status;
    char directory[PATH_MAX];
    char address[32];
    guest_start(&guest, NULL);
    (void)snprintf(directory, sizeof(directory), "%s", bl_directory(guest.broker));
    (void)snprintf(address, sizeof(address), "127.0.0.1:%d", bl_port(guest.broker));
    assert_string_equal(bl_address(guest.broker), address);
    assert_int_equal(guest_produce(&guest.line, "t"), 0);
    assert_int_equal(stat(directory, &status), 0);
    guest_stop(&guest);
    assert_int_equal(stat(directory, &status), -1);
}

TEST(keeps_a_directory_and_a_port_for_the_next)
{
    struct guest guest;
    char directory[PATH_MAX];
    test_directory(directory);
    struct bl_config config = { .directory = directory };
    guest_start(&guest, &config);
    config.port = bl_port(guest.broker);
    assert_int_equal(guest_produce(&guest.line, "t"), 0);
    guest_stop(&guest);
    guest.broker = bl_start(&config, NULL);
    assert_non_null(guest.broker);
    assert_int_equal(bl_port(guest.broker), config.port);
    guest_line(&guest, &guest.line);
    assert_int_equal(guest_end(&guest.line, "t"), 1);
    guest_stop(&guest);
}

TEST(several_live_side_by_side)
{
    struct guest guests[3];
    for (int i = 0; i < 3; i++) {
        guest_start(&guests[i], NULL);
    }
    assert_int_equal(guest_produce(&guests[1].line, "t"), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(guest_end(&guests[i].line, "t"), i == 1);
    }
    for (int i = 0; i < 3; i++) {
        guest_stop(&guests[i]);
    }
}

static void assert_refused(const struct bl_config *config, enum kc_err code, const char *words)
{
    struct kc_error error = { 0 };
    assert_null(bl_start(config, &error));
    assert_int_equal(error.code, code);
    if (!strstr(error.text, words)) {
        fail_msg("\"%s\" does not say \"%s\"", error.text, words);
    }
    assert_null(bl_start(config, NULL));
}

TEST(a_bad_setting_is_named)
{
    const char *const misspelt[] = { "num.partition", "3", NULL };
    const char *const taken[] = { "listeners", "PLAINTEXT://:9092", NULL };
    assert_refused(&(struct bl_config){ .settings = misspelt }, KC_ERR_INVALID, "num.partitions");
    assert_refused(&(struct bl_config){ .settings = taken }, KC_ERR_INVALID, "port");
}

TEST(settings_are_kafkas)
{
    struct guest guest;
    const char *const settings[] = { "message.max.bytes", "20", NULL };
    guest_start(&guest, &(struct bl_config){ .settings = settings });
    assert_int_equal(guest_produce(&guest.line, "t"), KC_ERR_MESSAGE_TOO_LARGE);
    guest_stop(&guest);
}

TEST(a_port_or_a_directory_in_use_is_an_error)
{
    struct guest guest;
    char directory[PATH_MAX];
    test_directory(directory);
    guest_start(&guest, &(struct bl_config){ .directory = directory });
    assert_refused(&(struct bl_config){ .port = bl_port(guest.broker) }, KC_ERR_CONNECT, "");
    assert_refused(&(struct bl_config){ .directory = directory }, KC_ERR_WRONG_STATE, "lock");
    guest_stop(&guest);
}

TEST(a_folder_that_cannot_be_made_is_an_error)
{
    assert_refused(&(struct bl_config){ .directory = "/dev/null/x" }, KC_ERR_IO, "/dev/null");
}

static void count_line(void *context, int level, const char *line)
{
    int *count = context;
    assert_in_range(level, 3, 7);
    assert_true(strlen(line) > 0);
    (*count)++;
}

TEST(its_log_goes_where_it_is_told)
{
    struct guest guest;
    int lines = 0;
    guest_start(&guest, &(struct bl_config){ .log = count_line, .log_context = &lines });
    guest_stop(&guest);
    assert_true(lines > 0);
}

TEST(stopping_nothing_is_fine)
{
    assert_int_equal(bl_stop(NULL, NULL), 0);
}
