/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_AUDIT_STATE_H
#define MODEL_AUDIT_STATE_H

#include "base/quantity.h"
#include "core/world_state.h"

/* Inside the audit, shared by audit*.c only. */
struct audit {
    struct world *world;
    char *report;
    size_t report_bytes;
    bool sound;
};

__attribute__((format(printf, 2, 3))) void audit_fault(struct audit *audit, const char *format,
                                                       ...);

#define SOUND(audit, holds, ...)                                                                   \
    do {                                                                                           \
        if ((audit)->sound && !(holds)) {                                                          \
            audit_fault(audit, __VA_ARGS__);                                                       \
        }                                                                                          \
    } while (0)

#define EACH_ROW(world, table, row)                                                                \
    for (uint32_t row = 1; row < (world)->table.row_count; row++)                                  \
        if (table_has(&(world)->table, row))

void *audit_zeroed(uint32_t count, size_t bytes);
void audit_orders(struct audit *audit);
void audit_book(struct audit *audit);
void audit_stock(struct audit *audit);
void audit_reference(struct audit *audit);

#endif
