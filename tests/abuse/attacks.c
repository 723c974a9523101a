/* SPDX-License-Identifier: MIT */
/* attacks.c - what hostile clients say */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/abuse/abuse.h"

#define HELLO "VERSION=2.0.2\r\n"
#define GUEST HELLO "AUTHENTICATE ANONYMOUS\r\n"

/* Nothing that makes sense: the session ends, whatever came before */
#define ACCEPT "Content-length: 35\r\n<tunnel action=\"accept\"></tunnel>\r\n"
#define BYE    "bye\r\n"

#define MEGABYTE (1u << 20)

/** copy() - a text that is always the same */
static char *copy(const char *data, size_t size, size_t *len)
{
	char *text = malloc(size + 1);

	*len = text ? size : 0;
	return text ? memcpy(text, data, size) : NULL;
}

static char *nothing(unsigned number, size_t *len)
{
	(void)number;
	return copy("", 0, len);
}

static char *hello(unsigned number, size_t *len)
{
	(void)number;
	return copy(HELLO, sizeof(HELLO) - 1, len);
}

static char *slow(unsigned number, size_t *len)
{
	static const char text[] = GUEST "Content-length: 100\r\n<tunnel action=";

	(void)number;
	return copy(text, sizeof(text) - 1, len);
}

/** wrong_password() - another one each time, for a user that is there */
static char *wrong_password(unsigned number, size_t *len)
{
	char text[128];
	int n = snprintf(text, sizeof(text),
			 HELLO "AUTHENTICATE PLAIN\r\n%c%calice%cguess%u\r\n", 0, 0, 0,
			 number);

	return copy(text, (size_t)n, len);
}

/** framed() - a request as a guest, accepted in advance, and the end */
static char *framed(const char *body, size_t *len)
{
	char *text = NULL;
	int n = asprintf(&text, GUEST "Content-length: %zu\r\n%s" ACCEPT BYE,
			 strlen(body), body);

	*len = n > 0 ? (size_t)n : 0;
	return n > 0 ? text : NULL;
}

/** every_address() - a tunnel for another address of the world each time */
static char *every_address(unsigned number, size_t *len)
{
	char body[256];

	snprintf(body, sizeof(body),
		 "<tunnel action=\"create\" type=\"v6v4\"><client><address type=\"ipv4\">"
		 "127.66.%u.%u</address></client></tunnel>",
		 number / 250 % 250, number % 250 + 1);
	return framed(body, len);
}

/** repeated() - a request of @head, and of @part until it is full */
static char *repeated(const char *head, const char *part, size_t room, size_t *len)
{
	char *body = malloc(room + 1), *text, *end;

	if (!body)
		return NULL;
	end = stpcpy(body, head);
	while ((size_t)(end - body) + strlen(part) <= room)
		end = stpcpy(end, part);
	text = framed(body, len);
	free(body);
	return text;
}

static char *nested(unsigned number, size_t *len)
{
	(void)number;
	return repeated("", "<a>", 8000, len);
}

static char *megabyte(unsigned number, size_t *len)
{
	(void)number;
	return repeated("", "<tunnel/>", MEGABYTE, len);
}

/** laughs() - entities of entities: three gigabytes for whom expands them */
static char *laughs(unsigned number, size_t *len)
{
	char body[4096], *end = stpcpy(body, "<?xml version=\"1.0\"?><!DOCTYPE t ["
					     "<!ENTITY a0 \"lol\">");
	int i, j;

	(void)number;
	for (i = 1; i < 10; i++) {
		end += sprintf(end, "<!ENTITY a%d \"", i);
		for (j = 0; j < 10; j++)
			end += sprintf(end, "&a%d;", i - 1);
		end = stpcpy(end, "\">");
	}
	stpcpy(end, "]><tunnel action=\"create\" type=\"&a9;\">&a9;</tunnel>");
	return framed(body, len);
}

const struct attack attacks[] = {
	{"none", nothing, 0, END_CLOSE},
	{"flood", nothing, 0, END_CLOSE},
	{"half-open", hello, 0, END_HOLD},
	{"slow", slow, 1000, END_HOLD},
	{"logins", wrong_password, 0, END_AWAIT},
	{"exhaust", every_address, 0, END_AWAIT},
	{"nesting", nested, 0, END_AWAIT},
	{"entities", laughs, 0, END_AWAIT},
	{"megabyte", megabyte, 0, END_AWAIT},
};

const size_t attack_count = sizeof(attacks) / sizeof(attacks[0]);
