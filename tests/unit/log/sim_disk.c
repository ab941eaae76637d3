/* tests: the simulated disk. */
#include "unit/log/sim_disk.h"

#include "base/attr.h"
#include "base/bytes.h"
#include "base/random.h"
#include "support/heap.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { NODES_MAX = 2048, NAMES_MAX = 1024, PATH_SIZE = 256 };
enum op_kind { OP_WRITE, OP_TRUNCATE, OP_SYNC, OP_LINK, OP_UNLINK, OP_RENAME, OP_SYNC_DIRECTORY };

struct op {
    enum op_kind kind;
    int node;
    int64_t position; /* or size */
    uint8_t *data;
    size_t size;
    char path[PATH_SIZE];
    char to[PATH_SIZE];
};

struct name {
    char path[PATH_SIZE];
    int node;
};

/* Files and names at one moment. */
struct image {
    struct bytes nodes[NODES_MAX];
    bool is_directory[NODES_MAX];
    int node_count;
    struct name names[NAMES_MAX];
    int name_count;
};

struct sim_disk {
    struct file_system files;
    struct image image;  /* now */
    struct image *start; /* when the recording began: all durable */
    struct op *ops;
    size_t op_count;
    size_t op_capacity;
    int handles[SIM_DISK_FILES_MAX]; /* node + 1; 0: free */
    struct sim_disk_faults faults;
    int64_t writes;
    int64_t syncs;
    uint64_t calls;
};

static int image_find(const struct image *image, const char *path)
{
    for (int i = 0; i < image->name_count; i++) {
        if (strcmp(image->names[i].path, path) == 0) {
            return i;
        }
    }
    return -1;
}

static void image_link(struct image *image, const char *path, int node)
{
    int i = image_find(image, path);
    if (i < 0) {
        assert(image->name_count < NAMES_MAX);
        i = image->name_count++;
        (void)snprintf(image->names[i].path, PATH_SIZE, "%s", path);
    }
    image->names[i].node = node;
}

static void image_unlink(struct image *image, const char *path)
{
    int i = image_find(image, path);
    if (i >= 0) {
        image->names[i] = image->names[--image->name_count];
    }
}

/* A directory takes the names below it along. */
static void image_rename(struct image *image, const char *from, const char *to)
{
    size_t size = strlen(from);
    int i = image_find(image, from);
    if (i < 0) {
        return; /* a name that the crash lost */
    }
    int node = image->names[i].node;
    image_unlink(image, from);
    image_link(image, to, node);
    for (i = 0; i < image->name_count; i++) {
        char *path = image->names[i].path;
        if (strncmp(path, from, size) == 0 && path[size] == '/') {
            char moved[2 * PATH_SIZE];
            (void)snprintf(moved, sizeof(moved), "%s%s", to, path + size);
            (void)snprintf(path, PATH_SIZE, "%.*s", PATH_SIZE - 1, moved);
        }
    }
}

static int image_make_node(struct image *image, bool is_directory)
{
    assert(image->node_count < NODES_MAX);
    int node = image->node_count++;
    bytes_init(&image->nodes[node], 64 * 1024 * 1024);
    image->is_directory[node] = is_directory;
    return node;
}

/* The disk's own memory lasts where allocations fail on purpose: in a program with heap_dep. */
__attribute__((weak)) void heap_pause(void);
__attribute__((weak)) void heap_resume(void);
static void *sim_memory(void *block, size_t size)
{
    if (heap_pause) {
        heap_pause();
    }
    void *memory = realloc(block, size);
    assert(memory);
    if (heap_resume) {
        heap_resume();
    }
    return memory;
}

static void image_resize(struct image *image, int node, size_t size)
{
    struct bytes *bytes = &image->nodes[node];
    if (size > bytes->size) {
        if (size > bytes->capacity) {
            bytes->data = sim_memory(bytes->data, size * 2);
            bytes->capacity = size * 2;
        }
        memset(bytes->data + bytes->size, 0, size - bytes->size);
    }
    bytes->size = size;
}

