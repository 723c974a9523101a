/* SPDX-License-Identifier: MIT */
/* parse.c - strict scalars: empty, trailing garbage, signs and out of range are refused */
#include "lib/parse.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/**
 * parse_u32() - decimal digits and nothing else
 * @text:	NUL-terminated input
 * @min:	Smallest value allowed
 * @max:	Largest value allowed
 * @out:	Result, untouched on error
 *
 * Return: 0; -1 with EINVAL for text that is not a number, ERANGE for a number out of range
 */
int parse_u32(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	uint64_t n = 0;
	const char *p;

	for (p = text; is_digit(*p); p++) {
		n = n * 10 + (uint64_t)(*p - '0');
		if (n > UINT32_MAX)
			n = (uint64_t)UINT32_MAX + 1; /* too large, whatever follows */
	}
	if (p == text || *p) {
		errno = EINVAL;
		return -1;
	}
	if (n < min || n > max) {
		errno = ERANGE;
		return -1;
	}
	*out = (uint32_t)n;
	return 0;
}

/**
 * parse_u64() - decimal digits and nothing else, of any size that fits
 * @text:	NUL-terminated input
 * @out:	Result, untouched on error
 *
 * Return: as parse_u32()
 */
int parse_u64(const char *text, uint64_t *out)
{
	uint64_t n = 0;
	bool fits = true;
	const char *p;

	for (p = text; is_digit(*p); p++) {
		uint64_t digit = (uint64_t)(*p - '0');

		fits = fits && n <= (UINT64_MAX - digit) / 10;
		n = n * 10 + digit;
	}
	if (p == text || *p || !fits) {
		errno = p == text || *p ? EINVAL : ERANGE;
		return -1;
	}
	*out = n;
	return 0;
}

/**
 * parse_hex64() - exactly sixteen lower-case hexadecimal digits, then NUL
 *
 * Return: 0, or -1 with EINVAL
 */
int parse_hex64(const char *text, uint64_t *out)
{
	uint64_t n = 0;
	int i;

	errno = EINVAL;
	for (i = 0; i < 16; i++) {
		char c = text[i];

		if (is_digit(c))
			n = n << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n << 4 | (uint64_t)(c - 'a' + 10);
		else
			return -1;
	}
	if (text[16])
		return -1;
	*out = n;
	return 0;
}

/**
 * parse_bool() - yes or no, also true, false, on, off, 1, 0 in any case
 *
 * Return: 0, or -1 with EINVAL
 */
int parse_bool(const char *text, bool *out)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"yes", true}, {"no", false},  {"true", true}, {"false", false},
		     {"on", true},  {"off", false}, {"1", true},    {"0", false}};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcasecmp(text, words[i].word)) {
			*out = words[i].value;
			return 0;
		}
	}
	errno = EINVAL;
	return -1;
}

/**
 * parse_is_user_id() - letters, digits and "._@+-", 1 to 63 of them, first a letter or digit
 * @text:	Input, need not be NUL-terminated
 * @len:	Its length in bytes
 *
 * The set covers provider accounts and mail addresses. It contains nothing that is special
 * in lines and columns, in a shell variable or on a terminal.
 */
bool parse_is_user_id(const char *text, size_t len)
{
	size_t i;

	if (len < 1 || len > USER_ID_MAX || !is_alnum(text[0]))
		return false;
	for (i = 1; i < len; i++) {
		if (!is_alnum(text[i]) && (!text[i] || !strchr("._@+-", text[i])))
			return false;
	}
	return true;
}

/** parse_is_domain() - a DNS name of letters, digits, hyphens and dots (RFC 1123, 2.1) */
bool parse_is_domain(const char *text)
{
	size_t label = 0, i;

	for (i = 0; text[i]; i++) {
		if (text[i] == '.') {
			if (!label || text[i - 1] == '-')
				return false;
			label = 0;
		} else if (is_alnum(text[i]) || (text[i] == '-' && label)) {
			if (++label > 63)
				return false;
		} else {
			return false;
		}
	}
	return i > 0 && i <= 253 && label && text[i - 1] != '-';
}
