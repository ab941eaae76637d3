/* controller: the names of Kafka 4.3's broker properties that this broker does not have: a Kafka
 * file must start all the same, unless it asks for protection that is not there. */
#ifndef CONTROLLER_PROPERTY_FOREIGN_H
#define CONTROLLER_PROPERTY_FOREIGN_H

#include "base/slice.h"

/* Accepted without effect. */
bool property_foreign_is_ignored(struct slice name);

/* Not accepted, unless the value is empty or false. */
bool property_foreign_is_refused(struct slice name);

/* All the names: *position starts at 0; NULL at the end. */
const char *property_foreign_next(size_t *position);

#endif
