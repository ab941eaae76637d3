/* controller: what image.c and apply.c share and nobody else sees. */
#ifndef CONTROLLER_IMAGE_PARTS_H
#define CONTROLLER_IMAGE_PARTS_H

#include "controller/image.h"

/* Free a topic or broker that stands in no map. NULL is fine. */
void image_topic_destroy(struct image_topic *topic);
void image_broker_destroy(struct image_broker *broker);

#endif