static void image_write(struct image *image, int node, int64_t position, const uint8_t *data,
                        size_t size)
{
    if (image->nodes[node].size < (size_t)position + size) {
        image_resize(image, node, (size_t)position + size);
    }
    if (size > 0) {
        memcpy(image->nodes[node].data + position, data, size);
    }
}

/* Into a zeroed one. */
static void image_copy(struct image *to, const struct image *from)
{
    for (int i = 0; i < from->node_count; i++) {
        int node = image_make_node(to, from->is_directory[i]);
        image_write(to, node, 0, from->nodes[i].size > 0 ? from->nodes[i].data : (uint8_t *)"",
                    from->nodes[i].size);
    }
    memcpy(to->names, from->names, sizeof(to->names[0]) * (size_t)from->name_count);
    to->name_count = from->name_count;
}

static void image_finish(struct image *image)
{
    for (int i = 0; i < image->node_count; i++) {
        bytes_finish(&image->nodes[i]);
    }
}

static struct op *record(struct sim_disk *disk, enum op_kind kind, int node, const char *path)
{
    if (disk->op_count == disk->op_capacity) {
        disk->op_capacity = MAX_OF(disk->op_capacity * 2, (size_t)64);
        disk->ops = sim_memory(disk->ops, disk->op_capacity * sizeof(*disk->ops));
    }
    struct op *op = &disk->ops[disk->op_count++];
    memset(op, 0, sizeof(*op));
    op->kind = kind;
    op->node = node;
    if (path) {
        (void)snprintf(op->path, sizeof(op->path), "%s", path);
    }
    return op;
}

static int sim_open(void *context, const char *path, int flags, int *ret_file)
{
    struct sim_disk *disk = context;
    int i = image_find(&disk->image, path);
    if (i >= 0 && (flags & FILE_CREATE) && (flags & FILE_EXCLUSIVE)) {
        return EEXIST;
    }
    if (i < 0 && !(flags & FILE_CREATE)) {
        return ENOENT;
    }
    int node = i >= 0 ? disk->image.names[i].node : image_make_node(&disk->image, false);
    if (i < 0) {
        image_link(&disk->image, path, node);
        (void)record(disk, OP_LINK, node, path);
    }
    if ((flags & FILE_EMPTY) && disk->image.nodes[node].size > 0) {
        image_resize(&disk->image, node, 0);
        (void)record(disk, OP_TRUNCATE, node, NULL);
    }
    for (int handle = 0; handle < SIM_DISK_FILES_MAX; handle++) {
        if (disk->handles[handle] == 0) {
            disk->handles[handle] = node + 1;
            *ret_file = handle;
            return 0;
        }
    }
    return EMFILE;
}

static void sim_close(void *context, int file)
{
    struct sim_disk *disk = context;
    assert(disk->handles[file] > 0);
    disk->handles[file] = 0;
}

static int sim_read(void *context, int file, void *data, size_t size, int64_t position,
                    size_t *ret_size)
{
    struct sim_disk *disk = context;
    const struct bytes *bytes = &disk->image.nodes[disk->handles[file] - 1];
    if (disk->faults.interrupt && disk->calls++ % 2 == 0) {
        return EINTR;
    }
    size_t left = (size_t)position < bytes->size ? bytes->size - (size_t)position : 0;
    size_t count = MIN_OF(size, left);
    if (disk->faults.interrupt && count > 1) {
        count = 1 + count / 3;
    }
    if (count > 0) {
        memcpy(data, bytes->data + position, count);
    }
    *ret_size = count;
    return 0;
}

static int64_t used(const struct sim_disk *disk)
{
    int64_t sum = 0;
    for (int i = 0; i < disk->image.name_count; i++) {
        sum += (int64_t)disk->image.nodes[disk->image.names[i].node].size;
    }
    return sum;
}

