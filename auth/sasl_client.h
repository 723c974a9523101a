/* SPDX-License-Identifier: MIT */
/* sasl_client.h - one SASL exchange, client side */
#ifndef AUTH_SASL_CLIENT_H
#define AUTH_SASL_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "auth/sasl.h"
#include "lib/ipc.h"

struct sasl_client; /* an exchange under way */

/** struct sasl_client_login - who logs in, and where; must outlive the exchange */
struct sasl_client_login {
	const char *user;
	const char *password;
	const char *host; /* name of the server, as configured */
};

struct sasl_client *sasl_client_start(enum mechanism mechanism,
				      const struct sasl_client_login *login);
enum sasl_result sasl_client_step(struct sasl_client *client, const uint8_t *input,
				  size_t len, struct sasl_output *output);
void sasl_client_end(struct sasl_client *client);

#endif
