/* SPDX-License-Identifier: MIT */
/*
 * sasl.c - one SASL exchange, server side
 *
 * Wrong password, unknown or locked user and invalid user id get the same answer after the
 * same work: the users file is read to its end for each, and if no line matches, the comparison
 * is made with a digest of a random secret and fails. GNU SASL's own comparison, in
 * DIGEST-MD5, stops at the first difference; that helps nobody, since each exchange has
 * another nonce and one try.
 *
 * Clients and GNU SASL write DIGEST-MD5 (RFC 2831) a little differently; digest.c
 * translates messages both ways.
 *
 * The realm of DIGEST-MD5 is [auth] realm, by default [server] domain, else "tsp":
 * answer_question() offers it, admit() refuses a client that answers with another, and a
 * user is found by realm and user id. A client cannot choose.
 */
#include "auth/sasl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/account.h"
#include "auth/digest.h"
#include "auth/library.h"
#include "auth/users.h"
#include "lib/buf.h"
#include "lib/log.h"

#define NONCE_MAX 128
#define SERVICE   "tsp" /* of the digest-uri that all clients write */

/**
 * enum sasl_state - where an exchange stands
 * @STATE_OPEN:		waits for the client -> any
 * @STATE_DONE:		authenticated -> STATE_REFUSED, if the client goes on
 * @STATE_REFUSED:	the client failed; for good
 * @STATE_ERROR:	the server failed, and said so in the log; for good
 */
enum sasl_state { STATE_OPEN, STATE_DONE, STATE_REFUSED, STATE_ERROR };

struct sasl {
	const struct config *config;
	enum mechanism mechanism;
	enum sasl_state state;
	char user[USER_ID_MAX + 1];    /* who it is; empty: anonymous, or nobody yet */
	char claimed[USER_ID_MAX + 1]; /* user id that it named ... */
	enum account account;          /* ... and its state in the users file */
	char nonce[NONCE_MAX]; /* DIGEST-MD5: what only the client's path was told */
	bool echoed;           /* and the client has answered with it */
	Gsasl *library;        /* NULL: ANONYMOUS, which needs none of it */
	Gsasl_session *session;
};

/**
 * look_up() - the digest that a client must prove to know
 * @sasl:	Exchange; becomes STATE_REFUSED for a user who may not log in
 * @id:		User id, as the client gave it
 * @out:	Result
 *
 * Return: 0; -1 for a failure of the server
 */
static int look_up(struct sasl *sasl, const char *id, char out[USERS_DIGEST_LEN])
{
	sasl->account = account_look_up(sasl->config, id, out);
	if (sasl->account == ACCOUNT_ERROR)
		sasl->state = STATE_ERROR;
	else if (sasl->account != ACCOUNT_OPEN)
		sasl->state = STATE_REFUSED;
	snprintf(sasl->claimed, sizeof(sasl->claimed), "%s", id);
	return sasl->state == STATE_ERROR ? -1 : 0;
}

/** check_password() - GNU SASL asks whether a PLAIN password is right (RFC 4616) */
static int check_password(struct sasl *sasl, Gsasl_session *session)
{
	const char *id = gsasl.property_fast(session, GSASL_AUTHID);
	const char *password = gsasl.property_fast(session, GSASL_PASSWORD);
	char expected[USERS_DIGEST_LEN], given[USERS_DIGEST_LEN];
	bool same;

	if (!id || !password || look_up(sasl, id, expected))
		return GSASL_AUTHENTICATION_ERROR;

	users_digest(id, strlen(id), sasl->config->realm, password, strlen(password),
		     given);
	same = users_digest_equal(expected, given);
	explicit_bzero(expected, sizeof(expected));
	explicit_bzero(given, sizeof(given));
	return same ? GSASL_OK : GSASL_AUTHENTICATION_ERROR;
}

/** give_digest() - GNU SASL asks what a DIGEST-MD5 response must be made of */
static int give_digest(struct sasl *sasl, Gsasl_session *session)
{
	const char *id = gsasl.property_fast(session, GSASL_AUTHID);
	char digest[USERS_DIGEST_LEN];
	int rc;

	if (!id || look_up(sasl, id, digest))
		return GSASL_AUTHENTICATION_ERROR;
	rc = gsasl.property_set(session, GSASL_DIGEST_MD5_HASHED_PASSWORD, digest);
	explicit_bzero(digest, sizeof(digest));
	return rc;
}

/** answer_question() - the callback: what GNU SASL wants to know during an exchange */
static int answer_question(Gsasl *library, Gsasl_session *session,
			   Gsasl_property property)
{
	struct sasl *sasl = gsasl.session_hook_get(session);

	(void)library;
	switch (property) {
	case GSASL_REALM:
		return gsasl.property_set(session, property, sasl->config->realm);
	case GSASL_QOPS:
		return gsasl.property_set(session, property, "qop-auth");
	case GSASL_DIGEST_MD5_HASHED_PASSWORD:
		return give_digest(sasl, session);
	case GSASL_VALIDATE_SIMPLE:
		return check_password(sasl, session);
	default:
		return GSASL_NO_CALLBACK;
	}
}

