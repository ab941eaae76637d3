/* libclient: the library as a whole. */
#ifndef LIBCLIENT_CLIENT_H
#define LIBCLIENT_CLIENT_H

#include <libclient/admin.h>
#include <libclient/assignor.h>
#include <libclient/config.h>
#include <libclient/consumer.h>
#include <libclient/error.h>
#include <libclient/group.h>
#include <libclient/interceptor.h>
#include <libclient/offsets.h>
#include <libclient/partitioner.h>
#include <libclient/producer.h>
#include <libclient/record.h>
#include <libclient/serializer.h>
#include <libclient/stall.h>
#include <libclient/statistics.h>
#include <libclient/subscription.h>
#include <libclient/transaction.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0". Static. */
const char *kc_version(void);

#ifdef __cplusplus
}
#endif

#endif
