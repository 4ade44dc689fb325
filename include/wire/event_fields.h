/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_EVENT_FIELDS_H
#define WIRE_EVENT_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "core/event.h"
#include "wire/value.h"

/*
 * Maps to structs by tables: a table lists the fields that a map may have, how each is judged and
 * where it goes. Contract section 2 is written down as such tables, the judgements of section 1
 * are the functions in them.
 */
struct field;

/*
 * What the judging of one record shares. Refused is refused: the first reason is kept, and all who
 * are on the way return false.
 */
struct field_check {
    struct arena *memory;             /* for arrays; VALUE_SPARE_BYTES suffice for an event */
    struct refusal_reason *reason;
    uint32_t unknown_fields;
    /* Where in the record we are, outermost list first, for the detail of a refusal. */
    struct field_place {
        const char *list;
        uint32_t index;
    } places[2];
    uint32_t place_count;
};

/* Judges a value that is there and not null, and writes what it says into `out`. */
typedef bool field_judge(struct field_check *check, const struct field *field,
                         const struct value *value, void *out);

/* The fields of one map. */
struct field_list {
    const struct field *fields;
    uint32_t count;                   /* at most FIELDS_MAX */
};

enum { FIELDS_MAX = 16 };

struct field {
    const char *name;
    uint32_t name_bytes;
    bool required;
    field_judge *judge;
    size_t offset;                    /* of the member that it sets */
    size_t count_offset;              /* lists: of the member with the number of elements */
    size_t element_bytes;             /* lists of maps: the struct of an element */
    const void *element_before;       /* what it is before its map is judged; NULL: zero */
    uint32_t count_max;               /* lists */
    struct field_list inner;          /* of the map, or of the maps in the list */
};

/* As in `FIELD("sku", field_key, struct stock_data, sku)`; optional ones leave what was there. */
#define FIELD(text, judgement, type, member)                                                       \
    {                                                                                              \
        .name = text, .name_bytes = sizeof(text) - 1, .required = true, .judge = judgement,        \
        .offset = offsetof(type, member)                                                           \
    }
#define OPTIONAL(text, judgement, type, member)                                                    \
    {                                                                                              \
        .name = text, .name_bytes = sizeof(text) - 1, .judge = judgement,                          \
        .offset = offsetof(type, member)                                                           \
    }
#define FIELD_LIST(array) { array, sizeof(array) / sizeof *(array) }

/*
 * Judges a map by a list. `beside` names fields that stand there for others to read and are not
 * unknown. True: `out` is filled, unknown fields are counted.
 */
bool fields_judge(struct field_check *check, const struct field_list *list,
                  const struct field_list *beside, const struct value *map, void *out);

/* Refuses with a detail made of the field's place, its name and `flaw`; returns false. */
bool field_refuse(struct field_check *check, enum refusal refusal, const char *name,
                  const char *flaw);

/* ------------------------------------------------------------------ judgements: type they set */

field_judge field_key;           /* struct bytes: an identifier */
field_judge field_text;          /* struct bytes: any text, also an empty one */
field_judge field_ignored_text;  /* nothing: text that has no effect */
field_judge field_flag;          /* bool */
field_judge field_positive;      /* int64_t, a quantity from 1 */
field_judge field_natural;       /* int64_t, a quantity from 0 */
field_judge field_nonzero;       /* int64_t, a quantity of either sign */
field_judge field_number;        /* int64_t from 0: not a quantity of an item */
field_judge field_factor;        /* int64_t from 1, as field_number */
field_judge field_span;          /* int32_t: days or minutes from 0, see FIELD_SPAN_MAX */
field_judge field_date;          /* int32_t, days since 1970 */
field_judge field_minute;        /* int32_t, of the day */
field_judge field_zone_name;     /* struct bytes */
field_judge field_weekdays;      /* uint8_t, bits */
field_judge field_recipe;        /* struct recipe */
field_judge field_dates;         /* const int32_t *, and the count: rising, without repeats */
field_judge field_keys;          /* const struct bytes *, and the count: rising, without repeats */
field_judge field_maps;          /* const element *, and the count: one or more, by `inner` */
field_judge field_map;           /* the same struct that the outer map sets, by `inner` */

/* A span longer than this is as good as this long: no date is given that far ahead. */
enum { FIELD_SPAN_MAX = 1000000 };

/* A whole number from `low` to `high`; false, and refused so, where it is not. */
bool field_whole(struct field_check *check, const char *name, const struct value *value,
                 enum refusal refusal, int64_t low, int64_t high, int64_t *out);

/* Memory for `count` elements. A count above the field's `count_max` is refused: then NULL. */
void *field_elements(struct field_check *check, const struct field *field, uint32_t count,
                     size_t element_bytes);

/* An identifier; false, and refused so, where it is none. */
bool field_identifier(struct field_check *check, const char *name, struct bytes text);

/* Sorts and drops repeats; the new count. */
uint32_t field_sort_dates(int32_t *days, uint32_t count);

#endif
