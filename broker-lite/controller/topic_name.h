/* controller: which names a topic may have (Kafka's Topic class). Pure. */
#ifndef CONTROLLER_TOPIC_NAME_H
#define CONTROLLER_TOPIC_NAME_H

#include "base/slice.h"

enum { TOPIC_NAME_SIZE_MAX = 249, TOPIC_NAME_TEXT_SIZE = 512 };

/* True for a legal name: 1 to 249 of [a-zA-Z0-9._-], not "." or "..". Else false with Kafka's
 * sentence in ret_text (TOPIC_NAME_TEXT_SIZE bytes; bytes outside printable ASCII become '?', a
 * long name is cut). */
bool topic_name_is_valid(struct slice name, char *ret_text);

/* '.' and '_' count as the same in metric names: two topics that differ only there collide. Writes
 * the name with '_' for both, which colliding names share, to out (name.size bytes, without an
 * end). False: the name has neither and collides with none. */
bool topic_name_fold(struct slice name, char *out);

bool topic_name_is_internal(struct slice name);

#endif
