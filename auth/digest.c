/* SPDX-License-Identifier: MIT */
/*
 * digest.c - DIGEST-MD5 messages (RFC 2831) between the dialects of GNU SASL and clients
 *
 * Both dialects are lists of directives, name=value or name="value", between commas. The
 * digest covers the values of some directives, never how the list is written.
 */
#include "auth/digest.h"

#include <string.h>
#include <strings.h>

#define CHARSET "charset=utf-8"
#define QOP     "qop=auth"
#define URI     "digest-uri="

_Static_assert(DIGEST_NORMALISE_ADDS == sizeof(CHARSET "," QOP ",") - 1,
	       "room for what is added");

/**
 * digest_squeeze() - drop the blanks that follow commas outside quotes
 * @out:	Result
 * @text:	Message of GNU SASL
 * @len:	Its length in bytes
 *
 * Some clients take such a blank for part of the next name.
 */
void digest_squeeze(struct buf *out, const char *text, size_t len)
{
	bool quoted = false, after_comma = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (after_comma && text[i] == ' ')
			continue;
		if (text[i] == '"')
			quoted = !quoted;
		after_comma = !quoted && text[i] == ',';
		buf_add(out, &text[i], 1);
	}
}

/** directive_len() - length of the text up to the next comma outside quotes */
static size_t directive_len(const char *text, size_t len)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < len && (quoted || text[i] != ','); i++) {
		if (text[i] == '"')
			quoted = !quoted;
	}
	return i;
}

/** begins_with() - text starts with @word, in any case */
static bool begins_with(const char *text, size_t len, const char *word)
{
	return len >= strlen(word) && !strncasecmp(text, word, strlen(word));
}

/** is_utf8_charset() - a directive is charset=utf-8, or charset=utf8 as clients write it */
static bool is_utf8_charset(const char *text, size_t len)
{
	return (len == 13 && begins_with(text, len, CHARSET)) ||
	       (len == 12 && begins_with(text, len, "charset=utf8"));
}

/** names_service() - the value of a digest-uri begins with @service and a slash */
static bool names_service(const char *value, size_t len, const char *service)
{
	size_t n = strlen(service);

	if (len && *value == '"') {
		value++;
		len--;
	}
	return len > n && begins_with(value, len, service) && value[n] == '/';
}

/**
 * digest_is_for() - a response is meant for a service
 * @service:	Its name in a digest-uri, "service/host" (RFC 2831, 2.1.2)
 * @text:	Response, normalised
 * @len:	Its length in bytes
 *
 * A response to another service's challenge must not work here. The host is not compared:
 * clients write any name or address of the server, some a constant.
 */
bool digest_is_for(const char *service, const char *text, size_t len)
{
	bool found = false;
	size_t n;

	for (; len; text += n, len -= n) {
		n = directive_len(text, len);
		if (begins_with(text, n, URI)) {
			if (!names_service(text + strlen(URI), n - strlen(URI), service))
				return false;
			found = true;
		}
		n += n < len; /* the comma */
	}
	return found;
}

/**
 * digest_normalise() - rewrite a client's DIGEST-MD5 response so that GNU SASL reads it
 * @out:	Result
 * @text:	Response
 * @len:	Its length in bytes
 *
 * GNU SASL 2.2 knows only "charset=utf-8"; clients write "charset=utf8", or nothing. User
 * ids are ASCII, which is the same in either charset, so every response can have it; and it
 * must, since GNU SASL dereferences NULL for a response without charset and realm. It needs
 * a qop as well, which defaults to "auth" (RFC 2831, 2.1.2), and ends at a NUL.
 *
 * Return: 0, or -1 for text that is not a list of directives
 */
int digest_normalise(struct buf *out, const char *text, size_t len)
{
	bool has_qop = false;
	size_t n;

	if (memchr(text, '\0', len))
		return -1;
	buf_text(out, CHARSET);
	for (; len; text += n, len -= n) {
		if (strchr(", \t\r\n", *text)) {
			n = 1;
			continue;
		}
		n = directive_len(text, len);
		if (!memchr(text, '=', n))
			return -1;
		if (is_utf8_charset(text, n))
			continue;
		has_qop |= begins_with(text, n, "qop=");
		buf_text(out, ",");
		buf_add(out, text, n);
	}
	if (!has_qop)
		buf_text(out, "," QOP);
	return out->full ? -1 : 0;
}
