/* embed: the folder of a broker that keeps nothing. */
#include "embed/embed_parts.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

enum { SCRATCH_DESCRIPTORS_MAX = 16 };

int scratch_make(char ret_path[PATH_MAX])
{
    char path[PATH_MAX];
    const char *parent = getenv("TMPDIR");
    int size = snprintf(path, sizeof(path), "%s/broker-lite-XXXXXX",
                        parent && parent[0] ? parent : "/tmp");
    if (size < 0 || (size_t)size >= sizeof(path)) {
        return ENAMETOOLONG;
    }
    if (!mkdtemp(path)) {
        return errno;
    }
    memcpy(ret_path, path, (size_t)size + 1);
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path) ? errno : 0;
}

int scratch_remove(const char *path)
{
    int failure = nftw(path, remove_one, SCRATCH_DESCRIPTORS_MAX, FTW_DEPTH | FTW_PHYS);
    return failure < 0 ? errno : failure;
}