/** is_same() - both properties exist and are equal */
static bool is_same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/**
 * admit() - check what GNU SASL does not, after it has accepted the client
 * @sasl:	Exchange; gets its user
 *
 * GNU SASL only compares the response with the digest. The user must exist, name the realm
 * that was offered, and ask for no other user's rights.
 */
static bool admit(struct sasl *sasl)
{
	const char *id = gsasl.property_fast(sasl->session, GSASL_AUTHID);
	const char *acting_as = gsasl.property_fast(sasl->session, GSASL_AUTHZID);
	const char *realm = gsasl.property_fast(sasl->session, GSASL_REALM);

	if (sasl->state != STATE_OPEN || !id || !parse_is_user_id(id, strlen(id)))
		return false;
	if (acting_as && !is_same(acting_as, id))
		return false;
	if (sasl->mechanism == MECHANISM_DIGEST_MD5 &&
	    !is_same(realm, sasl->config->realm))
		return false;
	memcpy(sasl->user, id, strlen(id));
	return true;
}

/**
 * conclude() - result of a step of GNU SASL
 * @sasl:	Exchange
 * @rc:		What GNU SASL said
 *
 * Return: result of the step; the exchange's state is the same
 */
static enum sasl_result conclude(struct sasl *sasl, int rc)
{
	if (sasl->state == STATE_ERROR)
		return SASL_ERROR;
	if (rc == GSASL_NEEDS_MORE)
		return SASL_MORE;
	if (rc == GSASL_OK && admit(sasl)) {
		sasl->state = STATE_DONE;
		return SASL_DONE;
	}
	if (rc == GSASL_MALLOC_ERROR || rc == GSASL_CRYPTO_ERROR) {
		log_msg(LOG_ERR, "%s: %s", mechanism_name(sasl->mechanism),
			gsasl.strerror(rc));
		sasl->state = STATE_ERROR;
		return SASL_ERROR;
	}
	sasl->state = STATE_REFUSED;
	return SASL_REFUSED;
}

/**
 * run() - a step of GNU SASL; its DIGEST-MD5 is rewritten for clients
 * @sasl:	Exchange
 * @input:	From the client
 * @len:	Its length in bytes
 * @output:	Result, for the client
 */
static enum sasl_result run(struct sasl *sasl, const char *input, size_t len,
			    struct sasl_output *output)
{
	char text[IPC_SASL_MAX + 1] = "";
	struct buf out = BUF_ON(text);
	enum sasl_result result;
	char *answer = NULL;
	size_t answer_len = 0;
	int rc;

	rc = gsasl.step(sasl->session, input, len, &answer, &answer_len);
	if (answer) {
		digest_squeeze(&out, answer, answer_len);
		gsasl.free(answer);
	}
	if (out.full)
		rc = GSASL_MALLOC_ERROR;

	result = conclude(sasl, rc);
	if (result == SASL_MORE || result == SASL_DONE) {
		output->len = out.len;
		memcpy(output->data, out.data, out.len);
	}
	return result;
}

/** open_library() - load libgsasl and start its side of the exchange */
static int open_library(struct sasl *sasl)
{
	int rc;

	if (library_load()) {
		sasl->state = STATE_ERROR;
		return -1;
	}
	rc = gsasl.init(&sasl->library);
	if (rc == GSASL_OK) {
		gsasl.callback_set(sasl->library, answer_question);
		rc = gsasl.server_start(sasl->library, mechanism_name(sasl->mechanism),
					&sasl->session);
	}
	if (rc != GSASL_OK) {
		log_msg(LOG_ERR, "libgsasl: %s: %s", mechanism_name(sasl->mechanism),
			gsasl.strerror(rc));
		sasl->state = STATE_ERROR;
		return -1;
	}
	gsasl.session_hook_set(sasl->session, sasl);
	return 0;
}

/** note_nonce() - keep the nonce of a challenge of ours */
static void note_nonce(struct sasl *sasl, const struct sasl_output *challenge)
{
	static const char name[] = "nonce=\"";
	const char *end = (const char *)challenge->data + challenge->len;
	const char *p = memmem(challenge->data, challenge->len, name, sizeof(name) - 1);
	const char *quote;

	if (!p)
		return;
	p += sizeof(name) - 1;
	quote = memchr(p, '"', (size_t)(end - p));
	if (quote && (size_t)(quote - p) < sizeof(sasl->nonce))
		memcpy(sasl->nonce, p, (size_t)(quote - p));
}

