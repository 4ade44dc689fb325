/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_RENDER_H
#define MODEL_RENDER_H

#include <stddef.h>

#include "core/document.h"
#include "core/event.h"
#include "core/world.h"
#include "model/stream.h"

/*
 * Documents and events as text: documents are compared by it, and both are shown to a person when
 * they differ. The text grows as needed and is reused.
 */
struct rendered {
    char *data;
    size_t count;
    size_t room;
};

void render_reset(struct rendered *text);
void render_free(struct rendered *text);
const char *render_text(struct rendered *text);      /* with a zero behind it */

/* sku|network, sku|location, order_id or location */
void render_key(struct rendered *text, enum key_kind kind, const struct document *document);

/* All that a reader sees but version and as_of; of a key that ended only its state. */
void render_document(struct rendered *text, enum key_kind kind, enum key_state state,
                     const struct document *document);

/* The parts of a line: open, shipped and ship day. */
void render_parts(struct rendered *text, const struct line_document *line);

void render_step(struct rendered *text, const struct step *step);

#endif
