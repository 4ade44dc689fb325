/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_DOCUMENT_FIELDS_H
#define WIRE_DOCUMENT_FIELDS_H

#include "base/hash.h"
#include "core/document.h"
#include "wire/date_text.h"
#include "wire/tree.h"

/*
 * What the parts of the document codec share: fields as all documents write them, and the mixing of
 * content. document_codec.c has the topics and those documents that tell what there is,
 * document_promise.c those that tell by when.
 */

/* ------------------------------------------------------------------ fields */

static inline void field_text(struct tree *tree, const char *name, struct bytes text)
{
    tree_name(tree, name);
    tree_text(tree, text);
}

static inline void field_int(struct tree *tree, const char *name, int64_t value)
{
    tree_name(tree, name);
    tree_int(tree, value);
}

static inline void field_uint(struct tree *tree, const char *name, uint64_t value)
{
    tree_name(tree, name);
    tree_uint(tree, value);
}

static inline void field_bool(struct tree *tree, const char *name, bool value)
{
    tree_name(tree, name);
    tree_bool(tree, value);
}

/* DAY_NONE: null. */
static inline void field_day(struct tree *tree, const char *name, int32_t day)
{
    char text[DATE_TEXT_BYTES];
    tree_name(tree, name);
    if (day == DAY_NONE) {
        tree_null(tree);
    } else {
        tree_text(tree, date_text(day, text));
    }
}

static inline void field_as_of(struct tree *tree, int64_t as_of)
{
    char text[INSTANT_TEXT_BYTES];
    tree_name(tree, "as_of");
    if (as_of == TIME_NONE) {
        tree_null(tree);
    } else {
        tree_text(tree, date_text_instant(as_of, text));
    }
}

/* INSTANT_NONE: null. */
static inline void field_instant(struct tree *tree, const char *name, int64_t instant_ms)
{
    char text[INSTANT_TEXT_BYTES];
    tree_name(tree, name);
    if (instant_ms == INSTANT_NONE) {
        tree_null(tree);
    } else {
        tree_text(tree, date_text_instant(instant_ms * NS_PER_MS, text));
    }
}

/* UNITS_UNLIMITED: null. */
static inline void field_units(struct tree *tree, const char *name, int64_t units)
{
    tree_name(tree, name);
    if (units == UNITS_UNLIMITED) {
        tree_null(tree);
    } else {
        tree_int(tree, units);
    }
}

static inline void field_texts(struct tree *tree, const char *name, const struct bytes *texts,
                               uint32_t count)
{
    tree_name(tree, name);
    tree_array(tree, count);
    for (uint32_t i = 0; i < count; i++) {
        tree_text(tree, texts[i]);
    }
    tree_array_end(tree);
}

static inline void field_version(struct tree *tree, const struct document *document)
{
    field_uint(tree, "version", document->version);
    field_as_of(tree, document->as_of);
}

/* Pairs of a document's map, of which `count` are there while the key lives. */
static inline uint32_t document_with_gone(const struct document *document, uint32_t count)
{
    return document->gone ? count + 1 : count;
}

static inline void document_end(struct tree *tree, const struct document *document)
{
    if (document->gone) {
        field_bool(tree, "gone", true);
    }
    tree_map_end(tree);
}

/* ------------------------------------------------------------------ content */

static inline uint64_t mix_text(uint64_t hash, struct bytes text)
{
    return hash_bytes(text, hash);
}

static inline uint64_t mix_numbers(uint64_t hash, const int64_t *numbers, size_t count)
{
    return hash_bytes(bytes_of(numbers, count * sizeof *numbers), hash);
}

/* ------------------------------------------------------------------ promises */

void document_promise_encode(struct tree *tree, const struct document *document);
void document_site_encode(struct tree *tree, const struct document *document);
uint64_t document_promise_content(uint64_t hash, const struct promise_document *promise);
uint64_t document_site_content(uint64_t hash, const struct site_document *site);

#endif
