// SPDX-License-Identifier: MIT
/*
 * strict_xml.c - a walk over a server's XML
 *
 * Written by hand and narrower than XML on purpose: no declaration, no comment, no single
 * quote, no self-closing element with attributes. Those are what clients in the field
 * cannot read, and what a real XML parser would let through.
 */
#include "tests/tools/lib/strict_xml.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 8

struct scan {
	const char *at;
	const struct strict_xml_visitor *visitor;
	unsigned depth;
};

static const char blanks[] = " \t\r\n";

/* Copies @len bytes as a string; what does not fit is the server's fault */
static enum outcome copy(char *out, size_t size, const char *from, size_t len)
{
	if (len >= size)
		return violation("a name or value of %zu bytes", len);
	memcpy(out, from, len);
	out[len] = '\0';
	return OUTCOME_OK;
}

static size_t name_length(const char *at)
{
	size_t len = 0;

	while (isalnum((unsigned char)at[len]) || at[len] == '_')
		len++;
	return len;
}

/* At a blank before an attribute: NAME="VALUE" */
static enum outcome attribute(struct scan *s, const char *path, char *type)
{
	char name[64], value[STRICT_XML_VALUE_MAX];
	const char *end;
	size_t len;

	s->at += strspn(s->at, blanks);
	len = name_length(s->at);
	if (!len || strncmp(s->at + len, "=\"", 2) != 0)
		return violation("no NAME=\"VALUE\" in <%s>: '%.20s'", path, s->at);
	if (copy(name, sizeof(name), s->at, len))
		return OUTCOME_VIOLATION;

	s->at += len + 2;
	end = strchr(s->at, '"');
	if (!end)
		return violation("no end of %s in <%s>", name, path);
	if (copy(value, sizeof(value), s->at, (size_t)(end - s->at)))
		return OUTCOME_VIOLATION;
	s->at = end + 1;

	if (strcmp(name, "type") == 0)
		strcpy(type, value);
	return s->visitor->attribute(s->visitor->arg, path, name, value);
}

static enum outcome element(struct scan *s, const char *parent);

/* After <name ...>: text and children, up to and including </name> */
static enum outcome content(struct scan *s, const char *path, const char *name,
			    const char *type)
{
	char text[STRICT_XML_VALUE_MAX] = "";
	bool children = false;

	for (;;) {
		size_t len = strcspn(s->at, "<");

		if (!s->at[len])
			return violation("<%s> has no end", path);
		if (strlen(text) + len >= sizeof(text))
			return violation("a text of more than %zu bytes", sizeof(text));
		strncat(text, s->at, len);
		s->at += len;
		if (s->at[1] == '/')
			break;
		if (element(s, path))
			return OUTCOME_VIOLATION;
		children = true;
	}

	s->at += 2;
	if (strncmp(s->at, name, strlen(name)) != 0 || s->at[strlen(name)] != '>')
		return violation("<%s> ends as '</%.20s'", path, s->at);
	s->at += strlen(name) + 1;

	if (!children)
		return s->visitor->text(s->visitor->arg, path, type, text);
	if (text[strspn(text, blanks)])
		return violation("text between the elements of <%s>", path);
	return OUTCOME_OK;
}

/* At '<' */
static enum outcome element(struct scan *s, const char *parent)
{
	char name[64], path[STRICT_XML_PATH_MAX], type[STRICT_XML_VALUE_MAX] = "";
	size_t len = name_length(s->at + 1);
	enum outcome o = OUTCOME_OK;

	if (*s->at != '<' || !len)
		return violation("no element: '%.20s'", s->at);
	if (++s->depth > DEPTH_MAX)
		return violation("elements nested deeper than %d", DEPTH_MAX);
	if (copy(name, sizeof(name), s->at + 1, len))
		return OUTCOME_VIOLATION;
	snprintf(path, sizeof(path), "%s%s%s", parent, *parent ? "/" : "", name);

	s->at += 1 + len;
	while (!o && *s->at && strchr(blanks, *s->at))
		o = attribute(s, path, type);
	if (o)
		return o;
	if (strncmp(s->at, "/>", 2) == 0)
		return violation("a self-closing <%s>", path);
	if (*s->at != '>')
		return violation("no end of the tag <%s>: '%.20s'", path, s->at);

	s->at++;
	o = content(s, path, name, type);
	s->depth--;
	return o;
}

/**
 * strict_xml_walk() - visit one element and all in it
 * @xml:	Document, nothing before its first '<'; a line's end may follow
 */
enum outcome strict_xml_walk(const char *xml, const struct strict_xml_visitor *visitor)
{
	struct scan s = {.at = xml, .visitor = visitor};
	enum outcome o = element(&s, "");

	if (!o && s.at[strspn(s.at, "\r\n")])
		return violation("something after the XML: '%.20s'", s.at);
	return o;
}
