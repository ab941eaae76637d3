/* tests: a loop that runs until a condition holds, with a deadline; and a broker with a script. */
#ifndef SUPPORT_STAGE_H
#define SUPPORT_STAGE_H

#include "support/test.h"

#include "net/conn.h"
#include "net/listener.h"
#include "net/tcp.h"
#include "wire/messages.h"

#include <stdio.h>
#include <stdlib.h>

enum { STAGE_DEADLINE_MS = 10000 };

struct stage {
    struct loop *loop;
    struct loop_timer timer;
    bool (*is_over)(void *context);
    void *context;
    int64_t deadline_us;
    bool is_late;
    char lines[8192]; /* what was traced */
    struct trace trace;
};

static inline void stage_on_timer(struct loop_timer *timer)
{
    struct stage *stage = timer->context;
    stage->is_late = loop_now_us(stage->loop) >= stage->deadline_us;
    if (stage->is_late || stage->is_over(stage->context)) {
        loop_stop(stage->loop);
        return;
    }
    loop_timer_start(timer, 1000);
}

static inline void stage_on_line(void *context, enum trace_level level, const char *room,
                                 const char *text)
{
    struct stage *stage = context;
    size_t used = strlen(stage->lines);
    (void)level;
    snprintf(stage->lines + used, sizeof(stage->lines) - used, "%s: %s\n", room, text);
}

static inline void stage_init(struct stage *stage)
{
    memset(stage, 0, sizeof(*stage));
    stage->loop = loop_create();
    assert_non_null(stage->loop);
    loop_timer_init(&stage->timer, stage->loop, stage_on_timer, stage);
    stage->trace = (struct trace){ .line = stage_on_line, .context = stage, .level = TRACE_DEBUG };
}

static inline void stage_finish(struct stage *stage)
{
    loop_timer_finish(&stage->timer);
    loop_destroy(stage->loop);
}

static inline void stage_run(struct stage *stage, bool (*is_over)(void *context), void *context)
{
    stage->is_over = is_over;
    stage->context = context;
    stage->deadline_us = loop_now_us(stage->loop) + (int64_t)STAGE_DEADLINE_MS * 1000;
    loop_timer_start(&stage->timer, 0);
    loop_run(stage->loop);
    assert_false(stage->is_late);
}

static inline bool stage_flag(void *context)
{
    return *(bool *)context;
}

/* Answers ApiVersions with every API of the table. */
static inline enum kc_err stage_answer_versions(struct session *session)
{
    struct api_versions_response_api_version keys[128];
    struct api_versions_response response;
    message_defaults(&api_versions_response_type, &response);
    response.api_keys.items = keys;
    response.api_keys.count = 0;
    for (size_t i = 0; i < api_table_count; i++) {
        keys[response.api_keys.count++] =
            (struct api_versions_response_api_version){ .api_key = api_table[i].key,
                                                        .min_version = api_table[i].version_min,
                                                        .max_version = api_table[i].version_max };
    }
    return session_answer(session, &response, NULL, NULL);
}

#endif
