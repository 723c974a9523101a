/* SPDX-License-Identifier: MIT */
/*
 * sasl_client.c - one SASL exchange, client side
 *
 * PLAIN (RFC 4616) is a single message. In DIGEST-MD5 (RFC 2831) the server proves with
 * its last message, rspauth, that it knows the password, too: the exchange ends well with
 * a right one alone.
 *
 * The process that logs in has nearly no system calls left. So everything is loaded, and
 * GNU SASL's source of random numbers opened, by sasl_client_start(), before that.
 */
#include "auth/sasl_client.h"

#include <stdlib.h>
#include <string.h>

#include "auth/digest.h"
#include "auth/library.h"
#include "lib/buf.h"
#include "lib/log.h"

#define SERVICE "tsp" /* of the digest-uri that clients in the field write */

struct sasl_client {
	enum mechanism mechanism;
	const struct sasl_client_login *login;
	bool done;
	Gsasl *library;
	Gsasl_session *session;
};

/** answer_question() - the callback: what GNU SASL wants to know during an exchange */
static int answer_question(Gsasl *library, Gsasl_session *session,
			   Gsasl_property property)
{
	struct sasl_client *client = gsasl.session_hook_get(session);

	(void)library;
	switch (property) {
	case GSASL_AUTHID:
		return gsasl.property_set(session, property, client->login->user);
	case GSASL_PASSWORD:
		return gsasl.property_set(session, property, client->login->password);
	case GSASL_SERVICE:
		return gsasl.property_set(session, property, SERVICE);
	case GSASL_HOSTNAME:
		return gsasl.property_set(session, property, client->login->host);
	case GSASL_QOP:
		return gsasl.property_set(session, property, "qop-auth");
	default:
		return GSASL_NO_CALLBACK;
	}
}

/** open_library() - ready for the first step; 0, or -1, logged */
static int open_library(struct sasl_client *client)
{
	char unused[8];
	int rc;

	if (library_load())
		return -1;
	rc = gsasl.init(&client->library);
	if (rc == GSASL_OK) {
		gsasl.callback_set(client->library, answer_question);
		rc = gsasl.client_start(client->library,
					mechanism_name(client->mechanism),
					&client->session);
	}
	if (rc == GSASL_OK)
		rc = gsasl.nonce(unused, sizeof(unused));
	if (rc != GSASL_OK) {
		log_msg(LOG_ERR, "libgsasl: %s: %s", mechanism_name(client->mechanism),
			gsasl.strerror(rc));
		return -1;
	}
	gsasl.session_hook_set(client->session, client);
	return 0;
}

/**
 * sasl_client_start() - begin an exchange
 * @mechanism:	MECHANISM_PLAIN or MECHANISM_DIGEST_MD5
 * @login:	Who logs in where
 *
 * Return: exchange, for sasl_client_end(); NULL, logged
 */
struct sasl_client *sasl_client_start(enum mechanism mechanism,
				      const struct sasl_client_login *login)
{
	struct sasl_client *client = calloc(1, sizeof(*client));

	if (!client) {
		log_msg(LOG_ERR, "SASL: %m");
		return NULL;
	}
	client->mechanism = mechanism;
	client->login = login;
	if (!open_library(client))
		return client;
	sasl_client_end(client);
	return NULL;
}

/** step() - GNU SASL's step, and its answer in the field's dialect */
static int step(struct sasl_client *client, const char *input, size_t len,
		struct sasl_output *output)
{
	char text[IPC_SASL_MAX + 1] = "";
	struct buf out = BUF_ON(text);
	char *answer = NULL;
	size_t answer_len = 0;
	int rc;

	rc = gsasl.step(client->session, input, len, &answer, &answer_len);
	if (answer && client->mechanism == MECHANISM_DIGEST_MD5)
		digest_squeeze(&out, answer, answer_len);
	else if (answer)
		buf_add(&out, answer, answer_len);
	if (answer) {
		explicit_bzero(answer, answer_len);
		gsasl.free(answer);
	}
	output->len = out.len;
	memcpy(output->data, out.data, out.len);
	explicit_bzero(text, sizeof(text));
	return out.full ? GSASL_MALLOC_ERROR : rc;
}

/**
 * sasl_client_step() - the next message of the exchange
 * @client:	Exchange; after anything but SASL_MORE it can only be ended
 * @input:	What the server said, not base64; in PLAIN nothing
 * @len:	Its length in bytes, at most IPC_SASL_MAX
 * @output:	For the server
 *
 * Return: SASL_MORE: send the output, there is more to come; SASL_DONE: the exchange is
 * over as far as the client is concerned, with an output that may be empty; SASL_REFUSED:
 * the server's message is broken, or does not prove that it knows the password
 */
enum sasl_result sasl_client_step(struct sasl_client *client, const uint8_t *input,
				  size_t len, struct sasl_output *output)
{
	char text[IPC_SASL_MAX + DIGEST_NORMALISE_ADDS + 1] = "";
	struct buf message = BUF_ON(text);
	int rc;

	output->len = 0;
	if (client->done || len > IPC_SASL_MAX || (len && memchr(input, '\0', len)))
		return SASL_REFUSED;
	if (len)
		buf_add(&message, input, len);
	rc = step(client, message.data, message.len, output);
	if (rc == GSASL_NEEDS_MORE)
		return SASL_MORE;
	client->done = true;
	return rc == GSASL_OK ? SASL_DONE : SASL_REFUSED;
}

/** sasl_client_end() - give an exchange back; NULL is allowed */
void sasl_client_end(struct sasl_client *client)
{
	if (!client)
		return;
	if (client->session)
		gsasl.finish(client->session);
	if (client->library)
		gsasl.done(client->library);
	free(client);
}
