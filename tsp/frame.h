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
 * @mechanism:	enum mechanism; 0: unknown to this program
 * @initial:	What follows the mechanism's name (in the line), without blanks around it
 * @initial_len:	Its length in bytes, mostly 0
 */
struct frame_authenticate {
	unsigned mechanism;
	const char *initial;
	size_t initial_len;
};

/**
 * struct frame_capability - a CAPABILITY line
 * @types:	Set of 1 << enum tunnel_type
 * @mechanisms:	Set of enum mechanism
 */
struct frame_capability {
	unsigned types;
	unsigned mechanisms;
};

bool frame_is_blank(const char *line, size_t len);
void frame_skip_nuls(char **line, size_t *len);
int frame_version(const char *line, size_t len);
int frame_authenticate(const char *line, size_t len, struct frame_authenticate *out);
int frame_base64(const char *line, size_t len, struct ipc_sasl *out);
int frame_plain(const char *line, size_t len, struct ipc_sasl *out);
int frame_content_length(const char *line, size_t len, uint32_t max, uint32_t *out);
int frame_status(const char *line, size_t len, unsigned *out);
int frame_capability(const char *line, size_t len, struct frame_capability *out);

#endif
