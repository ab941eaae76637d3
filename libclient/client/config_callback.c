/* client: the callbacks of a config that producers take over. */
#include "client/config.h"

void kc_config_set_partitioner(struct kc_config *config, kc_partitioner *partitioner, void *context)
{
    config->partitioner = partitioner;
    config->partitioner_context = context;
}

void kc_config_set_batch_delivery(struct kc_config *config, kc_batch_delivery_callback *callback,
                                  void *context)
{
    config->batch_delivery = callback;
    config->batch_delivery_context = context;
}
