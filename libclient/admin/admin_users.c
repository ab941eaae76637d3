/* admin: SCRAM credentials (KIP-554) and client quotas (KIP-546). */
#include "admin/admin.h"
#include "admin/sheet.h"
#include "sasl/scram_salt.h"

enum {
    KEY_DESCRIBE_QUOTAS = 48,
    KEY_ALTER_QUOTAS = 49,
    KEY_DESCRIBE_SCRAM = 50,
    KEY_ALTER_SCRAM = 51
};

static const struct mirror_row info_rows[] = {
    MIRROR(struct kc_scram_info, mechanism, "mechanism"),
    MIRROR(struct kc_scram_info, iterations, "iterations"),
    MIRROR_END,
};
static const struct mirror_row user_rows[] = {
    MIRROR(struct kc_scram_user, name, "user"),
    MIRROR(struct kc_scram_user, err, "errorCode"),
    MIRROR(struct kc_scram_user, text, "errorMessage"),
    MIRROR_EACH(struct kc_scram_user, infos, info_count, "credentialInfos", info_rows),
    MIRROR_END,
};
static const struct mirror_row users_rows[] = {
    MIRROR_EACH(struct kc_scram_users, items, count, "results", user_rows),
    MIRROR_END,
};

static void users_taken(struct fanout *fanout, size_t item)
{
    (void)item;
    const struct kc_scram_users *users = &fanout->harvest->as.scram_users;
    for (size_t i = 0; i < users->count; i++) {
        if (!users->items[i].text || !users->items[i].text[0]) {
            users->items[i].text = kc_err_text(users->items[i].err);
        }
    }
}

static const struct sheet_form describe_form = {
    .family = SHEET_FAMILY("describing SCRAM users"),
    .api_key = KEY_DESCRIBE_SCRAM,
    .route = SHEET_CONTROLLER,
    .rows = users_rows,
    .taken = users_taken,
};

struct users_names {
    const struct kc_setting *users; /* their names */
    size_t count;
};

struct fanout *admin_users_describe(const char *const *names, size_t count)
{
    struct fanout *fanout = sheet_create(&describe_form, 1);
    struct describe_user_scram_credentials_request_user_name *users =
        fanout ? fanout_alloc(fanout, count, sizeof(*users)) : NULL;
    if (!users) {
        fanout_destroy(fanout);
        return NULL;
    }
    struct describe_user_scram_credentials_request *request = sheet_request(fanout);
    for (size_t i = 0; i < count; i++) {
        users[i].name = slice_text(fanout_text(fanout, names[i]));
    }
    request->users.items = users;
    request->users.count = count > 0 ? (int32_t)count : -1; /* null: all */
    return sheet_take_request(fanout);
}

/* A change as it goes into one of the request's two lists. */
struct users_change {
    const char *user;
    int8_t mechanism;
    bool is_deletion;
    int32_t iterations;
    struct slice salt;
    struct slice salted_password;
};

static void alter_fill(struct fanout_branch *branch)
{
    const struct users_change *changes = *sheet_extra(branch->fanout);
    struct alter_user_scram_credentials_request *request = branch->message;
    request->deletions.items =
        fanout_branch_alloc(branch, branch->item_count, sizeof(*request->deletions.items));
    request->upsertions.items =
        fanout_branch_alloc(branch, branch->item_count, sizeof(*request->upsertions.items));
    for (size_t i = 0; i < branch->item_count && !branch->fanout->error.code; i++) {
        const struct users_change *change = &changes[branch->items[i]];
        struct slice name = slice_text(change->user);
        if (change->is_deletion) {
            request->deletions.items[request->deletions.count++] =
                (struct alter_user_scram_credentials_request_scram_credential_deletion){
                    .name = name, .mechanism = change->mechanism
                };
        } else {
            request->upsertions.items[request->upsertions.count++] =
                (struct alter_user_scram_credentials_request_scram_credential_upsertion){
                    .name = name,
                    .mechanism = change->mechanism,
                    .iterations = change->iterations,
                    .salt = change->salt,
                    .salted_password = change->salted_password,
                };
        }
    }
}

static const struct sheet_form alter_form = {
    .family = SHEET_FAMILY("changing SCRAM users"),
    .api_key = KEY_ALTER_SCRAM,
    .route = SHEET_CONTROLLER,
    .is_named = true,
    .answered = { .list = "results", .key = { "user" } },
    .fill = alter_fill,
    .size = sizeof(struct kc_item_result),
    .err = offsetof(struct kc_item_result, err),
    .text = offsetof(struct kc_item_result, text),
};

