/* sasl: PLAIN (RFC 4616): name and password as they are, so only for lines that nobody reads. */
#ifndef SASL_PLAIN_H
#define SASL_PLAIN_H

#include "sasl/mechanism.h"

extern const struct mechanism plain_mechanism;

#endif
