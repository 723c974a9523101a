/* SPDX-License-Identifier: MIT */
/*
 * xml.c - is this text XML, of the plain kind that TSP needs?
 *
 * libmxml reads more than XML: elements that are never closed, text after the end,
 * attributes without quotes; and a byte order mark in the middle makes it read UTF-16
 * beyond the end of the string. So it only gets to see text that passed this check: one
 * root element, tags that balance, quoted attributes, no declarations of a document
 * type and so no entities of the client's own, bounded depth and number of elements.
 * Comments and the XML declaration, which mean nothing here, are turned into blanks.
 *
 * What is left to libmxml are entities and doubled attributes.
 */
#include "tsp/xml.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define DEPTH_MAX      16
#define ELEMENTS_MAX   256
#define ATTRIBUTES_MAX 16 /* of one element */

struct name {
	const char *p;
	size_t len;
};

/**
 * struct scan - where the check stands
 * @p:		Next character
 * @end:	First one behind the text
 * @open:	Names of the elements that are open here, outermost first
 * @depth:	Their number
 * @elements:	Elements seen so far
 */
struct scan {
	char *p, *end;
	struct name open[DEPTH_MAX];
	size_t depth;
	size_t elements;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/** is_name() - may stand in a name; not in the first place: digits, hyphens, dots */
static bool is_name(char c, bool first)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
	    (unsigned char)c >= 0x80)
		return true;
	return !first && ((c >= '0' && c <= '9') || c == '-' || c == '.');
}

/** bytes_allowed() - no control characters, and none that occurs only in UTF-16 */
static bool bytes_allowed(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < ' ' && !is_space((char)c)) || c == 0x7f || c >= 0xfe)
			return false;
	}
	return true;
}

static bool at(const struct scan *s, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(s->end - s->p) >= len && !memcmp(s->p, text, len);
}

/** take() - go past @text if it comes next */
static bool take(struct scan *s, const char *text)
{
	if (!at(s, text))
		return false;
	s->p += strlen(text);
	return true;
}

/** take_space() - go past white space; false: there was none */
static bool take_space(struct scan *s)
{
	const char *start = s->p;

	while (s->p < s->end && is_space(*s->p))
		s->p++;
	return s->p > start;
}

static bool take_name(struct scan *s, struct name *name)
{
	name->p = s->p;
	while (s->p < s->end && is_name(*s->p, s->p == name->p))
		s->p++;
	name->len = (size_t)(s->p - name->p);
	return name->len > 0;
}

/** blank_out() - turn everything up to and with @terminator into blanks */
static bool blank_out(struct scan *s, const char *terminator)
{
	char *end = memmem(s->p, (size_t)(s->end - s->p), terminator, strlen(terminator));

	if (!end)
		return false;
	end += strlen(terminator);
	memset(s->p, ' ', (size_t)(end - s->p));
	s->p = end;
	return true;
}

/** check_comment() - "<!--" to the next "-->", with no other "--" between (XML 1.0, 2.5) */
static bool check_comment(struct scan *s)
{
	char *inside = s->p + 4, *dashes;

	dashes = memmem(inside, (size_t)(s->end - inside), "--", 2);
	if (!dashes || s->end - dashes < 3 || dashes[2] != '>')
		return false;
	memset(s->p, ' ', (size_t)(dashes + 3 - s->p));
	s->p = dashes + 3;
	return true;
}

/** check_attribute() - NAME="VALUE" or NAME='VALUE' */
static bool check_attribute(struct scan *s)
{
	struct name name;
	char quote;

	if (!take_name(s, &name))
		return false;
	take_space(s);
	if (!take(s, "="))
		return false;
	take_space(s);
	if (!at(s, "\"") && !at(s, "'"))
		return false;
	quote = *s->p++;
	while (s->p < s->end && *s->p != quote && *s->p != '<')
		s->p++;
	return s->p < s->end && *s->p++ == quote;
}

/** check_open_tag() - <NAME ATTRIBUTES> or <NAME ATTRIBUTES/>, from behind the bracket */
static bool check_open_tag(struct scan *s)
{
	struct name name;
	size_t attributes = 0;

	if (!take_name(s, &name) || ++s->elements > ELEMENTS_MAX || s->depth == DEPTH_MAX)
		return false;
	for (;;) {
		bool space = take_space(s);

		if (take(s, "/>"))
			return true;
		if (take(s, ">")) {
			s->open[s->depth++] = name;
			return true;
		}
		if (!space || ++attributes > ATTRIBUTES_MAX || !check_attribute(s))
			return false;
	}
}

/** check_close_tag() - </NAME> of the innermost open element, from behind the slash */
static bool check_close_tag(struct scan *s)
{
	const struct name *open;
	struct name name;

	if (!s->depth || !take_name(s, &name))
		return false;
	open = &s->open[--s->depth];
	take_space(s);
	return take(s, ">") && name.len == open->len &&
	       !memcmp(name.p, open->p, name.len);
}

/** check_markup() - what begins with "<" */
static bool check_markup(struct scan *s)
{
	if (at(s, "<!--"))
		return check_comment(s);
	if (take(s, "</"))
		return check_close_tag(s);
	if (s->depth == 0 && s->elements > 0)
		return false; /* a second root */
	return take(s, "<") && check_open_tag(s);
}

/**
 * xml_check() - one whole element, well-formed, and nothing after it but white space
 * @text:	Text; comments and the XML declaration in it become blanks
 * @len:	Its length in bytes
 *
 * Return: 0, or -1 with EINVAL
 */
int xml_check(char *text, size_t len)
{
	struct scan s = {.p = text, .end = text + len};

	errno = EINVAL;
	if (!bytes_allowed(text, len))
		return -1;
	if ((at(&s, "<?xml ") || at(&s, "<?xml\t")) && !blank_out(&s, "?>"))
		return -1;
	while (s.p < s.end) {
		if (*s.p == '<') {
			if (!check_markup(&s))
				return -1;
		} else if (s.depth > 0 || is_space(*s.p)) {
			s.p++;
		} else {
			return -1;
		}
	}
	return s.depth == 0 && s.elements > 0 ? 0 : -1;
}
