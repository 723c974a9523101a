/* SPDX-License-Identifier: MIT */
/* mechanism.h - SASL mechanisms by name */
#ifndef LIB_MECHANISM_H
#define LIB_MECHANISM_H

#include <stddef.h>

/** enum mechanism - SASL mechanisms; the values are bits of a set */
enum mechanism {
	MECHANISM_ANONYMOUS = 1,
	MECHANISM_PLAIN = 2,
	MECHANISM_DIGEST_MD5 = 4,
};

const char *mechanism_name(enum mechanism m);
unsigned mechanism_by_name(const char *name, size_t len);

#endif
