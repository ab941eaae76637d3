/* admin: the cluster's features (KIP-584), brokers that are gone, the client's own id (KIP-714). */
#include "admin/admin.h"
#include "admin/sheet.h"

enum { KEY_API_VERSIONS = 18, KEY_UPDATE_FEATURES = 57, KEY_UNREGISTER = 64, KEY_TELEMETRY = 71 };
enum { VERSION_FEATURES = 3, VERSION_UPGRADE_TYPE = 1 };

static const struct mirror_row supported_rows[] = {
    MIRROR(struct kc_feature, name, "name"),
    MIRROR(struct kc_feature, min_level, "minVersion"),
    MIRROR(struct kc_feature, max_level, "maxVersion"),
    MIRROR_END,
};
static const struct mirror_row finalized_rows[] = {
    MIRROR(struct kc_feature, name, "name"),
    MIRROR(struct kc_feature, min_level, "minVersionLevel"),
    MIRROR(struct kc_feature, max_level, "maxVersionLevel"),
    MIRROR_END,
};
static const struct mirror_row features_rows[] = {
    MIRROR_EACH(struct kc_features, supported, supported_count, "supportedFeatures",
                supported_rows),
    MIRROR_EACH(struct kc_features, finalized, finalized_count, "finalizedFeatures",
                finalized_rows),
    MIRROR(struct kc_features, finalized_epoch, "finalizedFeaturesEpoch"),
    MIRROR_END,
};
static const struct sheet_form describe_form = {
    .family = SHEET_FAMILY("describing features"),
    .api_key = KEY_API_VERSIONS,
    .version_min = VERSION_FEATURES,
    .route = SHEET_BROKER,
    .rows = features_rows,
};

struct fanout *admin_features_describe(int32_t broker_id)
{
    struct fanout *fanout = sheet_create(&describe_form, 1);
    struct api_versions_request *request = fanout ? sheet_request(fanout) : NULL;
    if (request) {
        fanout->items[0].node.id = broker_id;
        /* KIP-511 wants both; the connection has told the true ones. */
        request->client_software_name = slice_text("libclient");
        request->client_software_version = slice_text("admin");
    }
    return sheet_take_request(fanout);
}

static const struct mirror_row change_rows[] = {
    MIRROR(struct kc_feature_change, name, "feature"),
    MIRROR(struct kc_feature_change, max_level, "maxVersionLevel"),
    MIRROR(struct kc_feature_change, upgrade, "upgradeType"),
    MIRROR_END,
};
struct features_wish {
    const struct kc_feature_change *changes;
    size_t count;
    bool validate_only;
};
static const struct mirror_row wish_rows[] = {
    MIRROR_EACH(struct features_wish, changes, count, "featureUpdates", change_rows),
    MIRROR(struct features_wish, validate_only, "validateOnly"),
    MIRROR_END,
};

/* Up to version 1, each feature has its own error. */
static enum kc_err update_verdict(const void *message)
{
    const struct update_features_response *response = message;
    for (int32_t i = 0; i < response->results.count; i++) {
        if (response->results.items[i].error_code) {
            return response->results.items[i].error_code;
        }
    }
    return KC_ERR_NONE;
}

static const struct sheet_form update_form = {
    .family = SHEET_FAMILY("updating features"),
    .api_key = KEY_UPDATE_FEATURES,
    .version_min = VERSION_UPGRADE_TYPE,
    .route = SHEET_CONTROLLER,
    .verdict = update_verdict,
};

struct fanout *admin_features_update(const struct kc_feature_change *changes, size_t count,
                                     bool validate_only)
{
    const struct features_wish wish = { changes, count, validate_only };
    return sheet_take_struct(sheet_create(&update_form, 1), wish_rows, &wish);
}

static const struct sheet_form unregister_form = {
    .family = SHEET_FAMILY("unregistering a broker"),
    .api_key = KEY_UNREGISTER,
    .route = SHEET_ANY,
};

struct fanout *admin_features_unregister(int32_t broker_id)
{
    struct fanout *fanout = sheet_create(&unregister_form, 1);
    struct unregister_broker_request *request = fanout ? sheet_request(fanout) : NULL;
    if (request) {
        request->broker_id = broker_id;
    }
    return sheet_take_request(fanout);
}

static const struct mirror_row instance_rows[] = {
    MIRROR(struct harvest_instance, id, "clientInstanceId"),
    MIRROR_END,
};
static const struct sheet_form instance_form = {
    .family = SHEET_FAMILY("asking for the client instance id"),
    .api_key = KEY_TELEMETRY,
    .route = SHEET_ANY,
    .rows = instance_rows,
};

/* The request's zero id asks for a new one. */
struct fanout *admin_features_instance(void)
{
    return sheet_take_request(sheet_create(&instance_form, 1));
}
