/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_CREW_H
#define EDGE_CREW_H

#include "base/status.h"
#include "flow/publisher.h"

/*
 * The workers (contract 5, `workers`): the calling thread is the first of them, the others are
 * threads that wait for a batch of jobs. run() returns when every job of the batch is done, so
 * what a job reads (the world) does not change meanwhile and needs no lock.
 */
struct crew;

MUST_USE enum status crew_open(uint32_t worker_count, struct crew **out_crew,
                               struct failure *failure);
struct crew_port crew_port(struct crew *crew);
void crew_close(struct crew *crew);   /* NULL is taken */

#endif
