/* SPDX-License-Identifier: MIT */
/*
 * fuzz_sasl.c - what clients say in an exchange, through sasl_start() and sasl_step()
 *
 * Input: a line with the mechanism (A, P or D, else its number), then one line for each
 * message, "|" standing for a NUL. In messages of DIGEST-MD5, %N is the nonce of the
 * challenge and %R the response that alice's password gives; no fuzzer could guess either.
 * A user is admitted only with the password, by one mechanism or the other.
 */
#include <nettle/md5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/sasl.h"
#include "auth/users.h"
#include "tests/fuzz/fuzz.h"

#define REALM     "tsp.example"
#define STEPS_MAX 8
#define CNONCE    "1795423500"
#define URI       "tsp/192.0.2.1"

static struct config config = {
	.realm = REALM,
	.mechanisms = MECHANISM_ANONYMOUS | MECHANISM_PLAIN | MECHANISM_DIGEST_MD5,
};

/** struct exchange - an exchange as seen from outside */
struct exchange {
	enum mechanism mechanism;
	char nonce[128];
	bool proof; /* the message that was sent last holds alice's response */
};

/** write_users() - alice and bob; no input has bob's password */
static void write_users(void)
{
	char alice[USERS_DIGEST_LEN], bob[USERS_DIGEST_LEN], text[256];

	users_digest("alice", 5, REALM, "s3cret", 6, alice);
	users_digest("bob", 3, REALM, "swordfish", 9, bob);
	snprintf(text, sizeof(text), "alice:" REALM ":%s\nbob:" REALM ":%s\n", alice,
		 bob);
	strcpy(config.users, fuzz_file("users", text, strlen(text)));
}

static void md5(const void *data, size_t len, uint8_t out[MD5_DIGEST_SIZE])
{
	struct md5_ctx ctx;

	md5_init(&ctx);
	md5_update(&ctx, len, data);
	md5_digest(&ctx, MD5_DIGEST_SIZE, out);
}

