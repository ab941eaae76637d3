/* controller: the sorted settings of one resource in the image. */
#include "controller/settings.h"

#include <stdlib.h>

static int setting_find(const struct image_settings *settings, struct slice name, bool *ret_found)
{
    int low = 0;
    int high = settings->count;
    while (low < high) {
        int middle = (low + high) / 2;
        int order = slice_compare(slice_text(settings->items[middle].name), name);
        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *ret_found = false;
    return low;
}

const char *image_setting(const struct image_settings *settings, struct slice name)
{
    bool found;
    int place = setting_find(settings, name, &found);
    return found ? settings->items[place].value : NULL;
}

static void setting_remove(struct image_settings *settings, int place)
{
    free(settings->items[place].name);
    free(settings->items[place].value);
    settings->count--;
    memmove(&settings->items[place], &settings->items[place + 1],
            (size_t)(settings->count - place) * sizeof(*settings->items));
}

static enum kc_err setting_insert(struct image_settings *settings, int place, struct slice name,
                                  char *value)
{
    char *copy = slice_dup_text(name);
    struct image_setting *items =
        realloc(settings->items, (size_t)(settings->count + 1) * sizeof(*items));
    if (items) {
        settings->items = items;
    }
    if (!copy || !items) {
        free(copy);
        return KC_ERR_NO_MEMORY;
    }
    memmove(&items[place + 1], &items[place], (size_t)(settings->count - place) * sizeof(*items));
    items[place] = (struct image_setting){ copy, value };
    settings->count++;
    return KC_ERR_NONE;
}

enum kc_err settings_put(struct image_settings *settings, struct slice name, struct slice value)
{
    bool found;
    int place = setting_find(settings, name, &found);
    if (slice_is_null(value)) {
        if (found) {
            setting_remove(settings, place);
        }
        return KC_ERR_NONE;
    }
    char *copy = slice_dup_text(value);
    if (!copy) {
        return KC_ERR_NO_MEMORY;
    }
    if (found) {
        free(settings->items[place].value);
        settings->items[place].value = copy;
        return KC_ERR_NONE;
    }
    enum kc_err err = setting_insert(settings, place, name, copy);
    if (err) {
        free(copy);
    }
    return err;
}

void settings_finish(struct image_settings *settings)
{
    for (int i = 0; i < settings->count; i++) {
        free(settings->items[i].name);
        free(settings->items[i].value);
    }
    free(settings->items);
    *settings = (struct image_settings){ NULL, 0 };
}
