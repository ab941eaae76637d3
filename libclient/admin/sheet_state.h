/* admin: what a call by form holds; of sheet.c and sheet_round.c only. */
#ifndef ADMIN_SHEET_STATE_H
#define ADMIN_SHEET_STATE_H

#include "admin/coordinator_search.h"
#include "admin/leader_search.h"
#include "admin/sheet.h"

struct sheet {
    union {
        struct coordinator_search coordinators;
        struct leader_search leaders;
    } search;                             /* first: both find it in the fanout's state */
    void *request;                        /* all branches start from it */
    const struct message_type *item_type; /* NULL: numbers or strings */
    size_t item_size;
    uint8_t *items; /* NULL: the request is the same for all */
    struct kc_partition *partitions;
    const char **names;
    bool is_one_group; /* all names are the same, and not those of the items */
    unsigned how;      /* bits of the public header */
    void *extra;
    struct roll roll; /* key or partition -> items */
    size_t capacity;  /* of the list that all brokers fill */
};

const struct sheet_form *sheet_form_of(const struct fanout *fanout);

#endif
