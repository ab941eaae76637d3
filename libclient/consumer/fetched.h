/* consumer: what one fetch brought of one partition, and the batches that are cut from it for the
 * application. Made on the I/O thread, which looks at batch headers only; checked, decompressed and
 * filtered on the polling thread. */
#ifndef CONSUMER_FETCHED_H
#define CONSUMER_FETCHED_H

#include "base/frame_buffer.h"
#include "consumer/budget.h"
#include "consumer/news.h"
#include "record/record.h"

#include <libclient/consumer.h>

enum { FETCHED_DECOMPRESSED_MAX = 256 << 20 };

struct sieve;

struct fetched_abort {
    int64_t producer_id;
    int64_t first_offset;
};

struct fetched {
    struct news news;
    struct claim *claim;        /* owned, as are the next two */
    struct budget *budget;      /* charged with `charge` */
    struct frame_buffer *frame; /* where rest points into */
    uint32_t generation;        /* of the claim when it was fetched */
    bool check_crcs;
    struct slice rest;
    const uint8_t *checked; /* the batch at the start of rest whose CRC is known to fit; NULL */
    struct kc_batch *part;  /* owned: what is left of a batch that was too long for one poll */
    int64_t offset;         /* records below it were returned, or were not asked for */
    int64_t high_watermark;
    size_t charge;
    int64_t record_count; /* noted in the claim as queued, until the charge is given back */
    size_t abort_count;   /* 0 for read_uncommitted */
    size_t abort_next;
    size_t active_count;           /* producers whose aborted transaction is open here */
    struct fetched_abort aborts[]; /* by first offset; active ones are kept in front */
};

/* What the headers of record batches in a response say. */
struct fetched_extent {
    size_t size;         /* of whole batches in order */
    int64_t next_offset; /* after the last of them */
    int32_t leader_epoch;
};

/* Walks the batch headers. KC_ERR_NONE when something whole is there that reaches beyond
 * fetch_offset (or nothing at all: size 0, next_offset as given); what follows damage is left out,
 * so that the next fetch meets it first. KC_ERR_TOO_LARGE: only a part of a batch;
 * KC_ERR_CORRUPT_MESSAGE: damage, or offsets that run backwards. */
enum kc_err fetched_measure(struct slice records, int64_t fetch_offset,
                            struct fetched_extent *ret_extent);

/* An item over `records` (measured) inside the frame; takes claim, budget and frame. NULL when
 * memory is out. */
struct fetched *fetched_create(struct claim *claim, struct budget *budget,
                               struct frame_buffer *frame, struct slice records, int64_t offset,
                               const struct fetched_abort *aborts, size_t abort_count);

/* So many records wait in it; once, before it is handed over. */
void fetched_note_records(struct fetched *fetched, int64_t record_count);

/* Gives the charge back; true when the I/O thread should be woken (see budget_refund). Once. */
bool fetched_refund(struct fetched *fetched);
void fetched_destroy(struct fetched *fetched);

/* Decompressed records; counted, as the parts of a long batch share them. */
struct unpacked {
    struct refs refs;
    struct bytes bytes;
};

/* A batch that the application holds: a run of record batches without compression, or one that was
 * compressed. */
struct kc_batch {
    struct claim *claim;
    struct frame_buffer *frame;
    struct batch_reader reader; /* over the record batch in turn */
    struct slice rest;          /* record batches after it */
    struct unpacked *unpacked;  /* NULL: no compression */
    int64_t from_offset;        /* records below are skipped */
    int64_t next_offset;        /* the position after the batch */
    int32_t next_epoch;
    int64_t high_watermark;
    uint32_t generation; /* of the claim when it was fetched */
    bool is_damaged;     /* a record could not be read */
    struct sieve *sieve; /* the client's: what looks at each record; NULL: nothing does */
    void (*drop_sieve)(struct sieve *sieve);
};

/* The next record (what kc_batch_next is); false at the end. A record that cannot be read ends the
 * batch and notes its offset in the claim, for the next poll to report. */
bool fetched_batch_next(struct kc_batch *batch, struct kc_record *ret_record);
void fetched_batch_destroy(struct kc_batch *batch);

/* Leaves `records_max` records in the batch, which has no record batches after the one it is in,
 * and makes a batch of what follows them; NULL when nothing does, or when the records cannot be
 * read so far. Nothing is copied. KC_ERR_NO_MEMORY. */
enum kc_err fetched_batch_split(struct kc_batch *batch, int32_t records_max,
                                struct kc_batch **ret_part);

/* Cuts the next batch, of at most records_max records: KC_ERR_NONE; KC_ERR_WOULD_BLOCK when no
 * visible record is left (fetched->offset is then after all); KC_ERR_CORRUPT_MESSAGE,
 * KC_ERR_TOO_LARGE or KC_ERR_NO_MEMORY about the records at fetched->offset. Runs end before a
 * record batch that would pass the limit: only what is longer by itself is split. */
enum kc_err fetched_cut(struct fetched *fetched, struct decompressor *decompressor,
                        int32_t records_max, struct kc_batch **ret_batch);

/* All of it was cut. */
static inline bool fetched_is_over(const struct fetched *fetched)
{
    return fetched->rest.size == 0 && !fetched->part;
}

#endif
