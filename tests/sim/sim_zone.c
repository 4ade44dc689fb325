/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a time zone as machines have them: the third one's are out of date. */
#include "sim/sim_state.h"

#define TZIF_HEADER(version)                                                                     \
    "TZif" version "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" \
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
#define TZIF_TYPE "\0\0\x0e\x10\0\0"
#define TZIF_BLOCK(version) TZIF_HEADER(version) TZIF_TYPE "CET\0"

void sim_zone_tzif(uint32_t slot, struct bytes *out_tzif)
{
    static const char NEW[] = TZIF_BLOCK("2") TZIF_BLOCK("2") "\nCET-1CEST,M3.5.0,M10.5.0/3\n";
    *out_tzif = slot == 2 ? BYTES_LITERAL(TZIF_BLOCK("2") TZIF_BLOCK("2") "\nCET-1\n")
                          : bytes_of(NEW, sizeof NEW - 1);
}
