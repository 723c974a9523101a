/* SPDX-License-Identifier: MIT */
/* digest.h - DIGEST-MD5 messages between the dialects of GNU SASL and clients */
#ifndef AUTH_DIGEST_H
#define AUTH_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

#define DIGEST_NORMALISE_ADDS 23 /* bytes by which digest_normalise() makes text longer */

void digest_squeeze(struct buf *out, const char *text, size_t len);
bool digest_is_for(const char *service, const char *text, size_t len);
int digest_normalise(struct buf *out, const char *text, size_t len);

#endif
