/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/demo_decisions.h"
#include "app/demo_judge.h"
#include "demo_parts.h"

/* ------------------------------------------------------------------ the truth */

static void tell(struct demo *demo, struct demo_truth *truth, size_t made,
                 uint64_t results[DEMO_RESULT_COUNT], uint64_t kinds[DEMO_KIND_COUNT + 1])
{
    const struct demo_made *one = &demo->made[made];
    const struct demo_record record = { one->topic, one->key, one->value, one->value_bytes,
                                        one->timestamp_ms };
    struct demo_event event;
    const bool read = demo_event_read(&record, &event) == DEMO_READ;
    kinds[read ? event.kind : DEMO_KIND_COUNT]++;
    if (read) {
        demo_event_end(&event);
    }
    results[demo_truth_take(truth, &record, one->partition)]++;
}

/*
 * Tells the truth every record that was produced, once, in the order in which the journal has them;
 * returns how many the journal does not have, or has twice or in another order than was produced.
 */
static uint64_t tell_all(struct demo *demo, struct demo_truth *truth,
                         uint64_t results[DEMO_RESULT_COUNT],
                         uint64_t kinds[DEMO_KIND_COUNT + 1])
{
    bool *told = demo_new(demo->made_count + 1);
    size_t(*newest)[DEMO_LINK_PARTITIONS] = demo_new(TOPIC_INPUT_COUNT * sizeof *newest);
    uint64_t wrong = demo->strange;
    for (size_t i = 0; i < demo->taken_count; i++) {
        const size_t made = demo->taken[i].made;
        const struct demo_made *one = &demo->made[made];
        size_t *last = &newest[one->topic][one->partition];
        wrong += told[made] || made < *last;
        *last = made;
        if (!told[made]) {
            told[made] = true;
            demo_truth_begin(truth, demo->taken[i].now_ms);
            tell(demo, truth, made, results, kinds);
        }
    }
    for (size_t made = 0; made < demo->made_count; made++) {
        if (!told[made]) {
            wrong++;
            tell(demo, truth, made, results, kinds);
        }
    }
    free(newest);
    free(told);
    return wrong;
}

/* ------------------------------------------------------------------ tables */

static void print_kinds(const uint64_t kinds[DEMO_KIND_COUNT + 1])
{
    char number[32];
    (void)printf("\nevents made\n");
    for (int kind = 0; kind <= DEMO_KIND_COUNT; kind++) {
        if (kinds[kind] > 0) {
            (void)printf("  %-28s %12s\n",
                         kind < DEMO_KIND_COUNT ? DEMO_KIND_NAMES[kind] : "not to be read",
                         demo_screen_number(kinds[kind], number));
        }
    }
}

/* True where the daemon has counted as the truth has. */
static bool print_results(const struct demo *demo, const uint64_t results[DEMO_RESULT_COUNT])
{
    char truth[32], daemon[32];
    bool same = true;
    (void)printf("\n%-30s %12s %12s\n", "what became of them", "truth", "daemon");
    for (int result = 0; result < DEMO_RESULT_COUNT; result++) {
        const bool equal = results[result] == demo->status.results[result];
        same = same && equal;
        (void)printf("  %-28s %12s %12s%s\n", DEMO_RESULT_NAMES[result],
                     demo_screen_number(results[result], truth),
                     demo_screen_number(demo->status.results[result], daemon),
                     equal ? "" : "   DIFFERS");
    }
    return same;
}

static bool print_verdicts(const struct demo *demo, struct demo_documents *documents,
                           FILE *details)
{
    char agree[32], wrong[32];
    bool all = true;
    (void)printf("\n%-30s %12s %12s\n", "documents, every field", "agree", "differ");
    for (int kind = 0; kind < DEMO_DOCUMENT_KINDS; kind++) {
        const struct demo_verdict verdict = demo_judge(documents, &demo->board, kind, details);
        const uint64_t others = verdict.differ + verdict.missing + verdict.unexpected;
        all = all && demo_verdict_agrees(&verdict);
        (void)printf("  %-28s %12s %12s", TOPICS[demo_board_topic(kind)].name,
                     demo_screen_number(verdict.agree, agree), demo_screen_number(others, wrong));
        if (verdict.missing + verdict.unexpected > 0) {
            (void)printf("   (%llu missing, %llu too many)",
                         (unsigned long long)verdict.missing,
                         (unsigned long long)verdict.unexpected);
        }
        (void)printf("\n");
    }
    return all;
}