static int sim_write(void *context, int file, const struct slice *parts, size_t part_count,
                     int64_t position, size_t *ret_size)
{
    struct sim_disk *disk = context;
    int node = disk->handles[file] - 1;
    size_t done = 0;
    if (disk->faults.interrupt && disk->calls++ % 2 == 0) {
        return EINTR;
    }
    if (disk->faults.fail_write_after >= 0 && disk->writes >= disk->faults.fail_write_after &&
        (disk->faults.sticky || disk->writes == disk->faults.fail_write_after)) {
        disk->writes++;
        return EIO;
    }
    disk->writes++;
    for (size_t i = 0; i < part_count; i++) {
        size_t size = parts[i].size;
        if (disk->faults.interrupt && size > 1) {
            size = 1 + size / 2;
        }
        int64_t place = position + (int64_t)done;
        int64_t grows = place + (int64_t)size - (int64_t)disk->image.nodes[node].size;
        if (disk->faults.capacity >= 0 && grows > 0) {
            int64_t room = MAX_OF(disk->faults.capacity - used(disk), (int64_t)0);
            size = grows > room ? size - (size_t)MIN_OF(grows - room, (int64_t)size) : size;
        }
        if (size > 0) {
            image_write(&disk->image, node, place, parts[i].data, size);
            struct op *op = record(disk, OP_WRITE, node, NULL);
            op->position = place;
            op->size = size;
            op->data = sim_memory(NULL, size);
            memcpy(op->data, parts[i].data, size);
        }
        done += size;
        if (size < parts[i].size) {
            break;
        }
    }
    if (done == 0) {
        return ENOSPC;
    }
    *ret_size = done;
    return 0;
}

static int sim_truncate(void *context, int file, int64_t size)
{
    struct sim_disk *disk = context;
    int node = disk->handles[file] - 1;
    if (disk->faults.capacity < 0 || size < (int64_t)disk->image.nodes[node].size) {
        image_resize(&disk->image, node, (size_t)size);
        record(disk, OP_TRUNCATE, node, NULL)->position = size;
    }
    return 0;
}

static int sim_size(void *context, int file, int64_t *ret_size)
{
    struct sim_disk *disk = context;
    *ret_size = (int64_t)disk->image.nodes[disk->handles[file] - 1].size;
    return 0;
}

static int sync_fault(struct sim_disk *disk)
{
    bool fails = disk->faults.fail_sync_after >= 0 && disk->syncs >= disk->faults.fail_sync_after &&
                 (disk->faults.sticky || disk->syncs == disk->faults.fail_sync_after);
    disk->syncs++;
    return fails ? EIO : 0;
}

static int sim_sync(void *context, int file)
{
    struct sim_disk *disk = context;
    int err = sync_fault(disk);
    if (err == 0) {
        (void)record(disk, OP_SYNC, disk->handles[file] - 1, NULL);
    }
    return err;
}

static int sim_sync_directory(void *context, const char *path)
{
    struct sim_disk *disk = context;
    int err = sync_fault(disk);
    if (err == 0) {
        (void)record(disk, OP_SYNC_DIRECTORY, -1, path);
    }
    return err;
}

static int sim_rename(void *context, const char *from, const char *to)
{
    struct sim_disk *disk = context;
    int i = image_find(&disk->image, from);
    if (i < 0) {
        return ENOENT;
    }
    struct op *op = record(disk, OP_RENAME, disk->image.names[i].node, from);
    (void)snprintf(op->to, sizeof(op->to), "%s", to);
    image_rename(&disk->image, from, to);
    return 0;
}

static int sim_remove(void *context, const char *path)
{
    struct sim_disk *disk = context;
    if (image_find(&disk->image, path) < 0) {
        return ENOENT;
    }
    image_unlink(&disk->image, path);
    (void)record(disk, OP_UNLINK, -1, path);
    return 0;
}

