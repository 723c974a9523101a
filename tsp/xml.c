/* SPDX-License-Identifier: MIT */
/*
 * xml.c - check that a text is XML of the plain kind that TSP needs
 *
 * libmxml accepts more than XML: elements that are never closed, text after the end,
 * attributes without quotes; and a byte order mark in the middle makes it read UTF-16
 * beyond the end of the string. So it gets only text that passes this check: one root
 * element, balanced tags, quoted attributes, no document type and so no entities of the
 * client's, bounded depth and number of elements. Comments and the XML declaration, which
 * have no meaning here, become blanks.
 *
 * Entities and doubled attributes are left to libmxml.
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
 * struct scan - state of the check
 * @p:		Next character
 * @end:	End of the text
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

/** is_name() - true for a character of a name; digits, "-" and "." are never @first */
static bool is_name(char c, bool first)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
	    (unsigned char)c >= 0x80)
		return true;
	return !first && ((c >= '0' && c <= '9') || c == '-' || c == '.');
}

/** bytes_allowed() - true without control characters and bytes that only UTF-16 has */
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

/** take() - skip @text; false: something else comes next */
static bool take(struct scan *s, const char *text)
{
	if (!at(s, text))
		return false;
	s->p += strlen(text);
	return true;
}

/** take_space() - skip white space; false: there was none */
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

/** blank_out() - overwrite everything up to the end of @terminator with blanks */
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

/** check_comment() - blank "<!--" to "-->" out, with no "--" between (XML 1.0, 2.5) */
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
	if (s->p == s->end || *s->p != quote)
		return false;
	s->p++;
	return true;
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

/** check_markup() - check a tag or comment, which begins with "<" */
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
 * xml_check() - check for one well-formed element, and only white space after it
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
