/* libclient: the admin client: a header a family of calls; admin_handle.h tells what they share. */
#ifndef LIBCLIENT_ADMIN_H
#define LIBCLIENT_ADMIN_H

#include <libclient/admin_acls.h>
#include <libclient/admin_cluster.h>
#include <libclient/admin_configs.h>
#include <libclient/admin_group_offsets.h>
#include <libclient/admin_groups.h>
#include <libclient/admin_handle.h>
#include <libclient/admin_members.h>
#include <libclient/admin_partitions.h>
#include <libclient/admin_quorum.h>
#include <libclient/admin_raw.h>
#include <libclient/admin_replicas.h>
#include <libclient/admin_streams.h>
#include <libclient/admin_tokens.h>
#include <libclient/admin_topic_list.h>
#include <libclient/admin_topics.h>
#include <libclient/admin_transactions.h>
#include <libclient/admin_users.h>

#endif
