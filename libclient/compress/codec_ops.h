/* compress: what each codec's file offers to codec.c, and the room-making they share. Internal to
 * the room. */
#ifndef COMPRESS_CODEC_OPS_H
#define COMPRESS_CODEC_OPS_H

#include "compress/codec.h"

struct codec_ops {
    const char *name;
    int level_min;
    int level_max;
    int level_default; /* may stand outside min..max */

    /* State that is made once and reused; NULL when memory is out. destroy accepts NULL. */
    void *(*packer_create)(int level);
    void (*packer_destroy)(void *packer);

    /* Appends to out without looking at its maximum: codec.c sees to that. The memory taken is
     * bounded by the size of the parts. KC_ERR_NO_MEMORY or KC_ERR_NONE; out->size may have moved
     * on failure. */
    enum kc_err (*pack)(void *packer, const struct slice *parts, size_t part_count,
                        struct bytes *out);

    void *(*unpacker_create)(void);
    void (*unpacker_destroy)(void *unpacker);

    /* As decompressor_run; out->size may have moved on failure. */
    enum kc_err (*unpack)(void *unpacker, struct slice input, bool lz4_bad_header,
                          struct bytes *out);
};

extern const struct codec_ops gzip_ops;
extern const struct codec_ops snappy_ops;
extern const struct codec_ops lz4_ops;
extern const struct codec_ops zstd_ops;

/* Free bytes behind out->size that its maximum allows to be written without growing. */
size_t codec_room(const struct bytes *out);

/* For streaming: makes sure of some room, growing step by step. KC_ERR_TOO_LARGE when out is at its
 * maximum, KC_ERR_NO_MEMORY. */
enum kc_err codec_grow(struct bytes *out);

/* For blocks whose size is known: room for exactly `size` more bytes, or the same errors. */
enum kc_err codec_reserve(struct bytes *out, size_t size);

#endif
