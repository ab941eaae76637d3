/* tests: the quorum's stage. */
#include "unit/controller/quorum_stage.h"

#include "controller/metadata_batch.h"
#include "wire/messages.h"

#include <stdio.h>
#include <stdlib.h>

static int64_t stage_now_us(void *context)
{
    return ((struct stage *)context)->now_us;
}

static int64_t stage_wall_ms(void *context)
{
    return 1700000000000 + ((struct stage *)context)->now_us / 1000;
}

void stage_init_on(struct stage *stage, struct sim_disk *disk)
{
    memset(stage, 0, sizeof(*stage));
    stage->disk = disk;
    stage->clock = (struct clock){ stage_now_us, stage_wall_ms, stage };
    random_init(&stage->random, 11);
}

void stage_init(struct stage *stage)
{
    stage_init_on(stage, sim_disk_create("/data"));
}

static void submit(void *context, struct quorum_job *job)
{
    struct stage *stage = context;
    assert_true(stage->job_count < STAGE_JOBS_MAX);
    stage->jobs[stage->job_count++] = job;
}

static enum kc_err check(void *context, struct slice batch, bool first)
{
    struct stage *stage = context;
    if (first) {
        image_check_restart(&stage->check);
    }
    return image_check_take(&stage->check, batch);
}

static enum kc_err apply(void *context, struct slice batch)
{
    return image_apply_batch(&((struct stage *)context)->image, batch);
}

static void leadership(void *context, bool leader, int32_t epoch)
{
    struct stage *stage = context;
    stage->leaderships++;
    stage->is_leader = leader;
    assert_true(epoch >= 1);
}

static void failed(void *context, const char *text)
{
    struct stage *stage = context;
    stage->failures++;
    (void)snprintf(stage->failure, sizeof(stage->failure), "%s", text);
}

enum kc_err stage_start(struct stage *stage, struct kc_error *error)
{
    struct quorum_options options = { .node_id = 1,
                                      .host = "localhost",
                                      .port = 9093,
                                      .directory = STAGE_DIRECTORY,
                                      .was_clean = stage->was_clean,
                                      .files = sim_disk_files(stage->disk),
                                      .clock = &stage->clock,
                                      .random = &stage->random,
                                      .submit = submit,
                                      .check = check,
                                      .apply = apply,
                                      .leadership = leadership,
                                      .failed = failed,
                                      .context = stage };
    stage->quorum = NULL;
    image_init(&stage->image, 5);
    image_check_init(&stage->check, &stage->image);
    return quorum_create(&options, &stage->quorum, error);
}

void stage_pump(struct stage *stage)
{
    while (stage->job_count > 0) {
        struct quorum_job *job = stage->jobs[0];
        stage->job_count--;
        memmove(stage->jobs, stage->jobs + 1, stage->job_count * sizeof(stage->jobs[0]));
        job->work(job);
        job->done(job);
    }
}

bool stage_has(const struct stage *stage, int number)
{
    char name[16];
    (void)snprintf(name, sizeof(name), "t%d", number);
    const struct image_topic *topic = image_topic(&stage->image, slice_text(name));
    return topic && topic->partition_count == 1;
}

static void answered(void *context, enum kc_err err)
{
    struct stage_proposal *proposal = context;
    proposal->answers++;
    proposal->err = err;
    proposal->was_applied = stage_has(proposal->stage, proposal->number);
    proposal->disk_count = sim_disk_count(proposal->stage->disk);
}

void stage_topic_batch(int number, struct bytes *out)
{
    char name[16];
    int32_t node = 1;
    struct uuid directory = { { 0 } };
    struct topic_record topic;
    struct partition_record partition;
    struct metadata_batch batch;
    (void)snprintf(name, sizeof(name), "t%d", number);
    message_defaults(&topic_record_type, &topic);
    topic.name = slice_text(name);
    topic.topic_id = (struct uuid){ { 1, (uint8_t)number, (uint8_t)(number >> 8) } };
    message_defaults(&partition_record_type, &partition);
    partition.topic_id = topic.topic_id;
    partition.partition_id = 0;
    partition.leader = 1;
    partition.replicas.items = &node;
    partition.replicas.count = 1;
    partition.isr.items = &node;
    partition.isr.count = 1;
    partition.directories.items = &directory;
    partition.directories.count = 1;
    metadata_batch_init(&batch);
    metadata_batch_add(&batch, &topic_record_type, 0, &topic);
    metadata_batch_add(&batch, &partition_record_type, 1, &partition);
    assert_int_equal(metadata_batch_close(&batch, 1700000000000, out), KC_ERR_NONE);
    metadata_batch_finish(&batch);
}

void stage_propose_batch(struct stage *stage, struct slice batch, struct stage_proposal **ret)
{
    assert_true(stage->proposal_count < STAGE_PROPOSALS_MAX);
    struct stage_proposal *proposal = &stage->proposals[stage->proposal_count++];
    memset(proposal, 0, sizeof(*proposal));
    proposal->stage = stage;
    *ret = proposal;
    quorum_propose(stage->quorum, batch, answered, proposal);
}

struct stage_proposal *stage_propose(struct stage *stage, int number)
{
    struct bytes batch;
    assert_true(stage->proposal_count < STAGE_PROPOSALS_MAX);
    struct stage_proposal *proposal = &stage->proposals[stage->proposal_count++];
    memset(proposal, 0, sizeof(*proposal));
    proposal->stage = stage;
    proposal->number = number;
    bytes_init(&batch, 1 << 20);
    stage_topic_batch(number, &batch);
    quorum_propose(stage->quorum, bytes_slice(&batch), answered, proposal);
    bytes_finish(&batch);
    return proposal;
}

static void closed(void *context)
{
    ((struct stage *)context)->closes++;
}

void stage_stop(struct stage *stage)
{
    if (stage->quorum) {
        int before = stage->closes;
        quorum_close(stage->quorum, closed, stage);
        stage_pump(stage);
        assert_int_equal(stage->closes, before + 1);
        quorum_destroy(stage->quorum);
        stage->quorum = NULL;
    }
    image_check_finish(&stage->check);
    image_finish(&stage->image);
    assert_int_equal(sim_disk_open_files(stage->disk), 0);
}

void stage_finish(struct stage *stage)
{
    stage_stop(stage);
    sim_disk_destroy(stage->disk);
}