static void md5_hex(const void *data, size_t len, char out[33])
{
	uint8_t digest[MD5_DIGEST_SIZE];
	size_t i;

	md5(data, len, digest);
	for (i = 0; i < sizeof(digest); i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

/** response() - RFC 2831, 2.1.2.1, for alice, CNONCE and URI */
static void response(const char *nonce, char out[33])
{
	static const char who[] = "alice:" REALM ":s3cret", a2[] = "AUTHENTICATE:" URI;
	char text[512], key[33], method[33];
	int n;

	md5(who, strlen(who), (uint8_t *)text);
	n = MD5_DIGEST_SIZE +
	    snprintf(text + MD5_DIGEST_SIZE, 256, ":%s:%s", nonce, CNONCE);
	md5_hex(text, (size_t)n, key);
	md5_hex(a2, strlen(a2), method);
	n = snprintf(text, sizeof(text), "%s:%s:00000001:%s:auth:%s", key, nonce, CNONCE,
		     method);
	md5_hex(text, (size_t)n, out);
}

/** message() - a line of the input as the bytes it stands for */
static size_t message(struct exchange *x, struct fuzz_span line, uint8_t *out,
		      size_t size)
{
	char proof[33];
	size_t i, n = 0;

	response(x->nonce, proof);
	x->proof = false;
	for (i = 0; i < line.len && n + sizeof(x->nonce) < size; i++) {
		const char *insert = NULL;

		if (line.p[i] == '%' && i + 1 < line.len)
			insert = line.p[i + 1] == 'N'   ? x->nonce
				 : line.p[i + 1] == 'R' ? proof
							: NULL;
		if (insert) {
			x->proof |= insert == proof;
			memcpy(out + n, insert, strlen(insert));
			n += strlen(insert);
			i++;
		} else {
			out[n++] = line.p[i] == '|' ? 0 : line.p[i];
		}
	}
	return n;
}

/** is_password() - PLAIN's message for alice: RFC 4616, with or without authzid */
static bool is_password(const uint8_t *data, size_t len)
{
	static const char plain[] = "\0alice\0s3cret", full[] = "alice\0alice\0s3cret";

	return (len == sizeof(plain) - 1 && !memcmp(data, plain, len)) ||
	       (len == sizeof(full) - 1 && !memcmp(data, full, len));
}

/** check_challenge() - of a form that clients can read (PROTOCOL.md), and take its nonce */
static void check_challenge(struct exchange *x, const struct sasl_output *output)
{
	char text[IPC_SASL_MAX + 1], *nonce, *end;

	CHECK(output->len && output->len <= IPC_SASL_MAX);
	memcpy(text, output->data, output->len);
	text[output->len] = '\0';
	CHECK(strlen(text) == output->len);
	CHECK(strstr(text, "realm=\"" REALM "\"") && strstr(text, "charset=utf-8"));
	CHECK(strstr(text, "qop=\"auth\"") && !strstr(text, ", "));
	nonce = strstr(text, "nonce=\"");
	CHECK(nonce);
	nonce += strlen("nonce=\"");
	end = strchr(nonce, '"');
	CHECK(end && end > nonce && (size_t)(end - nonce) < sizeof(x->nonce));
	*end = '\0';
	strcpy(x->nonce, nonce);
}

/** check_result() - after the message @data */
static void check_result(struct exchange *x, enum sasl_result result,
			 const struct sasl *sasl, const uint8_t *data, size_t len,
			 const struct sasl_output *output)
{
	const char *user;

	CHECK(result != SASL_ERROR);
	CHECK(output->len <= IPC_SASL_MAX);
	if (result == SASL_MORE && x->mechanism == MECHANISM_DIGEST_MD5)
		check_challenge(x, output);
	CHECK(result == SASL_MORE || result == SASL_DONE || !output->len);
	user = result == SASL_REFUSED ? NULL : sasl_user(sasl);
	if (result != SASL_DONE || x->mechanism == MECHANISM_ANONYMOUS) {
		CHECK(!user);
		return;
	}
	CHECK(user && !strcmp(user, "alice"));
	CHECK(x->mechanism == MECHANISM_PLAIN ? is_password(data, len) : x->proof);
	CHECK(x->mechanism == MECHANISM_PLAIN ||
	      !memcmp(output->data, "rspauth=", strlen("rspauth=")));
}

/** take_mechanism() - from the first line */
static enum mechanism take_mechanism(struct fuzz_span *rest)
{
	struct fuzz_span line = {rest->p, 0};

	if (!fuzz_line(rest, &line) || !line.len)
		return 0;
	switch (*line.p) {
	case 'A':
		return MECHANISM_ANONYMOUS;
	case 'P':
		return MECHANISM_PLAIN;
	case 'D':
		return MECHANISM_DIGEST_MD5;
	default:
		return *line.p;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_span rest = {data, size}, line = {data, 0};
	struct exchange x = {.mechanism = take_mechanism(&rest)};
	uint8_t bytes[IPC_SASL_MAX + 256];
	struct sasl_output output;
	enum sasl_result result;
	struct sasl *sasl;
	size_t n = 0;
	int steps;

	if (!*config.users)
		write_users();
	if (x.mechanism != MECHANISM_DIGEST_MD5 && fuzz_line(&rest, &line))
		n = message(&x, line, bytes, sizeof(bytes));

	result = sasl_start(&config, x.mechanism, bytes, n, &sasl, &output);
	CHECK(sasl || (result != SASL_MORE && result != SASL_DONE));
	check_result(&x, result, sasl, bytes, n, &output);

	/* A message after the end is refused and undoes only the exchange */
	for (steps = 0; sasl && steps < STEPS_MAX && fuzz_line(&rest, &line); steps++) {
		bool over = result != SASL_MORE;

		n = message(&x, line, bytes, sizeof(bytes));
		result = sasl_step(sasl, bytes, n, &output);
		CHECK(!over || result == SASL_REFUSED);
		check_result(&x, result, sasl, bytes, n, &output);
		CHECK(result != SASL_REFUSED || !sasl_user(sasl));
	}
	sasl_end(sasl);
	return 0;
}