/* True where no rule is broken. */
static bool print_rules(const struct demo_rules *rules)
{
    char checked[32], wrong[32];
    bool all = true;
    (void)printf("\n%-40s %12s %12s\n", "decisions, taken over from promises.orders", "checked",
                 "wrong");
    for (int rule = 0; rule < DEMO_RULE_COUNT; rule++) {
        all = all && rules->wrong[rule] == 0;
        (void)printf("  %-38s %12s %12s\n", DEMO_RULE_TEXTS[rule],
                     demo_screen_number(rules->checked[rule], checked),
                     demo_screen_number(rules->wrong[rule], wrong));
    }
    return all;
}

static void print_rest(const struct demo *demo)
{
    char a[32], b[32], c[32], d[32], e[32];
    const double seconds = (double)demo->elapsed_ms / 1000;
    (void)printf("\n%s records in %.1f s (%.0f/s), %s journal entries\n"
                 "%s documents read, %s refused records, %s snapshots seen\n",
                 demo_screen_number(demo->made_count, a), seconds,
                 seconds > 0 ? (double)demo->made_count / seconds : 0,
                 demo_screen_number(demo->journal.counted, b),
                 demo_screen_number(demo->board.received, c),
                 demo_screen_number(demo->board.rejects, d),
                 demo_screen_number(demo->status.snapshots, e));
    (void)printf("from an event to the document that shows it: p50 %.1f ms, p99 %.1f ms\n",
                 demo_board_latency_ms(&demo->board, 0.5, false),
                 demo_board_latency_ms(&demo->board, 0.99, false));
}

/* True where every order that tried an offer was promised no later than that. */
static bool print_story(const struct demo *demo)
{
    const struct demo_story *story = &demo->story;
    char text[DEMO_STORY_LINE];
    if (!story->sale.sku) {
        return true;
    }
    (void)printf("\nthe promise of %s to %s, and how long until a reader knew\n", story->sale.sku,
                 story->sale.zone);
    for (int i = 0; i < story->moment_count; i++) {
        demo_story_moment_text(&story->moments[i], text);
        (void)printf("  %s\n", text);
    }
    if (story->moment_count == 0) {
        (void)printf("  nothing moved it\n");
    }
    demo_story_offer_text(story, text);
    (void)printf("  at the end: %s\n", text);
    demo_story_why_text(story, text);
    (void)printf("  why not sooner: %s\n", text);
    (void)printf("  orders placed on an offer: %llu, promised by its date: %llu\n",
                 (unsigned long long)story->trials, (unsigned long long)story->kept);
    return story->trials == story->kept;
}

/* What must not be in a demo that went well. */
static bool print_troubles(struct demo *demo, bool settled, uint64_t wrong_order)
{
    const uint64_t lost = demo_link_lost(demo->link);
    const uint64_t failed = demo_link_failed(demo->link);
    if (!settled) {
        (void)printf("The daemon did not show everything in time.\n");
    }
    if (wrong_order > 0) {
        (void)printf("%llu records are not in the journal, or not once, or out of order.\n",
                     (unsigned long long)wrong_order);
    }
    if (demo->journal.unreadable > 0) {
        (void)printf("%llu journal entries are not readable.\n",
                     (unsigned long long)demo->journal.unreadable);
    }
    if (lost + failed > 0) {
        (void)printf("The embedded broker dropped %llu records before they were read and refused "
                     "%llu.\n", (unsigned long long)lost, (unsigned long long)failed);
    }
    return settled && wrong_order == 0 && demo->journal.unreadable == 0 && lost + failed == 0;
}

static FILE *open_details(const struct demo *demo, char *out_path, size_t bytes)
{
    (void)snprintf(out_path, bytes, "%s/differences.txt", demo->folder);
    FILE *details = fopen(out_path, "we");
    if (!details) {
        (void)fprintf(stderr, "promised: %s: %s\n", out_path, strerror(errno));
    }
    return details ? details : stderr;
}

