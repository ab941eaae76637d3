/* tools: the client's settings, from the options that every tool shares. */
#ifndef COMMON_CONNECT_H
#define COMMON_CONNECT_H

#include "common/options.h"
#include "common/properties.h"

#include <libclient/admin.h>
#include <libclient/config.h>

/* --bootstrap-server, else $BOOTSTRAP_SERVERS, else localhost:9092. */
const char *connect_servers(const struct options *options);

/* A config with `properties` and the servers set (the option, else the property bootstrap.servers,
 * else as connect_servers); the caller destroys it. A bad value ends the
 * tool. A name that the library does not know is left out with a warning on stderr: property files
 * are shared with Java programs, whose serializers and the like have settings of their own. */
struct kc_config *connect_config(const struct options *options,
                                 const struct properties *properties);

/* How long a single call may take: default.api.timeout.ms. */
int connect_timeout_ms(const struct kc_config *config);

/* An admin client by --bootstrap-server and --command-config; ends the tool when there is none. */
struct kc_admin *connect_admin(const struct options *options, int *ret_timeout_ms);

#endif
