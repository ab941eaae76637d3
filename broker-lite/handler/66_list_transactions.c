/* handler: ListTransactions, versions 0 to 2. 1: duration (KIP-994). 2: a pattern of transactional
 * ids (KIP-1152), which must match the whole id. */
#include "coordinator/transactions.h"
#include "handler/handlers.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

enum { MATCH_STEPS_MAX = 100000, MATCH_DEPTH_MAX = 1000 };

struct listing {
    const struct list_transactions_request *request;
    unsigned int states; /* a bit each; 0 with state filters: none is known */
    pcre2_code *pattern; /* NULL: any id */
    pcre2_match_data *matched;
    pcre2_match_context *limits; /* a pattern may not hold up the broker */
    int64_t now_ms;
};

/* KC_ERR_INVALID_REGULAR_EXPRESSION, KC_ERR_NO_MEMORY. */
static enum kc_err compile(struct listing *listing)
{
    struct slice text = listing->request->transactional_id_pattern;
    int code;
    PCRE2_SIZE place;
    if (slice_is_null(text) || text.size == 0) {
        return KC_ERR_NONE;
    }
    listing->pattern = pcre2_compile(
        text.data, text.size, PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED, &code, &place, NULL);
    if (!listing->pattern) {
        return code == PCRE2_ERROR_HEAP_FAILED ? KC_ERR_NO_MEMORY
                                               : KC_ERR_INVALID_REGULAR_EXPRESSION;
    }
    listing->matched = pcre2_match_data_create(1, NULL);
    listing->limits = pcre2_match_context_create(NULL);
    if (!listing->matched || !listing->limits) {
        return KC_ERR_NO_MEMORY;
    }
    (void)pcre2_set_match_limit(listing->limits, MATCH_STEPS_MAX);
    (void)pcre2_set_depth_limit(listing->limits, MATCH_DEPTH_MAX);
    return KC_ERR_NONE;
}

static void listing_finish(struct listing *listing)
{
    pcre2_match_context_free(listing->limits);
    pcre2_match_data_free(listing->matched);
    pcre2_code_free(listing->pattern);
}

static bool is_filtered_id(const struct list_transactions_request *request, int64_t producer_id)
{
    for (int32_t i = 0; i < request->producer_id_filters.count; i++) {
        if (request->producer_id_filters.items[i] == producer_id) {
            return true;
        }
    }
    return request->producer_id_filters.count <= 0;
}

static bool is_wanted(const struct listing *listing, const struct txn_entry *transaction)
{
    const struct list_transactions_request *request = listing->request;
    const struct txn_fields *now = &transaction->now;
    if (!is_filtered_id(request, now->producer_id) ||
        (request->state_filters.count > 0 && !(listing->states & 1u << now->state)) ||
        (request->duration_filter >= 0 &&
         listing->now_ms - now->start_ms <= request->duration_filter)) {
        return false;
    }
    return !listing->pattern ||
           pcre2_match(listing->pattern, (PCRE2_SPTR)transaction->id, strlen(transaction->id), 0, 0,
                       listing->matched, listing->limits) >= 0;
}

static bool take_states(struct call *call, struct listing *listing,
                        struct list_transactions_response *response)
{
    const struct list_transactions_request *request = listing->request;
    int32_t count = MAX_OF(request->state_filters.count, 0);
    response->unknown_state_filters.items =
        call_alloc(call, (size_t)count, sizeof(*response->unknown_state_filters.items));
    response->unknown_state_filters.count = 0;
    for (int32_t i = 0; response->unknown_state_filters.items && i < count; i++) {
        enum txn_state state;
        if (txn_entry_state_find(request->state_filters.items[i], &state)) {
            listing->states |= 1u << state;
        } else {
            response->unknown_state_filters.items[response->unknown_state_filters.count++] =
                request->state_filters.items[i];
        }
    }
    return response->unknown_state_filters.items != NULL;
}

static bool fill(struct call *call, const struct listing *listing,
                 struct list_transactions_response *response)
{
    size_t count = 0;
    const struct txn_entry **sorted = transactions_sorted(call->node->transactions, &count);
    response->transaction_states.items =
        sorted ? call_alloc(call, count, sizeof(*response->transaction_states.items)) : NULL;
    response->transaction_states.count = 0;
    for (size_t i = 0; response->transaction_states.items && i < count; i++) {
        if (is_wanted(listing, sorted[i])) {
            response->transaction_states.items[response->transaction_states.count++] =
                (struct list_transactions_response_transaction_state){
                    .transactional_id = slice_text(sorted[i]->id),
                    .producer_id = sorted[i]->now.producer_id,
                    .transaction_state = slice_text(txn_entry_state_name(sorted[i]->now.state)),
                };
        }
    }
    free(sorted);
    return response->transaction_states.items != NULL;
}

void handle_list_transactions(struct call *call)
{
    struct list_transactions_response response;
    struct listing listing = { .request = call->message,
                               .now_ms = clock_wall_ms(call->node->clock) };
    message_defaults(&list_transactions_response_type, &response);
    enum kc_err err = transactions_are_loading(call->node->transactions)
                          ? KC_ERR_COORDINATOR_LOAD_IN_PROGRESS
                          : compile(&listing);
    bool good = err != KC_ERR_NO_MEMORY;
    if (!err) {
        good = take_states(call, &listing, &response) && fill(call, &listing, &response);
    }
    listing_finish(&listing);
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    response.error_code = (int16_t)err;
    call_answer(call, &response, NULL, NULL);
}
