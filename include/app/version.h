/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_VERSION_H
#define APP_VERSION_H

/* Semantic: the major rises with a change of contract that breaks readers or writers. */
#define PROMISED_VERSION "0.1.0"

#endif
