/* tests: changes of feature levels: what Kafka 4.3 accepts, refuses and says. */
#include "controller/feature.h"

#include "support/test.h"
#include "unit/controller/image_stage.h"
#include "wire/messages.h"

#include <stdio.h>

static void set(struct image_stage *stage, const char *name, int16_t level)
{
    struct metadata_batch batch;
    metadata_batch_init(&batch);
    feature_add_record(&batch, slice_text(name), level);
    assert_int_equal(image_stage_apply(stage, &batch), KC_ERR_NONE);
}

TEST(levels_follow_the_log)
{
    struct image_stage stage;
    image_stage_init(&stage, 1);
    assert_int_equal(stage.image.features[IMAGE_GROUP_VERSION], 0);
    set(&stage, "group.version", 1);
    set(&stage, "transaction.version", 2);
    set(&stage, "of.tomorrow", 7); /* not known: no harm */
    assert_int_equal(stage.image.features[IMAGE_GROUP_VERSION], 1);
    assert_int_equal(stage.image.features[IMAGE_TRANSACTION_VERSION], 2);
    set(&stage, "group.version", 0);
    assert_int_equal(stage.image.features[IMAGE_GROUP_VERSION], 0);
    image_stage_finish(&stage);
}

enum { UP = 1, SAFE = 2, UNSAFE = 3 };
static const struct row {
    const char *name;
    int16_t level;
    int8_t change;
    const char *text; /* "": it is taken */
} rows[] = {
    { "metadata.version", 30, UP, "" },
    { "metadata.version", 30, SAFE, "" },
    { "metadata.version", 28, UP,
      "Invalid update version 28 for feature metadata.version. Can't downgrade the version of "
      "this feature without setting the upgrade type to either safe or unsafe downgrade." },
    { "metadata.version", 28, SAFE,
      "Unsupported metadata.version downgrade from 30 to 28. Refusing to perform the requested "
      "downgrade because it might delete metadata information." },
    { "metadata.version", 7, UNSAFE,
      "Unsupported metadata.version downgrade from 30 to 7. Unsafe metadata downgrade is not "
      "supported in this version." },
    { "metadata.version", 6, SAFE,
      "Invalid update version 6 for feature metadata.version. Local controller 1 only supports "
      "versions 7-30" },
    { "metadata.version", 31, UP,
      "Invalid update version 31 for feature metadata.version. Local controller 1 only "
      "supports "
      "versions 7-30" },
    { "nope", 1, UP,
      "Invalid update version 1 for feature nope. Local controller 1 does not support this "
      "feature." },
    { "group.version", 0, SAFE, "" },
    { "group.version", 0, UNSAFE, "" },
    { "group.version", 1, SAFE, "" },
    { "group.version", -1, UP,
      "Invalid update version -1 for feature group.version. A feature version cannot be less "
      "than 0." },
    { "transaction.version", 1, SAFE, "" },
    { "transaction.version", 3, UP,
      "Invalid update version 3 for feature transaction.version. Local controller 1 only "
      "supports versions 0-2" },
    { "transaction.version", 2, 4,
      "Invalid update version 2 for feature transaction.version. The controller does not "
      "support the given upgrade type." },
};

TEST(changes_as_kafka_takes_them)
{
    struct image_stage stage;
    image_stage_init(&stage, 1);
    for (int i = 0; i < IMAGE_FEATURE_COUNT; i++) {
        set(&stage, feature_table[i].name, feature_table[i].first);
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[FEATURE_TEXT_SIZE] = "";
        struct metadata_batch batch;
        metadata_batch_init(&batch);
        enum kc_err err = feature_plan(&stage.image, 1, slice_text(rows[i].name), rows[i].level,
                                       rows[i].change, &batch, text);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(err, text[0] ? KC_ERR_INVALID_UPDATE_VERSION : KC_ERR_NONE);
        assert_int_equal(batch.count, text[0] ? 0 : 1);
        metadata_batch_finish(&batch);
    }
    set(&stage, "group.version", 0);
    char text[FEATURE_TEXT_SIZE] = "";
    struct metadata_batch batch;
    metadata_batch_init(&batch);
    assert_int_equal(
        feature_plan(&stage.image, 1, slice_text("group.version"), 1, SAFE, &batch, text),
        KC_ERR_INVALID_UPDATE_VERSION);
    assert_string_equal(text, "Invalid update version 1 for feature group.version. Can't downgrade "
                              "to a newer version.");
    metadata_batch_finish(&batch);
    image_stage_finish(&stage);
}
