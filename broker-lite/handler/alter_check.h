/* handler: what may be altered: the checks of one resource's changes, with Kafka's sentences. */
#ifndef HANDLER_ALTER_CHECK_H
#define HANDLER_ALTER_CHECK_H

#include "controller/config_rule.h"
#include "controller/image.h"
#include "handler/handler.h"

/* As on the wire. */
enum alter_operation { ALTER_SET = 0, ALTER_DELETE = 1, ALTER_APPEND = 2, ALTER_SUBTRACT = 3 };

/* One resource on its way into the batch. */
struct altering {
    struct call *call;
    const struct incremental_alter_configs_request_alter_configs_resource *wanted;
    const struct image_settings *current; /* NULL: nothing is set */
    struct slice *values;                 /* what each config becomes; null: removed */
    char text[CONFIG_TEXT_SIZE + 128];    /* the refusal */
};

/* Whether there is such a resource that may be altered. */
enum kc_err alter_check_resource(struct altering *altering);

/* Whether words can be added to the setting and taken out. */
enum kc_err alter_check_list(struct altering *altering, struct slice name, int8_t operation);

/* The value in force of a list, to which words are added; "" when there is none. */
struct slice alter_check_current(const struct altering *altering, struct slice name);

/* Whether all new values fit, each and together. */
enum kc_err alter_check_values(struct altering *altering);

#endif
