/* SPDX-License-Identifier: MIT */
/* tunnel_name.h - the DNS name of a user's tunnel */
#ifndef LIB_TUNNEL_NAME_H
#define LIB_TUNNEL_NAME_H

#define TUNNEL_NAME_MAX 320 /* userid.domain and NUL */

int tunnel_name_make(const char *id, const char *domain, char out[TUNNEL_NAME_MAX]);

#endif
