/* SPDX-License-Identifier: MIT */
/* sasl.h - one SASL exchange, server side */
#ifndef AUTH_SASL_H
#define AUTH_SASL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/config.h"
#include "lib/ipc.h"
#include "lib/parse.h"

struct sasl; /* an exchange under way */

enum sasl_result {
	SASL_MORE,    /* send the output as a challenge, then go on with sasl_step() */
	SASL_DONE,    /* authenticated; output, if any, goes out before the success */
	SASL_REFUSED, /* wrong password, unknown or locked user, broken exchange */
	SASL_ERROR,   /* the server's own failure (users file, memory); already logged */
};

/** struct sasl_output - bytes for the client, not yet base64 */
struct sasl_output {
	size_t len;
	uint8_t data[IPC_SASL_MAX];
};

void sasl_prepare(unsigned mechanisms);
enum sasl_result sasl_start(const struct config *config, enum mechanism mechanism,
			    const uint8_t *input, size_t len, struct sasl **sasl,
			    struct sasl_output *output);
enum sasl_result sasl_step(struct sasl *sasl, const uint8_t *input, size_t len,
			   struct sasl_output *output);
const char *sasl_claimed(const struct sasl *sasl);
bool sasl_is_locked(const struct sasl *sasl);
const char *sasl_user(const struct sasl *sasl);
bool sasl_proves_path(const struct sasl *sasl);
void sasl_end(struct sasl *sasl);

#endif