bool demo_summarize(struct demo *demo, bool settled)
{
    const struct demo_truth_settings settings = {
        .event_clock = demo->events != NULL, .dedupe_ms = INT64_C(86400000), .grace_days = 1,
        .future_ms = INT64_C(3600000), .window_ms = INT64_C(86400000) };
    uint64_t results[DEMO_RESULT_COUNT] = { 0 };
    uint64_t kinds[DEMO_KIND_COUNT + 1] = { 0 };
    char path[sizeof demo->folder + 32];
    (void)printf("\nrecomputing the truth from %zu records ...\n", demo->made_count);
    (void)fflush(stdout);
    struct demo_truth *truth = demo_truth_open(&settings);
    const uint64_t wrong_order = tell_all(demo, truth, results, kinds);
    FILE *details = open_details(demo, path, sizeof path);
    struct demo_rules rules = { .details = details };
    demo_decisions_take_all(truth, &demo->board, &rules);
    struct demo_documents *documents = demo_documents_open(truth, demo->now_ms);
    demo_decisions_check(documents, &rules);
    print_kinds(kinds);
    const bool counted = print_results(demo, results);
    const bool agree = print_verdicts(demo, documents, details);
    const bool sound = print_rules(&rules);
    const bool kept = print_story(demo);
    print_rest(demo);
    const bool smooth = print_troubles(demo, settled, wrong_order);
    if (details != stderr) {
        (void)fclose(details);
    }
    demo_documents_close(documents);
    demo_truth_close(truth);
    (void)printf("\n%s\n", !agree   ? "DOCUMENTS DIFFER from the truth."
                           : !sound ? "DECISIONS BREAK the rules."
                           : !kept  ? "AN OFFER WAS NOT KEPT."
                           : counted && smooth
                               ? "Every document agrees with the truth, every decision with "
                                 "the rules."
                               : "The documents agree, but not all else.");
    return agree && sound && kept && counted && smooth;
}

/* ------------------------------------------------------------------ --keep */

static void put_base64(FILE *file, const char *value, size_t count)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < count; at += 3) {
        const size_t left = count - at;
        const unsigned bits = (unsigned)(uint8_t)value[at] << 16 |
                              (left > 1 ? (unsigned)(uint8_t)value[at + 1] << 8 : 0) |
                              (left > 2 ? (unsigned)(uint8_t)value[at + 2] : 0);
        (void)fputc(DIGITS[bits >> 18], file);
        (void)fputc(DIGITS[bits >> 12 & 63], file);
        (void)fputc(left > 1 ? DIGITS[bits >> 6 & 63] : '=', file);
        (void)fputc(left > 2 ? DIGITS[bits & 63] : '=', file);
    }
}

static void write_one(FILE *file, const struct demo_made *made)
{
    json_t *key = json_string(made->key);
    char *key_text = json_dumps(key, JSON_ENCODE_ANY);
    json_t *value = made->value ? json_loadb(made->value, made->value_bytes,
                                             JSON_REJECT_DUPLICATES, NULL)
                                : NULL;
    (void)fprintf(file, "{\"topic\":\"%s\",\"key\":%s,", TOPICS[made->topic].name, key_text);
    if (made->value && !value) {
        (void)fprintf(file, "\"value_b64\":\"");
        put_base64(file, made->value, made->value_bytes);
        (void)fprintf(file, "\"");
    } else {
        (void)fprintf(file, "\"value\":%s", made->value ? made->value : "null");
    }
    (void)fprintf(file, ",\"timestamp_ms\":%lld}\n", (long long)made->timestamp_ms);
    json_decref(value);
    json_decref(key);
    free(key_text);
}

void demo_write_events(const struct demo *demo)
{
    char path[sizeof demo->folder + 32];
    (void)snprintf(path, sizeof path, "%s/all.jsonl", demo->folder);
    FILE *file = fopen(path, "we");
    for (size_t i = 0; file && i < demo->made_count; i++) {
        write_one(file, &demo->made[i]);
    }
    if (!file || fclose(file) != 0) {
        (void)fprintf(stderr, "promised: %s: %s\n", path, strerror(errno));
    }
}
