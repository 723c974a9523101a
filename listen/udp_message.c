/* SPDX-License-Identifier: MIT */
/* udp_message.c - a message over UDP, and whose word it can be */
#include "listen/udp_message.h"

#include <string.h>
#include <strings.h>

/** udp_message_begins() - the message begins with @word, in any case */
bool udp_message_begins(const struct udp_message *m, const char *word)
{
	return m->len >= strlen(word) && !strncasecmp(m->text, word, strlen(word));
}

/** udp_message_line() - length of the first line in bytes, without its end */
size_t udp_message_line(const struct udp_message *m)
{
	size_t n = 0;

	while (n < m->len && m->text[n] && m->text[n] != '\r' && m->text[n] != '\n')
		n++;
	return n;
}

/** udp_message_is_bare() - a header and nothing else, or NULs */
bool udp_message_is_bare(const struct udp_message *m)
{
	size_t i;

	for (i = 0; i < m->len; i++) {
		if (m->text[i])
			return false;
	}
	return true;
}

/** udp_message_is_echo() - "ECHO REQUEST", alone or as a line: clients rank servers by it */
bool udp_message_is_echo(const struct udp_message *m)
{
	static const char echo[] = "ECHO REQUEST";
	size_t i;

	if (!udp_message_begins(m, echo))
		return false;
	for (i = sizeof(echo) - 1; i < m->len; i++) {
		if (m->text[i] && m->text[i] != '\r' && m->text[i] != '\n')
			return false;
	}
	return true;
}

/** is_status() - "200 ..." or "1302 ..." */
static bool is_status(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && n < 4 && text[n] >= '0' && text[n] <= '9')
		n++;
	return n >= 3 && n < len && text[n] == ' ';
}

/**
 * udp_message_body() - the text behind a Content-length line
 * @text:	Message or answer
 * @len:	Its length in bytes
 * @left:	Result: length of the body in bytes
 *
 * Return: the body; NULL without such a line
 */
const char *udp_message_body(const char *text, size_t len, size_t *left)
{
	static const char name[] = "Content-length:";
	const char *end = len ? memchr(text, '\n', len) : NULL;

	if (!end || len < sizeof(name) || strncasecmp(text, name, sizeof(name) - 1) != 0)
		return NULL;
	*left = (size_t)(text + len - end) - 1;
	return end + 1;
}

/** udp_message_is_servers() - only servers say this: a status, framed or not, CAPABILITY */
bool udp_message_is_servers(const struct udp_message *m)
{
	size_t left;
	const char *body = udp_message_body(m->text, m->len, &left);

	return is_status(m->text, m->len) || udp_message_begins(m, "CAPABILITY") ||
	       (body && is_status(body, left));
}
