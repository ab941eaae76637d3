/* handler: the topics that coordinators keep their state in. They are made when somebody first
 * looks for a coordinator. */
#ifndef HANDLER_INTERNAL_TOPICS_H
#define HANDLER_INTERNAL_TOPICS_H

#include "handler/handler.h"

enum internal_topic { INTERNAL_TOPIC_OFFSETS, INTERNAL_TOPIC_TRANSACTIONS };

/* KC_ERR_NONE when it is there; else it is being made: KC_ERR_COORDINATOR_NOT_AVAILABLE. */
enum kc_err internal_topic_ensure(struct node *node, enum internal_topic which);

#endif
