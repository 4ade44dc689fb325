/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "core/document.h"
#include "core/event.h"
#include "core/world.h"

/*
 * The slow, obvious twin of the world. It keeps what the events said (facts, in order of arrival)
 * and adds everything up anew from the definitions of the contract whenever it is asked. It shares
 * no code with what it judges: of core it includes only the types in which events come and
 * documents go.
 *
 * It is fed like the world: model_begin · { model_apply | model_pass }* · model_end. Entries,
 * places and events must outlive it: facts are pointers to events.
 */
struct model;

struct model *model_new(void);
void model_free(struct model *model);

void model_begin(struct model *model, const struct world_entry *entry);
void model_end(struct model *model, const struct world_entry *entry);

/* A record that did not decode (`rejected`) or that is skipped: only that it was read counts. */
void model_pass(struct model *model, const struct record_place *place, bool rejected);

/*
 * What must become of the event. Where it must be refused, `out_refusals` has a bit for every
 * reason that would be right (1 << enum refusal).
 */
enum event_result model_apply(struct model *model, const struct record_place *place,
                              const struct event *event, uint32_t *out_refusals);

/* One key that has, or had, a document. */
struct model_document {
    enum key_kind kind;
    enum key_state state;
    bool forgettable;          /* a tombstone that all partitions have published */
    struct document document;  /* of KEY_STATE_GONE and _TOMBSTONE only the key's fields are set;
                                  as_of is that of orders and locations */
};

/* All documents as of the last entry, computed anew; good until the next call. */
const struct model_document *model_documents(struct model *model, uint32_t *out_count);

uint64_t model_anomaly_count(const struct model *model, enum anomaly anomaly);
int64_t model_now_ms(const struct model *model);
int64_t model_as_of(const struct model *model);
int64_t model_shortfall(const struct model *model);   /* as of the last model_documents() */

/* How often each rule was reached: what a run printed at its end proves it has tried. */
struct model_hit {
    const char *rule;
    uint64_t count;
};
const struct model_hit *model_hits(const struct model *model, uint32_t *out_count);

#endif
