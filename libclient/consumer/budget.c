/* consumer: the one byte budget of what is prefetched. */
#include "consumer/budget.h"

#include <stdlib.h>

struct budget *budget_create(size_t bytes_max)
{
    struct budget *budget = calloc(1, sizeof(*budget));

    if (budget) {
        refs_init(&budget->refs);
        budget->bytes_max = bytes_max;
    }
    return budget;
}

void budget_take(struct budget *budget)
{
    refs_take(&budget->refs);
}

void budget_drop(struct budget *budget)
{
    if (budget && refs_drop(&budget->refs)) {
        free(budget);
    }
}

void budget_charge(struct budget *budget, size_t size)
{
    (void)atomic_fetch_add(&budget->used, size);
}

bool budget_refund(struct budget *budget, size_t size)
{
    size_t used = atomic_fetch_sub(&budget->used, size) - size;

    if (used > budget->bytes_max / 2 || !atomic_load(&budget->starved)) {
        return false;
    }
    return atomic_exchange(&budget->starved, false);
}

size_t budget_room(struct budget *budget)
{
    size_t used = atomic_load(&budget->used);

    if (used < budget->bytes_max) {
        return budget->bytes_max - used;
    }
    /* Order matters: say that we starve, then look again. A refund between the first look and the
     * note would otherwise wake nobody. */
    atomic_store(&budget->starved, true);
    used = atomic_load(&budget->used);
    if (used > budget->bytes_max / 2) {
        return 0;
    }
    atomic_store(&budget->starved, false);
    return budget->bytes_max - used;
}
