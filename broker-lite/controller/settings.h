/* controller: the sorted settings of one resource in the image. */
#ifndef CONTROLLER_SETTINGS_H
#define CONTROLLER_SETTINGS_H

#include "controller/image.h"

/* Sets, replaces, or with a null value removes a setting. */
enum kc_err settings_put(struct image_settings *settings, struct slice name, struct slice value);
void settings_finish(struct image_settings *settings);

#endif
