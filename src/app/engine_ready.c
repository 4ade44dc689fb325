/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "engine_parts.h"

/*
 * Ready = restored and caught up (contract 5): the snapshot and the journal are read, and so are
 * the inputs as far as they reached at start; there is room for more, and nobody asked to stop.
 */

static int64_t now_us(const struct engine *engine)
{
    return engine->clock.monotonic_us(engine->clock.context);
}

bool engine_memory_full(const struct engine *engine)
{
    return engine->memory_bytes > 0 &&
           world_state_bytes(engine->world) >= (size_t)engine->memory_bytes;
}

/* ------------------------------------------------------------------ caught up */

static bool others_write(const struct engine *engine)
{
    return !writer_is_writing(engine->writer) && world_sequence(engine->world) > 0 &&
           replica_caught_up(engine->replica) && !replica_in_backlog(engine->replica);
}

static void look(struct engine *engine, int64_t now)
{
    const bool others = others_write(engine);
    uint32_t i = 0;
    while (i < engine->catch_up.left_count) {
        const struct input_end *input = &engine->catch_up.left[i];
        const struct input_standing standing = {
            .extent = engine->inputs.extent(engine->inputs.context, input->topic,
                                            input->partition),
            .position = world_position(engine->world, input->topic, input->partition),
            .read = writer_has_read(engine->writer, input->topic, input->partition),
            .others_write = others,
        };
        if (!catch_up_look(&engine->catch_up, i, &standing, now)) {
            i++;
        }
    }
}

void engine_ready_step(struct engine *engine)
{
    const int64_t now = now_us(engine);
    if (engine->phase == ENGINE_LIVE && !catch_up_done(&engine->catch_up) &&
        now - engine->catch_up_looked_us >= ENGINE_CATCH_UP_EVERY_US) {
        engine->catch_up_looked_us = now;
        look(engine, now);
    }
}

/* Behind for a moment is the rule while entries arrive; behind for long is not ready. */
static bool follows_journal(const struct engine *engine)
{
    return engine->phase >= ENGINE_LIVE &&
           (engine->behind_since_us == 0 ||
            now_us(engine) - engine->behind_since_us < ENGINE_UNREADY_AFTER_US);
}

bool engine_ready(const struct engine *engine)
{
    return engine->phase == ENGINE_LIVE && follows_journal(engine) &&
           catch_up_done(&engine->catch_up) && !engine_memory_full(engine);
}

/* ------------------------------------------------------------------ one by one */

__attribute__((format(printf, 4, 5))) static void add_check(struct figures *figures,
                                                            const char *name, bool passed,
                                                            const char *format, ...)
{
    struct ready_check *check = &figures->checks[figures->check_count++];
    CHECK(figures->check_count <= FIGURES_CHECKS_MAX);
    check->name = name;
    check->passed = passed;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(check->detail, sizeof check->detail, format, arguments);
    va_end(arguments);
}

static void check_restored(const struct engine *engine, struct figures *figures)
{
    if (engine->phase == ENGINE_RESTORING) {
        add_check(figures, "restored", false, "reading the snapshot");
    } else if (engine->phase == ENGINE_REPLAYING) {
        add_check(figures, "restored", false,
                  "reading the journal: sequence %" PRIu64 ", %" PRIu64 " records to go",
                  world_sequence(engine->world), figures->replay_remaining_records);
    } else {
        add_check(figures, "restored", true, "%s", "");
    }
}

static void check_inputs(const struct engine *engine, struct figures *figures)
{
    const struct catch_up *catch_up = &engine->catch_up;
    if (!catch_up->noted) {
        add_check(figures, "inputs", false, "not looked at yet");
    } else if (catch_up_done(catch_up)) {
        add_check(figures, "inputs", true,
                  "%" PRIu32 " partitions read to where they ended at start",
                  catch_up->noted_count);
    } else {
        add_check(figures, "inputs", false,
                  "%" PRIu32 " of %" PRIu32 " partitions not read to where they ended at start, %"
                  PRId64 " records to go",
                  catch_up->left_count, catch_up->noted_count, catch_up_left(catch_up));
    }
}

static void check_memory(const struct engine *engine, struct figures *figures)
{
    const bool full = engine_memory_full(engine);
    add_check(figures, "memory", !full, "%s",
              full ? "limits.memory is reached: nothing more is read; raise it and send HUP" : "");
}

void engine_ready_checks(const struct engine *engine, struct figures *figures)
{
    figures->check_count = 0;
    check_restored(engine, figures);
    add_check(figures, "journal", follows_journal(engine), "%" PRIu64 " records behind",
              figures->replica_lag_entries);
    check_inputs(engine, figures);
    add_check(figures, "running", engine->phase != ENGINE_STOPPING, "%s",
              engine->phase == ENGINE_STOPPING ? "stopping" : "");
    check_memory(engine, figures);
    figures->restored = engine->phase > ENGINE_REPLAYING;
    figures->ready = engine_ready(engine);
}
