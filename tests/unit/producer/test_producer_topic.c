/* tests: topics are found by their names, whatever was found last. */
#include "producer/producer_topic.h"

#include "support/test.h"

#include <stdio.h>
#include <string.h>

enum { MANY = 100, LONGEST = 249 };

static struct producer_topic *add(struct topic_table *table, const char *name, bool is_new)
{
    bool was_new;
    struct producer_topic *topic = topic_table_add(table, NULL, name, &was_new);
    assert_non_null(topic);
    assert_int_equal(was_new, is_new);
    return topic;
}

TEST(the_last_one_is_found_by_its_whole_name)
{
    /* Every length, around the one from where names are compared otherwise, too; no name is in
     * memory that ends with it. */
    struct topic_table table;
    topic_table_init(&table, 1);
    for (size_t size = 1; size <= LONGEST; size++) {
        char name[LONGEST + 2];
        memset(name, 'n', sizeof(name));
        name[size] = 0;
        assert_null(topic_table_last(&table, name));
        struct producer_topic *topic = add(&table, name, true);
        assert_ptr_equal(topic_table_find(&table, name), topic);
        assert_ptr_equal(topic_table_last(&table, name), topic);
        name[size - 1] = 'm';
        assert_null(topic_table_last(&table, name));
        name[size - 1] = 0;
        assert_null(topic_table_last(&table, name));
        name[size - 1] = 'n';
        name[size] = 'n';
        name[size + 1] = 0;
        assert_null(topic_table_last(&table, name));
    }
    topic_table_finish(&table);
}

TEST(every_one_is_found)
{
    struct topic_table table;
    struct producer_topic *topics[MANY];
    char name[16];
    topic_table_init(&table, 7);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof(name), "t%d", i);
        assert_null(topic_table_find(&table, name));
        topics[i] = add(&table, name, true);
    }
    size_t position = 0;
    int count = 0;
    while (topic_table_next(&table, &position)) {
        count++;
    }
    assert_int_equal(count, MANY);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof(name), "t%d", i);
        assert_ptr_equal(topic_table_find(&table, name), topics[i]);
        assert_ptr_equal(add(&table, name, false), topics[i]);
    }
    topic_table_finish(&table);
}