static bool take_change(struct fanout *fanout, const struct kc_scram_change *from,
                        struct users_change *change)
{
    change->user = fanout_text(fanout, from->user);
    change->mechanism = (int8_t)from->mechanism;
    change->is_deletion = !from->password;
    if (!from->password) {
        return change->user != NULL;
    }
    uint8_t *salted = fanout_alloc(fanout, 1, SCRAM_SALT_PASSWORD_MAX);
    change->iterations = from->iterations ? from->iterations : SCRAM_SALT_ITERATIONS;
    change->salt = arena_copy(&fanout->arena, slice_of(from->salt, from->salt_size));
    if (!salted || slice_is_null(change->salt)) {
        return false;
    }
    size_t size = scram_salt_password(from->mechanism == KC_SCRAM_SHA_512,
                                      slice_of(from->password, from->password_size), change->salt,
                                      change->iterations, salted);
    change->salted_password = slice_of(salted, size);
    return change->user && size > 0;
}

struct fanout *admin_users_alter(const struct kc_scram_change *changes, size_t count)
{
    struct fanout *fanout = sheet_create(&alter_form, count);
    struct users_change *copy = fanout ? fanout_alloc(fanout, count, sizeof(*copy)) : NULL;
    bool fits = copy != NULL;
    for (size_t i = 0; fits && i < count; i++) {
        fits = take_change(fanout, &changes[i], &copy[i]);
    }
    if (!fits) {
        fanout_destroy(fanout);
        return NULL;
    }
    *sheet_extra(fanout) = copy;
    return sheet_take(fanout, NULL, copy, sizeof(*copy));
}

static const struct mirror_row part_rows[] = {
    MIRROR(struct kc_quota_part, type, "entityType"),
    MIRROR(struct kc_quota_part, name, "entityName"),
    MIRROR_END,
};
static const struct mirror_row value_rows[] = {
    MIRROR(struct kc_quota_value, key, "key"),
    MIRROR(struct kc_quota_value, value, "value"),
    MIRROR_END,
};
static const struct mirror_row quota_rows[] = {
    MIRROR_EACH(struct kc_quota, parts, part_count, "entity", part_rows),
    MIRROR_EACH(struct kc_quota, values, value_count, "values", value_rows),
    MIRROR_END,
};
static const struct mirror_row quotas_rows[] = {
    MIRROR_EACH(struct kc_quotas, items, count, "entries", quota_rows),
    MIRROR_END,
};
static const struct sheet_form quotas_form = {
    .family = SHEET_FAMILY("describing quotas"),
    .api_key = KEY_DESCRIBE_QUOTAS,
    .route = SHEET_ANY,
    .rows = quotas_rows,
};

struct users_filters {
    const struct kc_quota_filter *filters;
    size_t count;
    bool strict;
};

struct fanout *admin_users_quotas(const struct kc_quota_filter *filters, size_t count, bool strict)
{
    static const struct mirror_row filter_rows[] = {
        MIRROR(struct kc_quota_filter, type, "entityType"),
        MIRROR(struct kc_quota_filter, match, "matchType"),
        MIRROR(struct kc_quota_filter, name, "match"),
        MIRROR_END,
    };
    static const struct mirror_row rows[] = {
        MIRROR_EACH(struct users_filters, filters, count, "components", filter_rows),
        MIRROR(struct users_filters, strict, "strict"),
        MIRROR_END,
    };
    const struct users_filters wish = { filters, count, strict };
    return sheet_take_struct(sheet_create(&quotas_form, 1), rows, &wish);
}

static const struct mirror_row op_rows[] = {
    MIRROR(struct kc_quota_op, key, "key"),
    MIRROR(struct kc_quota_op, value, "value"),
    MIRROR(struct kc_quota_op, remove, "remove"),
    MIRROR_END,
};
static const struct mirror_row change_rows[] = {
    MIRROR_EACH(struct kc_quota_change, parts, part_count, "entity", part_rows),
    MIRROR_EACH(struct kc_quota_change, ops, op_count, "ops", op_rows),
    MIRROR_END,
};
static const struct mirror_row result_echo[] = {
    MIRROR_EACH(struct kc_quota_result, parts, part_count, "entity", part_rows),
    MIRROR_END,
};
static const struct sheet_form alter_quotas_form = {
    .family = SHEET_FAMILY("changing quotas"),
    .api_key = KEY_ALTER_QUOTAS,
    .route = SHEET_CONTROLLER,
    .asked = { .list = "entries", .key = { "entity" } },
    .answered = { .list = "entries", .key = { "entity" } },
    .echo = result_echo,
    .size = sizeof(struct kc_quota_result),
    .err = offsetof(struct kc_quota_result, err),
    .text = offsetof(struct kc_quota_result, text),
};

struct fanout *admin_users_alter_quotas(const struct kc_quota_change *changes, size_t count,
                                        bool validate_only)
{
    struct fanout *fanout = sheet_go_about(sheet_create(&alter_quotas_form, count),
                                           validate_only ? KC_VALIDATE_ONLY : 0);
    return sheet_take(fanout, change_rows, changes, sizeof(*changes));
}
