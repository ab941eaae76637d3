/* interop: asks controllers (KIP-919) who they are, and leads them: "controller N leader N".
 *
 *   controller_login CONTROLLERS PROPERTIES_FILE */
#include <libclient/client.h>
#include <stdio.h>

enum { WAIT_MS = 30000 };

static int fail(const struct kc_error *error)
{
    (void)fprintf(stderr, "controller_login: %s %s\n", kc_err_name(error->code), error->text);
    return 1;
}

int main(int argc, char **argv)
{
    struct kc_error error = { 0 };
    struct kc_cluster_description *cluster = NULL;
    struct kc_quorum *quorum = NULL;
    struct kc_config *config = kc_config_create();
    if (argc != 3 || kc_config_load(config, argv[2], &error) ||
        kc_config_set(config, "bootstrap.controllers", argv[1], &error)) {
        return fail(&error);
    }
    struct kc_admin *admin = kc_admin_create(config, &error);
    kc_config_destroy(config);
    if (!admin || kc_admin_describe_cluster(admin, 0, WAIT_MS, &cluster, &error) ||
        kc_admin_describe_quorum(admin, WAIT_MS, &quorum, &error)) {
        kc_cluster_description_destroy(cluster);
        kc_admin_destroy(admin);
        return fail(&error);
    }
    printf("controller %d leader %d\n", cluster->controller_id, quorum->leader_id);
    kc_cluster_description_destroy(cluster);
    kc_quorum_destroy(quorum);
    kc_admin_destroy(admin);
    return 0;
}