/** first_step() - of the mechanism that the client chose */
static enum sasl_result first_step(struct sasl *sasl, const uint8_t *input, size_t len,
				   struct sasl_output *output)
{
	enum sasl_result result;

	/* ANONYMOUS needs no library, and loading it is slow */
	if (sasl->mechanism == MECHANISM_ANONYMOUS) {
		sasl->state = STATE_DONE;
		return SASL_DONE;
	}
	/* in DIGEST-MD5 the server speaks first (RFC 4422, 3) */
	if (sasl->mechanism == MECHANISM_DIGEST_MD5 && len)
		return SASL_REFUSED;
	if (open_library(sasl))
		return SASL_ERROR;
	result = run(sasl, (const char *)input, len, output);
	if (result == SASL_MORE && sasl->mechanism == MECHANISM_DIGEST_MD5)
		note_nonce(sasl, output);
	return result;
}

/**
 * sasl_start() - begin an exchange
 * @config:	Configuration; must outlive the exchange
 * @mechanism:	What the client chose; any number
 * @input:	Bytes that came with the choice, not base64; with ANONYMOUS a trace, ignored
 * @len:	Their number; 0: none
 * @sasl:	Result, for sasl_end(); refused, only sasl_claimed() has a use for it. NULL for
 *		SASL_ERROR, and if @mechanism or @len is not allowed.
 * @output:	For the client, see enum sasl_result
 *
 * Return: how it goes on
 */
enum sasl_result sasl_start(const struct config *config, enum mechanism mechanism,
			    const uint8_t *input, size_t len, struct sasl **sasl,
			    struct sasl_output *output)
{
	enum sasl_result result;
	struct sasl *new;

	*sasl = NULL;
	output->len = 0;
	if (!(config->mechanisms & mechanism) || !mechanism_name(mechanism) ||
	    len > IPC_SASL_MAX)
		return SASL_REFUSED;

	new = calloc(1, sizeof(*new));
	if (!new) {
		log_msg(LOG_ERR, "SASL: %s", strerror(errno));
		return SASL_ERROR;
	}
	new->config = config;
	new->mechanism = mechanism;

	result = first_step(new, input, len, output);
	if (result == SASL_ERROR)
		sasl_end(new);
	else
		*sasl = new;
	return result;
}

/**
 * sasl_step() - go on after SASL_MORE
 * @sasl:	Exchange; after anything but SASL_MORE it can only be ended
 * @input:	The client's answer, not base64
 * @len:	Its length in bytes
 * @output:	For the client, see enum sasl_result
 *
 * Return: how it goes on
 */
enum sasl_result sasl_step(struct sasl *sasl, const uint8_t *input, size_t len,
			   struct sasl_output *output)
{
	char text[IPC_SASL_MAX + DIGEST_NORMALISE_ADDS + 1] = "";
	struct buf response = BUF_ON(text);
	const char *message = (const char *)input;

	output->len = 0;
	if (sasl->state != STATE_OPEN || !len || len > IPC_SASL_MAX) {
		sasl->state = STATE_REFUSED;
		sasl->user[0] = '\0';
		return SASL_REFUSED;
	}
	if (sasl->mechanism == MECHANISM_DIGEST_MD5) {
		if (*sasl->nonce &&
		    memmem(message, len, sasl->nonce, strlen(sasl->nonce)))
			sasl->echoed = true;
		if (digest_normalise(&response, message, len) ||
		    !digest_is_for(SERVICE, response.data, response.len))
			return conclude(sasl, GSASL_MECHANISM_PARSE_ERROR);
		message = response.data;
		len = response.len;
	}
	return run(sasl, message, len, output);
}

/** sasl_claimed() - existing user that a login named, proven or not; NULL: none */
const char *sasl_claimed(const struct sasl *sasl)
{
	return sasl && sasl->account > ACCOUNT_UNKNOWN ? sasl->claimed : NULL;
}

/** sasl_is_locked() - the user whom sasl_claimed() names is locked */
bool sasl_is_locked(const struct sasl *sasl)
{
	return sasl && sasl->account == ACCOUNT_LOCKED;
}

/** sasl_user() - user id after SASL_DONE; NULL: anonymous, or there was no login */
const char *sasl_user(const struct sasl *sasl)
{
	return sasl && sasl->user[0] ? sasl->user : NULL;
}

/**
 * sasl_proves_path() - the client has received what we sent it in this exchange
 *
 * It answered with the nonce, whether or not it knew the password. NULL: it has not.
 */
bool sasl_proves_path(const struct sasl *sasl)
{
	return sasl && sasl->echoed;
}

/** sasl_end() - free an exchange, or NULL */
void sasl_end(struct sasl *sasl)
{
	if (!sasl)
		return;
	if (sasl->session)
		gsasl.finish(sasl->session);
	if (sasl->library)
		gsasl.done(sasl->library);
	free(sasl);
}
