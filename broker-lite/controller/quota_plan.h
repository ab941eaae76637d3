/* controller: plans for quotas: what AlterClientQuotas asks for and the table in, records (or
 * Kafka's refusal) out. Pure: nothing changes until the records commit. */
#ifndef CONTROLLER_QUOTA_PLAN_H
#define CONTROLLER_QUOTA_PLAN_H

#include "controller/metadata_batch.h"
#include "controller/quota_table.h"
#include "wire/messages.h"

/* Entities that a cluster may have values for. */
enum { QUOTA_PLAN_ROWS_MAX = 100000 };

/* What became of one alteration. */
struct quota_planned {
    enum kc_err err;
    char text[512]; /* Kafka's sentence; empty when err is 0 */
};

/* Whom an alteration is for; of a kind that comes twice the later one counts, as in Kafka. False:
 * it has a kind of part that there is not, or is without parts. */
bool quota_plan_entity(const struct alter_client_quotas_request_entry_data *entry,
                       struct quota_entity *ret_entity);

/* Checks the alteration and adds its records to the batch: none for what is so already. When the
 * result has an error the batch is unchanged. */
void quota_plan_alter(const struct quota_table *table,
                      const struct alter_client_quotas_request_entry_data *entry,
                      struct metadata_batch *batch, struct quota_planned *ret_planned);

/* The refusal of an entity that came before in the same request. */
void quota_plan_refuse_again(const struct quota_entity *entity, struct quota_planned *ret_planned);

#endif
