/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

/*
 * How an operation that meets the outside world ended. The values are the exit codes of
 * contract section 5, so a status that ends the process is its exit code; two of them never do.
 */
enum status {
    STATUS_OK = 0,
    STATUS_AGAIN = 1,        /* not now (nothing there, a queue is full): try later */
    STATUS_ABSENT = 2,       /* the thing asked for is not there */
    STATUS_USAGE = 64,
    STATUS_UNREACHABLE = 69, /* a dependency is away: retry */
    STATUS_LOST = 70,        /* broken invariant or lost history: stop */
    STATUS_CONFIG = 78,      /* configuration, a topic or its settings: a person must mend it */
};

#define MUST_USE __attribute__((warn_unused_result))

enum { FAILURE_TEXT_BYTES = 1024 };

/*
 * Why something failed, for a person: what, where (topic, partition, offset, file:line) and the
 * mend. Written only when a function did not return STATUS_OK.
 */
struct failure {
    enum status status;
    char text[FAILURE_TEXT_BYTES];
};

/* Fills `failure` (which may be NULL) and returns `status`, so that a caller can return it on. */
__attribute__((format(printf, 3, 4))) enum status failure_set(struct failure *failure,
                                                              enum status status,
                                                              const char *format, ...);

#endif
