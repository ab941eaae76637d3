/* tests/fuzz: makes a plain program of a fuzzer: runs stored inputs, then seeded mutations of them.
 *
 *     fuzz_NAME [--mutate ROUNDS] [--seed SEED] PATH...
 *
 * A PATH is an input or a folder of them. Each round's input follows from seed and round alone, so
 * that the parent can write down the one that killed the child: `crash-SEED-ROUND`. */
#include "base/bytes.h"
#include "base/random.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    INPUTS_MAX = 65536,
    INPUT_SIZE_MAX = 1 << 20,
    CHANGES_MAX = 6,
    STALL_S = 60, /* no input may take so long */
};

struct corpus {
    struct slice *inputs;
    size_t count;
};

static void add_input(struct corpus *corpus, const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(INPUT_SIZE_MAX);
    if (!file || !data || corpus->count == INPUTS_MAX) {
        (void)fprintf(stderr, "%s: cannot be read\n", path);
        exit(1);
    }
    size_t size = fread(data, 1, INPUT_SIZE_MAX, file);
    (void)fclose(file);
    uint8_t *shrunk = realloc(data, size > 0 ? size : 1);
    corpus->inputs[corpus->count++] = slice_of(shrunk ? shrunk : data, size);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_path(struct corpus *corpus, const char *path)
{
    struct stat status;
    struct dirent **entries;
    char inner[4096];

    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
        add_input(corpus, path);
        return;
    }
    int count = scandir(path, &entries, NULL, by_name);
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.') {
            (void)snprintf(inner, sizeof(inner), "%s/%s", path, entries[i]->d_name);
            add_path(corpus, inner);
        }
        free(entries[i]);
    }
    free(entries);
}

static struct slice pick(const struct corpus *corpus, struct random *random)
{
    return corpus->inputs[random_below(random, corpus->count)];
}

/* Opens a gap of zeros, or closes bytes. */
static void resize_at(struct bytes *input, size_t position, size_t add, size_t drop)
{
    drop = drop > input->size - position ? input->size - position : drop;
    if (!bytes_reserve(input, add)) {
        return;
    }
    memmove(input->data + position + add, input->data + position + drop,
            input->size - position - drop);
    memset(input->data + position, 0, add);
    input->size += add;
    input->size -= drop;
}

/* Any four bytes may be a length. */
static void set_length(struct bytes *input, size_t position, struct random *random)
{
    static const uint32_t lengths[] = { 0,          1,          0x7f,       0xff,
                                        0x7fff,     0xffff,     0x7fffffff, 0x80000000,
                                        0xffffffff, 0xfffffffe, 0x00ffffff, 0x10000 };
    uint32_t value = lengths[random_below(random, sizeof(lengths) / sizeof(lengths[0]))];
    if (input->size - position >= 4) {
        store_u32(input->data + position, value);
    }
}

static void change(struct bytes *input, const struct corpus *corpus, struct random *random)
{
    size_t position = random_below(random, input->size + 1);
    if (position == input->size) {
        resize_at(input, position, 1 + random_below(random, 8), 0);
        return;
    }
    uint8_t *place = input->data + position;
    struct slice other = pick(corpus, random);
    switch (random_below(random, 8)) {
    case 0:
        *place ^= (uint8_t)(1U << random_below(random, 8));
        break;
    case 1:
        *place = (uint8_t)random_next(random);
        break;
    case 2:
        *place = (uint8_t)(*place + (random_below(random, 2) ? 1 : -1));
        break;
    case 3:
        set_length(input, position, random);
        break;
    case 4:
        resize_at(input, position, 1 + random_below(random, 16), 0);
        break;
    case 5:
        resize_at(input, position, 0, 1 + random_below(random, 16));
        break;
    case 6:
        input->size = position;
        break;
    default:
        if (other.size > 0) {
            size_t start = random_below(random, other.size);
            input->size = position;
            (void)bytes_append(input, other.data + start, other.size - start);
        }
        break;
    }
}

static void make_input(const struct corpus *corpus, uint64_t seed, uint64_t round,
                       struct bytes *ret_input)
{
    struct random random;
    random_init(&random, seed * UINT64_C(1000003) + round);
    struct slice base = pick(corpus, &random);

    ret_input->size = 0;
    (void)bytes_append(ret_input, base.data, base.size);
    for (uint64_t i = 1 + random_below(&random, CHANGES_MAX); i > 0; i--) {
        change(ret_input, corpus, &random);
    }
}

/* In memory of exactly its size, for the sanitizer. */
static void run_input(struct slice input)
{
    uint8_t *copy = malloc(input.size > 0 ? input.size : 1);
    if (input.size > 0) {
        memcpy(copy, input.data, input.size);
    }
    (void)LLVMFuzzerTestOneInput(copy, input.size);
    free(copy);
}

static void run_rounds(const struct corpus *corpus, uint64_t seed, uint64_t rounds,
                       volatile uint64_t *round)
{
    struct bytes input;
    bytes_init(&input, 2 * INPUT_SIZE_MAX);
    for (*round = 0; *round < rounds; (*round)++) {
        if (*round % 256 == 0) {
            (void)alarm(STALL_S);
        }
        make_input(corpus, seed, *round, &input);
        run_input(bytes_slice(&input));
    }
    bytes_finish(&input);
}

static int report(const struct corpus *corpus, uint64_t seed, uint64_t round)
{
    char path[64];
    struct bytes input;

    bytes_init(&input, 2 * INPUT_SIZE_MAX);
    make_input(corpus, seed, round, &input);
    (void)snprintf(path, sizeof(path), "crash-%" PRIu64 "-%" PRIu64, seed, round);
    FILE *file = fopen(path, "wb");
    if (file) {
        (void)fwrite(input.data, 1, input.size, file);
        (void)fclose(file);
    }
    (void)fprintf(stderr, "failed in round %" PRIu64 " of seed %" PRIu64 ": %s\n", round, seed,
                  path);
    bytes_finish(&input);
    return 1;
}

static int run_mutations(const struct corpus *corpus, uint64_t seed, uint64_t rounds)
{
    int status = 0;
    uint64_t *round =
        mmap(NULL, sizeof(*round), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (round == MAP_FAILED) {
        return 1;
    }
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        run_rounds(corpus, seed, rounds, round);
        exit(0); /* a fuzzer may have something to take down */
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        return 1;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return report(corpus, seed, *round);
    }
    printf("%" PRIu64 " mutations of seed %" PRIu64 " passed\n", rounds, seed);
    return 0;
}

int main(int argc, char **argv)
{
    struct corpus corpus = { .inputs = calloc(INPUTS_MAX, sizeof(struct slice)) };
    uint64_t rounds = 0;
    uint64_t seed = 1;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--mutate") == 0 && i + 1 < argc) {
            rounds = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            seed = strtoull(argv[++i], NULL, 10);
        } else {
            add_path(&corpus, argv[i]);
        }
    }
    if (corpus.count == 0) {
        (void)fprintf(stderr, "usage: %s [--mutate ROUNDS] [--seed SEED] PATH...\n", argv[0]);
        return 1;
    }
    for (size_t i = 0; i < corpus.count; i++) {
        run_input(corpus.inputs[i]);
    }
    printf("%zu inputs passed\n", corpus.count);
    int failed = rounds > 0 ? run_mutations(&corpus, seed, rounds) : 0;
    for (size_t i = 0; i < corpus.count; i++) {
        free((void *)(uintptr_t)corpus.inputs[i].data);
    }
    free(corpus.inputs);
    return failed;
}
