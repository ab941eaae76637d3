/* base: intrusive doubly linked list. The head is a node too; an empty list points at itself. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/attr.h"

#include <stdbool.h>

struct list {
    struct list *next;
    struct list *prev;
};

static inline void list_init(struct list *node)
{
    node->next = node;
    node->prev = node;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

/* True when the node stands in a list; needs list_init or list_remove before. */
static inline bool list_is_linked(const struct list *node)
{
    return node->next != node;
}

static inline void list_insert_after(struct list *place, struct list *node)
{
    node->prev = place;
    node->next = place->next;
    place->next->prev = node;
    place->next = node;
}

static inline void list_append(struct list *head, struct list *node)
{
    list_insert_after(head->prev, node);
}

static inline void list_prepend(struct list *head, struct list *node)
{
    list_insert_after(head, node);
}

/* Unlinks the node and leaves it pointing at itself, so that removing twice is harmless. */
static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* The first node, or NULL when the list is empty. */
static inline struct list *list_first(const struct list *head)
{
    return list_is_empty(head) ? NULL : head->next;
}

/* Moves all nodes of `from` to the end of `to`. */
static inline void list_splice(struct list *to, struct list *from)
{
    if (list_is_empty(from)) {
        return;
    }
    from->next->prev = to->prev;
    from->prev->next = to;
    to->prev->next = from->next;
    to->prev = from->prev;
    list_init(from);
}

#define LIST_EACH(node, head) \
    for (struct list *node = (head)->next; node != (head); node = node->next)

/* Like LIST_EACH; the body may remove the node it is at (and only that one). */
#define LIST_EACH_SAFE(node, head)                                                    \
    for (struct list *node = (head)->next, *node##_next = node->next; node != (head); \
         node = node##_next, node##_next = node->next)

#define LIST_ITEM(node, type, member) CONTAINER_OF(node, type, member)

#endif
