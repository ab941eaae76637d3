/* tests: list. */
#include "base/list.h"
#include "support/test.h"

struct item {
    int number;
    struct list link;
};

static int sum_in_order(struct list *head)
{
    int sum = 0;

    LIST_EACH(node, head)
    {
        sum = sum * 10 + LIST_ITEM(node, struct item, link)->number;
    }
    return sum;
}

TEST(keeps_order)
{
    struct list head;
    struct item items[] = { { 1 }, { 2 }, { 3 }, { 4 } };

    list_init(&head);
    assert_true(list_is_empty(&head));
    assert_null(list_first(&head));
    list_append(&head, &items[1].link);
    list_append(&head, &items[2].link);
    list_prepend(&head, &items[0].link);
    list_insert_after(&items[2].link, &items[3].link);
    assert_int_equal(sum_in_order(&head), 1234);
    assert_ptr_equal(list_first(&head), &items[0].link);
    list_remove(&items[1].link);
    list_remove(&items[1].link);
    assert_false(list_is_linked(&items[1].link));
    assert_true(list_is_linked(&items[0].link));
    assert_int_equal(sum_in_order(&head), 134);
}

TEST(removes_while_walking)
{
    struct list head;
    struct item items[] = { { 1 }, { 2 }, { 3 }, { 4 } };

    list_init(&head);
    for (size_t i = 0; i < ARRAY_COUNT(items); i++) {
        list_append(&head, &items[i].link);
    }
    LIST_EACH_SAFE(node, &head)
    {
        if (LIST_ITEM(node, struct item, link)->number % 2 == 0) {
            list_remove(node);
        }
    }
    assert_int_equal(sum_in_order(&head), 13);
}

TEST(splices)
{
    struct list a;
    struct list b;
    struct item items[] = { { 1 }, { 2 }, { 3 } };

    list_init(&a);
    list_init(&b);
    list_splice(&a, &b);
    assert_true(list_is_empty(&a));
    list_append(&a, &items[0].link);
    list_append(&b, &items[1].link);
    list_append(&b, &items[2].link);
    list_splice(&a, &b);
    assert_int_equal(sum_in_order(&a), 123);
    assert_true(list_is_empty(&b));
}
