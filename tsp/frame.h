/* SPDX-License-Identifier: MIT */
/* frame.h - the lines around the XML: version, authentication, length (RFC 5572, 4.3, 5.1) */
#ifndef TSP_FRAME_H
#define TSP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ipc.h"

/**
 * struct frame_authenticate - an AUTHENTICATE line
 * @mechanism:	enum mechanism; 0: one that this program does not know
 * @initial:	What follows the mechanism's name (in the line), without blanks around it
 * @initial_len: Its length in bytes, mostly 0
 */
struct frame_authenticate {
	unsigned mechanism;
	const char *initial;
	size_t initial_len;
};

bool frame_is_blank(const char *line, size_t len);
void frame_skip_nuls(char **line, size_t *len);
int frame_version(const char *line, size_t len);
int frame_authenticate(const char *line, size_t len, struct frame_authenticate *out);
int frame_base64(const char *line, size_t len, struct ipc_sasl *out);
int frame_plain(const char *line, size_t len, struct ipc_sasl *out);
int frame_content_length(const char *line, size_t len, uint32_t max, uint32_t *out);

#endif
