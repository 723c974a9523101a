// SPDX-License-Identifier: MIT
/* login.c - the SASL part of a conversation, with libgsasl as an implementation not our own */
#include <gsasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tools/lib/client.h"

static enum outcome send_plain(struct client *c)
{
	const struct client_options *o = c->options;
	char message[512];
	size_t user = strlen(o->user), password = strlen(o->password);
	size_t len = user + password + 2;
	char *coded = NULL;
	enum outcome result;

	if (len + 2 > sizeof(message)) {
		fputs("user and password are too long\n", stderr);
		return OUTCOME_USAGE;
	}
	message[0] = '\0';
	memcpy(message + 1, o->user, user + 1);
	memcpy(message + user + 2, o->password, password);

	if (o->plain_base64) {
		if (gsasl_base64_to(message, len, &coded, NULL) != GSASL_OK)
			return OUTCOME_LOST;
		len = (size_t)snprintf(message, sizeof(message), "%s", coded);
		gsasl_free(coded);
	}
	memcpy(message + len, client_eol(c), strlen(client_eol(c)));
	result = client_send(c, message, len + strlen(client_eol(c)));
	return result;
}

/** login_send() - the mechanism line, one NUL byte after it, and what needs no challenge */
enum outcome login_send(struct client *c)
{
	char line[128];
	int len = snprintf(line, sizeof(line), "AUTHENTICATE %s%s", c->options->mechanism,
			   client_eol(c));
	enum outcome o = client_send(c, line, (size_t)len + 1);

	if (!o && strcmp(c->options->mechanism, "PLAIN") == 0)
		o = send_plain(c);
	return o;
}

/* A comma or blank in the wrong place is where clients cut the challenge wrongly */
static enum outcome check_challenge(const char *coded)
{
	static const char *const keys[] = {"realm=\"", "nonce=\"", "qop=", "charset="};
	char *raw = NULL, *text;
	size_t len = 0;
	bool quoted = false;
	enum outcome o = OUTCOME_OK;

	if (gsasl_base64_from(coded, strlen(coded), &raw, &len) != GSASL_OK)
		return violation("challenge '%s' is no base64", coded);
	text = strndup(raw, len);
	gsasl_free(raw);
	if (!text)
		return violation("no memory for a challenge");

	for (size_t i = 0; !o && i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *at = strstr(text, keys[i]);

		if (!at || (at != text && at[-1] != ','))
			o = violation("no %s in challenge '%s'", keys[i], text);
	}
	for (const char *at = text; !o && *at; at++) {
		quoted ^= *at == '"';
		if (*at == ',' && (quoted || at[1] == ' '))
			o = violation("comma in '%s'", text);
	}
	free(text);
	return o;
}

static int digest_session(struct client *c, Gsasl *ctx, Gsasl_session **session)
{
	const struct client_options *o = c->options;
	int rc = gsasl_client_start(ctx, "DIGEST-MD5", session);

	if (rc != GSASL_OK)
		return rc;
	gsasl_property_set(*session, GSASL_AUTHID, o->user);
	gsasl_property_set(*session, GSASL_PASSWORD, o->password);
	gsasl_property_set(*session, GSASL_SERVICE, "tsp");
	gsasl_property_set(*session, GSASL_HOSTNAME, o->host);
	if (o->realm)
		gsasl_property_set(*session, GSASL_REALM, o->realm);
	return GSASL_OK;
}

static enum outcome send_coded(struct client *c, const char *coded)
{
	char line[4096];
	int len = snprintf(line, sizeof(line), "%s%s", coded, client_eol(c));

	return client_send(c, line, (size_t)len);
}

/* Challenge, response, rspauth: two lines of the server, one of ours */
static enum outcome digest_exchange(struct client *c, Gsasl_session *session)
{
	char line[4096], *coded = NULL;
	enum outcome o = conn_line(&c->conn, line, sizeof(line));
	int rc;

	if (!o && strchr(line, ' ')) /* no base64: a status */
		return server_offer_status(&c->offer, line);
	if (!o)
		o = check_challenge(line);
	if (o)
		return o;
	rc = gsasl_step64(session, line, &coded);
	if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE)
		return violation("challenge: %s", gsasl_strerror(rc));
	o = send_coded(c, coded);
	gsasl_free(coded);
	if (o)
		return o;

	o = conn_line(&c->conn, line, sizeof(line));
	if (o)
		return o;
	if (strchr(line, ' ')) /* no base64: a status */
		return server_offer_status(&c->offer, line);
	coded = NULL;
	rc = gsasl_step64(session, line, &coded);
	gsasl_free(coded);
	if (rc != GSASL_OK)
		return violation("rspauth: %s", gsasl_strerror(rc));
	return OUTCOME_OK;
}

static enum outcome digest(struct client *c)
{
	Gsasl *ctx = NULL;
	Gsasl_session *session = NULL;
	enum outcome o = OUTCOME_LOST;
	int rc = gsasl_init(&ctx);

	if (rc == GSASL_OK)
		rc = digest_session(c, ctx, &session);
	if (rc == GSASL_OK)
		o = digest_exchange(c, session);
	else
		fprintf(stderr, "libgsasl: %s\n", gsasl_strerror(rc));
	if (session)
		gsasl_finish(session);
	if (ctx)
		gsasl_done(ctx);
	return o;
}

/** login_finish() - the rest of the exchange and the status at its end */
enum outcome login_finish(struct client *c)
{
	enum outcome o = OUTCOME_OK;

	if (strcmp(c->options->mechanism, "DIGEST-MD5") == 0)
		o = digest(c);
	return o ? o : client_read_status(c);
}
