/* SPDX-License-Identifier: Apache-2.0 */
#include "app/demo_judge.h"

#include <stdlib.h>

/* The document as it was published, without what the truth cannot know; NULL: it is gone. */
static json_t *published(const struct demo_held *held)
{
    json_t *document = held && held->value ? json_loadb(held->value, held->bytes, 0, NULL) : NULL;
    if (json_is_true(json_object_get(document, "gone"))) {
        json_decref(document);
        return NULL;
    }
    if (document) {
        (void)json_object_del(document, "version");
        (void)json_object_del(document, "as_of");
    }
    return document;
}

static void print_one(FILE *details, enum topic topic, const char *what, const char *name,
                      const json_t *document)
{
    char *text = document ? json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    (void)fprintf(details, "%s %s %s %s\n", TOPICS[topic].name, name, what, text ? text : "-");
    free(text);
}

static void judge_one(struct demo_verdict *verdict, FILE *details, enum topic topic,
                      const char *name, const json_t *truth, const json_t *document)
{
    const uint64_t wrong = verdict->differ + verdict->missing;
    verdict->expected++;
    if (json_equal(truth, document)) {
        verdict->agree++;
        return;
    }
    verdict->missing += !document;
    verdict->differ += document != NULL;
    if (wrong < DEMO_DETAILS_MAX) {
        print_one(details, topic, "is     ", name, document);
        print_one(details, topic, "must be", name, truth);
    }
}

struct demo_verdict demo_judge(struct demo_documents *documents, const struct demo_board *board,
                               int kind, FILE *details)
{
    const enum topic topic = demo_board_topic(kind);
    const struct demo_map *held = &board->held[kind];
    struct demo_map names = demo_documents_names(documents, topic);
    struct demo_verdict verdict = { 0 };
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.rows[i].name;
        json_t *truth = demo_documents_get(documents, topic, name);
        json_t *document = published(demo_map_find(held, name));
        judge_one(&verdict, details, topic, name, truth, document);
        json_decref(truth);
        json_decref(document);
        *demo_map_put(&names, name) = documents;
    }
    for (size_t i = 0; i < held->count; i++) {
        json_t *document = published(held->rows[i].value);
        if (document && !demo_map_find(&names, held->rows[i].name) &&
            verdict.unexpected++ < DEMO_DETAILS_MAX) {
            print_one(details, topic, "must not be", held->rows[i].name, document);
        }
        json_decref(document);
    }
    demo_map_free(&names);
    return verdict;
}