static int sim_make_directory(void *context, const char *path)
{
    struct sim_disk *disk = context;
    if (image_find(&disk->image, path) >= 0) {
        return EEXIST;
    }
    int node = image_make_node(&disk->image, true);
    image_link(&disk->image, path, node);
    (void)record(disk, OP_LINK, node, path);
    return 0;
}

static int sim_info(void *context, const char *path, struct file_info *ret_info)
{
    struct sim_disk *disk = context;
    int i = image_find(&disk->image, path);
    if (i < 0) {
        return ENOENT;
    }
    int node = disk->image.names[i].node;
    *ret_info = (struct file_info){ disk->image.is_directory[node] ? FILE_KIND_DIRECTORY
                                                                   : FILE_KIND_REGULAR,
                                    (int64_t)disk->image.nodes[node].size, 1000 };
    return 0;
}

static int sim_list(void *context, const char *path,
                    int (*visit)(void *visitor, const char *name, enum file_kind kind),
                    void *visitor)
{
    struct sim_disk *disk = context;
    size_t size = strlen(path);
    int count = 0;
    struct name *names = sim_memory(NULL, sizeof(disk->image.names));
    for (int i = 0; i < disk->image.name_count; i++) {
        const char *name = disk->image.names[i].path;
        if (strncmp(name, path, size) == 0 && name[size] == '/' && !strchr(name + size + 1, '/')) {
            names[count++] = disk->image.names[i];
        }
    }
    int err = image_find(&disk->image, path) < 0 ? ENOENT : 0;
    for (int i = 0; i < count && err == 0; i++) {
        err = visit(visitor, names[i].path + size + 1,
                    disk->image.is_directory[names[i].node] ? FILE_KIND_DIRECTORY
                                                            : FILE_KIND_REGULAR);
    }
    free(names);
    return err;
}

static int sim_lock(void *context, const char *path, int *ret_file)
{
    return sim_open(context, path, FILE_WRITE | FILE_CREATE, ret_file);
}

static struct sim_disk *make(void)
{
    struct sim_disk *disk = calloc(1, sizeof(*disk));
    assert(disk);
    disk->faults =
        (struct sim_disk_faults){ .capacity = -1, .fail_write_after = -1, .fail_sync_after = -1 };
    disk->files = (struct file_system){ .open = sim_open,
                                        .close = sim_close,
                                        .read = sim_read,
                                        .write = sim_write,
                                        .truncate = sim_truncate,
                                        .size = sim_size,
                                        .sync = sim_sync,
                                        .sync_directory = sim_sync_directory,
                                        .rename = sim_rename,
                                        .remove = sim_remove,
                                        .make_directory = sim_make_directory,
                                        .info = sim_info,
                                        .list = sim_list,
                                        .lock = sim_lock,
                                        .context = disk };
    disk->start = calloc(1, sizeof(*disk->start));
    assert(disk->start);
    return disk;
}

struct sim_disk *sim_disk_create(const char *root)
{
    struct sim_disk *disk = make();
    image_link(&disk->image, root, image_make_node(&disk->image, true));
    image_copy(disk->start, &disk->image);
    return disk;
}

void sim_disk_destroy(struct sim_disk *disk)
{
    for (size_t i = 0; i < disk->op_count; i++) {
        free(disk->ops[i].data);
    }
    free(disk->ops);
    image_finish(&disk->image);
    image_finish(disk->start);
    free(disk->start);
    free(disk);
}

const struct file_system *sim_disk_files(struct sim_disk *disk)
{
    return &disk->files;
}

size_t sim_disk_count(const struct sim_disk *disk)
{
    return disk->op_count;
}

/* Is there a sync of the file among the operations after i, below count? */
static bool is_synced(const struct sim_disk *disk, size_t i, size_t count)
{
    for (size_t k = i + 1; k < count; k++) {
        if (disk->ops[k].kind == OP_SYNC && disk->ops[k].node == disk->ops[i].node) {
            return true;
        }
    }
    return false;
}

