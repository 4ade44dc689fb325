/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_JUDGE_H
#define SIM_JUDGE_H

#include "sim/sim_state.h"
#include "wire/event_codec.h"

/*
 * Inside the judgement, shared by sim_judge*.c: the replay (sim_judge.c), what was published
 * (sim_judge_documents.c), what watermarks promised (sim_judge_marks.c), and the slow twin of the
 * world (sim_judge_model.c).
 */

/* A document that was published, by anybody, at any time. */
struct shown_document {
    const struct sim_log *log;
    int64_t offset;
    uint64_t version;
};

struct judge {
    struct sim *sim;
    struct world *world;
    struct arena scratch;
    struct arena decoded;
    struct zone_rules *rules;
    struct shown_document *shown;    /* by version */
    uint64_t shown_count;
    uint64_t shown_capacity;
    uint64_t shown_next;
    struct judge_refused {
        struct record_place place;
        uint64_t sequence;
    } *refused;
    uint32_t refused_count;
    struct hash128 last_id;
    uint64_t last_sequence;
    int64_t next_offset[TOPIC_INPUT_COUNT][SIM_PARTITIONS_MAX];
    uint64_t record_count;
    uint32_t reviews_missed;         /* entries in a row that could have had a review, without */
};

struct bytes header_of(const struct sim_record *record, const char *name);
int64_t number_of(struct bytes text);
bool is_reject_of(const struct sim_record *reject, const struct record_place *place);
uint64_t version_of(const struct sim_record *record);

/* sim_judge_documents.c */
void judge_list_shown(struct judge *judge);
void judge_shown_until(struct judge *judge, uint64_t sequence);   /* the replay is at it */
void judge_final_documents(struct judge *judge);
void judge_forgotten(struct judge *judge);
void judge_owners(const struct judge *judge);
void judge_pace(const struct judge *judge);

/* sim_judge_marks.c */
void judge_marks_open(void);
void judge_marks_entry(struct judge *judge);                      /* after each entry replayed */
void judge_marks(struct judge *judge);

/* sim_judge_model.c: the twin follows the replay. */
void judge_model_open(void);
const struct world_entry *judge_model_begin(const struct world_entry *entry);
enum refusal judge_model_decode(const struct record *record, struct event **out_event,
                                struct refusal_reason *out_reason);
void judge_model_pass(const struct record_place *place);
void judge_model_apply(struct judge *judge, const struct record_place *place,
                       const struct event *event, enum event_result result);
void judge_model_end(const struct world_entry *entry);
void judge_model(struct judge *judge);

#endif
