/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EDGE_REDIS_URL_H
#define EDGE_REDIS_URL_H

#include <stdbool.h>

/*
 * redis://[user:password@]host[:port][/database] taken apart. User and password are decoded from
 * percent-encoding; an IPv6 host stands in brackets in the URL and without them here.
 */
enum { REDIS_URL_TEXT_BYTES = 256 };

struct redis_url {
    char host[REDIS_URL_TEXT_BYTES];
    int port;                              /* 6379 where none is given */
    char user[REDIS_URL_TEXT_BYTES];       /* "": none */
    char password[REDIS_URL_TEXT_BYTES];   /* "": none */
    int database;
};

/* False, and nothing written, where it is no such URL. */
bool redis_url_parse(const char *text, struct redis_url *out_url);

#endif
