// SPDX-License-Identifier: MIT
/*
 * gogoc_digest.c - a DIGEST-MD5 response in the field order and form of gogoc 1.2
 *
 * libgsasl's client writes its fields in another order and with other blanks, so what
 * gogoc really sends is made here, by hand (RFC 2831, algorithm md5-sess).
 */
#include "tests/tools/lib/gogoc_digest.h"

#include <errno.h>
#include <nettle/base64.h>
#include <nettle/md5.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define CNONCE    "1795423500" /* gogoc's is a time in seconds too */
#define VALUE_MAX 256

static void hex(const uint8_t digest[MD5_DIGEST_SIZE], char out[GOGOC_DIGEST_HEX_LEN])
{
	for (size_t i = 0; i < MD5_DIGEST_SIZE; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static void md5_text(const char *text, uint8_t out[MD5_DIGEST_SIZE])
{
	struct md5_ctx ctx;

	md5_init(&ctx);
	md5_update(&ctx, strlen(text), (const uint8_t *)text);
	md5_digest(&ctx, MD5_DIGEST_SIZE, out);
}

/* "KEY=value" or KEY="value" in a challenge; both ways are in use */
static int value_of(const char *challenge, const char *key, char out[VALUE_MAX])
{
	const char *at = challenge;
	size_t len, key_len = strlen(key);

	while (at && (strncmp(at, key, key_len) != 0 || at[key_len] != '=')) {
		at = strchr(at, ',');
		at = at ? at + 1 : NULL;
	}
	if (!at) {
		fprintf(stderr, "no %s in challenge '%s'\n", key, challenge);
		return -1;
	}

	at += key_len + 1;
	at += *at == '"';
	len = strcspn(at, "\",");
	if (len >= VALUE_MAX)
		return -1;
	memcpy(out, at, len);
	out[len] = '\0';
	return 0;
}

static int decode(const char *line, char *out, size_t size)
{
	struct base64_decode_ctx ctx;
	size_t len = size - 1;

	base64_decode_init(&ctx);
	if (BASE64_DECODE_LENGTH(strlen(line)) > len ||
	    !base64_decode_update(&ctx, &len, (uint8_t *)out, strlen(line), line) ||
	    !base64_decode_final(&ctx)) {
		fprintf(stderr, "no base64: '%s'\n", line);
		return -1;
	}
	out[len] = '\0';
	return 0;
}

static void encode_line(const char *text, char out[GOGOC_DIGEST_LINE_MAX])
{
	size_t len = strlen(text);

	base64_encode_raw(out, len, (const uint8_t *)text);
	strcpy(out + BASE64_ENCODE_RAW_LENGTH(len), "\r\n");
}

/* H(A1) of md5-sess: MD5(MD5(user:realm:password):nonce:cnonce) */
static void session_key(const struct gogoc_digest_login *login, const char *realm,
			const char *nonce, char out[GOGOC_DIGEST_HEX_LEN])
{
	char text[4 * VALUE_MAX];
	uint8_t secret[MD5_DIGEST_SIZE], key[MD5_DIGEST_SIZE];
	struct md5_ctx ctx;

	snprintf(text, sizeof(text), "%s:%s:%s", login->user, realm, login->password);
	md5_text(text, secret);

	snprintf(text, sizeof(text), ":%s:%s", nonce, CNONCE);
	md5_init(&ctx);
	md5_update(&ctx, sizeof(secret), secret);
	md5_update(&ctx, strlen(text), (const uint8_t *)text);
	md5_digest(&ctx, sizeof(key), key);
	hex(key, out);
}

/* @method: "AUTHENTICATE" in the client's response, empty in the server's rspauth */
static void response(const char *key, const char *nonce, const char *method,
		     const char *uri, char out[GOGOC_DIGEST_HEX_LEN])
{
	char text[4 * VALUE_MAX], a2[GOGOC_DIGEST_HEX_LEN];
	uint8_t digest[MD5_DIGEST_SIZE];

	snprintf(text, sizeof(text), "%s:%s", method, uri);
	md5_text(text, digest);
	hex(digest, a2);
	snprintf(text, sizeof(text), "%s:%s:00000001:%s:auth:%s", key, nonce, CNONCE, a2);
	md5_text(text, digest);
	hex(digest, out);
}

/**
 * gogoc_digest_answer() - what gogoc says to a challenge, and what the server says then
 * @login:		Who and where
 * @challenge_line:	Base64, without the line's end
 * @response_line:	Result: base64 and CRLF
 * @rspauth_line:	Result: the line the server has to send, base64 and CRLF
 *
 * Return: 0, or -1 after a message
 */
int gogoc_digest_answer(const struct gogoc_digest_login *login,
			const char *challenge_line,
			char response_line[GOGOC_DIGEST_LINE_MAX],
			char rspauth_line[GOGOC_DIGEST_LINE_MAX])
{
	char challenge[GOGOC_DIGEST_LINE_MAX], text[GOGOC_DIGEST_LINE_MAX / 2];
	char realm[VALUE_MAX], nonce[VALUE_MAX], charset[VALUE_MAX];
	char key[GOGOC_DIGEST_HEX_LEN], proof[GOGOC_DIGEST_HEX_LEN];
	int len;

	if (decode(challenge_line, challenge, sizeof(challenge)) ||
	    value_of(challenge, "realm", realm) || value_of(challenge, "nonce", nonce) ||
	    value_of(challenge, "charset", charset))
		return -1;

	session_key(login, realm, nonce, key);
	response(key, nonce, "AUTHENTICATE", login->uri, proof);
	len = snprintf(text, sizeof(text),
		       "charset=%s,username=\"%s\",realm=\"%s\",nonce=\"%s\",nc=00000001,"
		       "cnonce=\"%s\",digest-uri=\"%s\",response=%s,qop=auth",
		       login->charset ? login->charset : charset, login->user, realm,
		       nonce, CNONCE, login->uri, proof);
	if (len < 0 || (size_t)len >= sizeof(text))
		return -1;
	encode_line(text, response_line);

	response(key, nonce, "", login->uri, proof);
	snprintf(text, sizeof(text), "rspauth=%s", proof);
	encode_line(text, rspauth_line);
	return 0;
}
