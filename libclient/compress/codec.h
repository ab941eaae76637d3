/* compress: the codecs of Kafka's record batches behind one table. Pure: no I/O, no threads; a
 * context may be reused by its owner. */
#ifndef COMPRESS_CODEC_H
#define COMPRESS_CODEC_H

#include "base/bytes.h"

#include <libclient/error.h>

/* As in the attributes of a batch. */
enum compression {
    COMPRESSION_NONE = 0,
    COMPRESSION_GZIP = 1,
    COMPRESSION_SNAPPY = 2,
    COMPRESSION_LZ4 = 3,
    COMPRESSION_ZSTD = 4
};

enum { COMPRESSION_COUNT = 5, COMPRESSION_LEVEL_DEFAULT = -1000 };

/* "none" "gzip" "snappy" "lz4" "zstd"; NULL outside. */
const char *compression_name(enum compression codec);

/* False when no codec has that name. */
bool compression_parse(struct slice name, enum compression *ret_codec);

/* The valid levels, as Kafka's compression.*.level: min to max (gzip 1..9, lz4 1..17, zstd
 * -131072..22), and the default, which is valid even outside of them (gzip -1). Codecs without
 * levels give 0..0. */
void compression_levels(enum compression codec, int *ret_min, int *ret_max, int *ret_default);

/* Reusable state (zstd and gzip contexts are expensive to make). One user at a time. The codec is
 * not COMPRESSION_NONE; a level outside the valid ones counts as the nearest,
 * COMPRESSION_LEVEL_DEFAULT as the codec's own. NULL when memory is out. */
struct compressor;
struct compressor *compressor_create(enum compression codec, int level);
void compressor_destroy(struct compressor *compressor);

/* Appends the compressed form of the concatenated parts to out: gzip member, snappy in
 * snappy-java's framing, an lz4 frame, a zstd frame. KC_ERR_NO_MEMORY or KC_ERR_TOO_LARGE when
 * the result would pass out's maximum; out's size is then as before. While it works, out may take
 * memory for the worst case (about the size of the parts), whatever its maximum. */
enum kc_err compressor_run(struct compressor *compressor, const struct slice *parts,
                           size_t part_count, struct bytes *out);

/* Appends the decompressed form to out and stops at out's size_max (KC_ERR_TOO_LARGE): streaming,
 * so a bomb costs no more than the cap. Snappy: raw and framed are told apart by the magic. lz4
 * with `lz4_bad_header` accepts the historic wrong header checksum of magic 0.
 * KC_ERR_CORRUPT_MESSAGE when the input is damaged or cut, or the codec unknown; a zstd window
 * above 2^27 (128 MiB) is refused so too. gzip reads all members, zstd all frames, lz4 one frame,
 * and what is behind is left alone, as Java does. Out's size is as before on failure.
 * COMPRESSION_NONE copies. */
struct decompressor;
struct decompressor *decompressor_create(void);
void decompressor_destroy(struct decompressor *decompressor);
enum kc_err decompressor_run(struct decompressor *decompressor, enum compression codec,
                             struct slice input, bool lz4_bad_header, struct bytes *out);

#endif