static bool in_directory(const char *path, const char *directory)
{
    size_t size = strlen(directory);
    return strncmp(path, directory, size) == 0 && path[size] == '/' &&
           !strchr(path + size + 1, '/');
}

static bool is_name_synced(const struct sim_disk *disk, size_t i, size_t count)
{
    for (size_t k = i + 1; k < count; k++) {
        if (disk->ops[k].kind == OP_SYNC_DIRECTORY &&
            in_directory(disk->ops[i].path, disk->ops[k].path)) {
            return true;
        }
    }
    return false;
}

static void apply_data(struct image *image, const struct op *op, bool synced, struct random *random,
                       int lost_percent)
{
    if (op->kind == OP_TRUNCATE) {
        if (synced || (int)random_below(random, 100) >= lost_percent) {
            image_resize(image, op->node, (size_t)op->position);
        }
        return;
    }
    for (size_t at = 0; at < op->size;) {
        size_t sector = SIM_DISK_SECTOR - ((size_t)op->position + at) % SIM_DISK_SECTOR;
        size_t size = MIN_OF(sector, op->size - at);
        if (synced || (int)random_below(random, 100) >= lost_percent) {
            image_write(image, op->node, op->position + (int64_t)at, op->data + at, size);
        }
        at += size;
    }
}

static void apply_name(struct image *image, const struct op *op)
{
    if (op->kind == OP_LINK) {
        image_link(image, op->path, op->node);
    } else if (op->kind == OP_UNLINK) {
        image_unlink(image, op->path);
    } else {
        image_rename(image, op->path, op->to);
    }
}

struct sim_disk *sim_disk_crash(const struct sim_disk *disk, size_t count, uint64_t seed,
                                int lost_percent)
{
    struct sim_disk *after = make();
    struct random random;
    bool names_lost = false; /* one journal: what follows a lost name change is lost as well */
    random_init(&random, seed);
    image_copy(&after->image, disk->start);
    while (after->image.node_count < disk->image.node_count) {
        (void)image_make_node(&after->image, disk->image.is_directory[after->image.node_count]);
    }
    for (size_t i = 0; i < count; i++) {
        const struct op *op = &disk->ops[i];
        if (op->kind == OP_WRITE || op->kind == OP_TRUNCATE) {
            apply_data(&after->image, op, is_synced(disk, i, count), &random, lost_percent);
        } else if (op->kind == OP_LINK || op->kind == OP_UNLINK || op->kind == OP_RENAME) {
            bool synced = is_name_synced(disk, i, count);
            names_lost = !synced && (names_lost || (int)random_below(&random, 300) < lost_percent);
            if (!names_lost) {
                apply_name(&after->image, op);
            }
        }
    }
    image_copy(after->start, &after->image);
    return after;
}

struct sim_disk_faults *sim_disk_faults(struct sim_disk *disk)
{
    return &disk->faults;
}

size_t sim_disk_syncs(const struct sim_disk *disk)
{
    return (size_t)disk->syncs;
}

size_t sim_disk_open_files(const struct sim_disk *disk)
{
    size_t count = 0;
    for (int i = 0; i < SIM_DISK_FILES_MAX; i++) {
        count += disk->handles[i] != 0 ? 1 : 0;
    }
    return count;
}

bool sim_disk_flip(struct sim_disk *disk, const char *path, int64_t position)
{
    int i = image_find(&disk->image, path);
    if (i < 0 || (size_t)position >= disk->image.nodes[disk->image.names[i].node].size) {
        return false;
    }
    disk->image.nodes[disk->image.names[i].node].data[position] ^= 0x40;
    return true;
}

int64_t sim_disk_size(struct sim_disk *disk, const char *path)
{
    int i = image_find(&disk->image, path);
    return i < 0 ? -1 : (int64_t)disk->image.nodes[disk->image.names[i].node].size;
}
