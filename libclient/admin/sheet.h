/* admin: calls by form. Nearly all admin calls are one request whose list of items is split by
 * broker, leader or coordinator, and answers whose items are told apart by a key. A form says which
 * request, where its items go, by which names the lists are found in the messages, and rows of
 * wire/mirror.h say what of an answer goes to which member of the result. The family of the call is
 * inside its form. */
#ifndef ADMIN_SHEET_H
#define ADMIN_SHEET_H

#include "admin/fanout.h"
#include "wire/mirror.h"

enum sheet_route {
    SHEET_ANY,        /* any broker; brokers pass changes on to the controller */
    SHEET_CONTROLLER, /* the broker that Metadata names as controller */
    SHEET_BROKER,     /* the broker of the item's node (any, when its id is -1) */
    SHEET_EVERY,      /* all brokers; their lists are put one after the other */
    SHEET_LEADER,     /* the leader of the item, a partition */
    SHEET_GROUP,      /* the coordinator of the item, a group */
    SHEET_TXN         /* the coordinator of the item, a transactional id */
};

/* Where the items are in a message. */
struct sheet_list {
    const char *list;
    const char *topic; /* items that are partitions: the name of the list's items, */
    const char *inner; /* and their list of partitions */
    /* The fields that tell an item apart: the partition's number, the name. Asked and answered have
     * the same order. None: by place. */
    const char *key[3];
};

enum { SHEET_SEARCH = 1, SHEET_ASK };

/* Arguments and results begin with their topic and partition when the items are partitions, with
 * their name when is_named is set; other keys come to the results by echo. */
struct sheet_form {
    struct fanout_family family;
    int16_t api_key;
    int16_t version_min;
    int16_t version_max; /* 0: no cap */
    uint8_t route;
    bool is_named;
    bool is_all;                   /* an error of the answer as a whole ends the call */
    struct sheet_list asked;       /* no list: `fill` makes the lists, or there are none */
    struct sheet_list answered;    /* no list here and there: each item is a message of its own */
    const struct mirror_row *echo; /* asked item -> result item, at once */
    const struct mirror_row *rows; /* answered item -> result item; NULL: nothing but the error */
    const struct mirror_row *top;  /* answer as a whole -> harvest->as */
    uint16_t size;                 /* of a result item; 0: the result is harvest->as itself */
    uint16_t err;                  /* where its error is */
    uint16_t text;                 /* and its sentence; 0: it has none */
    /* The following may be NULL. The last touch on a branch's message: */
    void (*fill)(struct fanout_branch *branch);
    /* What the answer as a whole says, besides its errorCode: */
    enum kc_err (*verdict)(const void *response);
    /* A result was read: */
    void (*taken)(struct fanout *fanout, size_t item);
};

#define SHEET_FAMILY(words)                                                               \
    {                                                                                     \
        .what = (words), .plan = sheet_plan, .fail = sheet_fail, .release = sheet_release \
    }
void sheet_plan(struct fanout *fanout);
void sheet_fail(struct fanout *fanout, size_t item, enum kc_err err, const char *text);
void sheet_release(struct fanout *fanout);

/* A call with so many items (SHEET_EVERY: 1); NULL when memory is out. */
struct fanout *sheet_create(const struct sheet_form *form, size_t count);

/* The request that all branches start from, with its defaults. Lists in it live in the fanout's
 * arena. */
void *sheet_request(struct fanout *fanout);

/* Does it as these bits of the public header say: KC_NO_QUOTA_RETRY, and KC_VALIDATE_ONLY when the
 * request has that. Returns the call; NULL is fine. */
struct fanout *sheet_go_about(struct fanout *fanout, unsigned how);

/* All items are of this group, which is the request's; before sheet_take. NULL, and the call
 * destroyed, when memory is out, as below. */
struct fanout *sheet_of_group(struct fanout *fanout, const char *group_id);

/* What the family keeps for itself, in the fanout's arena. */
void **sheet_extra(struct fanout *fanout);

/* One of the asked items, once they are taken; one of the result's. */
void *sheet_item(struct fanout *fanout, size_t item);
void *sheet_result(struct fanout *fanout, size_t item);

/* The following take the call (NULL is fine), copy the arguments of its items, and return it, or
 * destroy it and return NULL when memory is out. */

/* The items as an array of structs of this size; rows tie their members to the asked items (lists
 * of strings and of numbers need none: give sheet_plain), or to the message of each. rows NULL:
 * `fill` finds them elsewhere (sheet_extra). */
struct fanout *sheet_take(struct fanout *fanout, const struct mirror_row *rows, const void *items,
                          size_t size);
extern const struct mirror_row sheet_plain[];
/* Items that are brokers; each gets the request as it is. */
struct fanout *sheet_take_brokers(struct fanout *fanout, const int32_t *broker_ids);
/* One item, whose request was filled by hand. */
struct fanout *sheet_take_request(struct fanout *fanout);
/* The same with rows. */
struct fanout *sheet_take_struct(struct fanout *fanout, const struct mirror_row *rows,
                                 const void *plain);

#endif
