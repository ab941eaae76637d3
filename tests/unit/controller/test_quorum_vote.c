/* tests: term and vote on disk. */
#include "controller/quorum_vote.h"
#include "support/test.h"
#include "unit/log/sim_disk.h"

#include <stdio.h>

#define VOTE_FILE "/data/quorum-state"

TEST(written_and_read)
{
    static const struct quorum_vote votes[] = {
        { 0, -1 }, { 1, -1 }, { 1, 1 }, { 7, 0 }, { INT32_MAX, INT32_MAX },
    };
    struct sim_disk *disk = sim_disk_create("/data");
    struct quorum_vote vote = { 5, 5 };
    assert_int_equal(quorum_vote_read(sim_disk_files(disk), "/data", &vote, NULL), KC_ERR_NONE);
    assert_int_equal(vote.epoch, 0);
    assert_int_equal(vote.voted_id, -1);
    for (size_t i = 0; i < sizeof(votes) / sizeof(votes[0]); i++) {
        assert_int_equal(quorum_vote_write(sim_disk_files(disk), "/data", &votes[i]), 0);
        assert_int_equal(quorum_vote_read(sim_disk_files(disk), "/data", &vote, NULL), KC_ERR_NONE);
        assert_int_equal(vote.epoch, votes[i].epoch);
        assert_int_equal(vote.voted_id, votes[i].voted_id);
    }
    sim_disk_destroy(disk);
}

/* As Kafka 4.3 writes it. */
TEST(kafkas_own)
{
    struct sim_disk *disk = sim_disk_create("/data");
    struct quorum_vote vote;
    assert_int_equal(file_replace(sim_disk_files(disk), VOTE_FILE,
                                  slice_text("{\"leaderId\":2,\"leaderEpoch\":14,\"votedId\":-1,"
                                             "\"votedDirectoryId\":\"AAAAAAAAAAAAAAAAAAAAAA\","
                                             "\"data_version\":1}")),
                     0);
    assert_int_equal(quorum_vote_read(sim_disk_files(disk), "/data", &vote, NULL), KC_ERR_NONE);
    assert_int_equal(vote.epoch, 14);
    assert_int_equal(vote.voted_id, -1);
    sim_disk_destroy(disk);
}

TEST(senseless_files)
{
    static const char *const texts[] = {
        "",
        "{",
        "x",
        "{}",
        "{\"leaderEpoch\":1}",
        "{\"votedId\":1}",
        "{\"leaderEpoch\":,\"votedId\":1}",
        "{\"leaderEpoch\":-1,\"votedId\":1}",
        "{\"leaderEpoch\":1,\"votedId\":-2}",
        "{\"leaderEpoch\":2147483648,\"votedId\":1}",
        "{\"leaderEpoch\":99999999999999999999,\"votedId\":1}",
        "{\"leaderEpoch\":1x,\"votedId\":1}",
        "{\"leaderEpoch\":1,\"votedId\":1",
    };
    struct sim_disk *disk = sim_disk_create("/data");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct quorum_vote vote = { 5, 6 };
        struct kc_error error = { 0 };
        assert_int_equal(file_replace(sim_disk_files(disk), VOTE_FILE, slice_text(texts[i])), 0);
        assert_int_equal(quorum_vote_read(sim_disk_files(disk), "/data", &vote, &error),
                         KC_ERR_CORRUPT_FILE);
        assert_non_null(strstr(error.text, VOTE_FILE));
        assert_int_equal(vote.epoch, 5);
        assert_int_equal(vote.voted_id, 6);
    }
    sim_disk_destroy(disk);
}

TEST(a_cut_leaves_the_old_or_the_new)
{
    struct sim_disk *disk = sim_disk_create("/data");
    const struct quorum_vote old = { 3, 1 };
    const struct quorum_vote next = { 4, -1 };
    assert_int_equal(quorum_vote_write(sim_disk_files(disk), "/data", &old), 0);
    size_t durable = sim_disk_count(disk);
    assert_int_equal(quorum_vote_write(sim_disk_files(disk), "/data", &next), 0);
    for (size_t count = durable; count <= sim_disk_count(disk); count++) {
        for (uint64_t seed = 0; seed < 20; seed++) {
            struct sim_disk *after = sim_disk_crash(disk, count, seed, (int)(seed % 3) * 50);
            struct quorum_vote vote;
            assert_int_equal(quorum_vote_read(sim_disk_files(after), "/data", &vote, NULL),
                             KC_ERR_NONE);
            assert_true(vote.epoch == 4 || (vote.epoch == 3 && vote.voted_id == 1));
            assert_true(vote.epoch == 4 || count < sim_disk_count(disk));
            sim_disk_destroy(after);
        }
    }
    sim_disk_destroy(disk);
}
