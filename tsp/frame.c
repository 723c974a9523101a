/* SPDX-License-Identifier: MIT */
/*
 * frame.c - the lines around the XML: version, authentication, length (RFC 5572, 4.3, 5.1)
 *
 * Every function takes one line without its line end. Names match in any case and blanks may
 * stand between the parts; numbers, versions and base64 are strict.
 */
#include "tsp/frame.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/base64.h"
#include "lib/config.h"
#include "lib/parse.h"

/** struct span - a part of a line */
struct span {
	const char *p;
	size_t len;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/** trim() - cut blanks off both ends */
static struct span trim(struct span s)
{
	while (s.len && is_blank(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

/** split() - cut in two at the first @separator; false without one */
static bool split(struct span s, char separator, struct span *before, struct span *after)
{
	const char *at = memchr(s.p, separator, s.len);

	if (!at)
		return false;
	*before = trim((struct span){s.p, (size_t)(at - s.p)});
	*after = trim((struct span){at + 1, (size_t)(s.p + s.len - at) - 1});
	return true;
}

/** take_word() - cut the first word off, and blanks around the rest */
static struct span take_word(struct span *s)
{
	struct span word = *s = trim(*s);

	word.len = 0;
	while (word.len < s->len && !is_blank(s->p[word.len]))
		word.len++;
	*s = trim((struct span){s->p + word.len, s->len - word.len});
	return word;
}

static bool equals(struct span s, const char *text)
{
	return s.len == strlen(text) && !memcmp(s.p, text, s.len);
}

static bool equals_any_case(struct span s, const char *text)
{
	return s.len == strlen(text) && !strncasecmp(s.p, text, s.len);
}

/** invalid() - fail with EINVAL */
static int invalid(void)
{
	errno = EINVAL;
	return -1;
}

/** frame_is_blank() - true for an empty line and for one of blanks only */
bool frame_is_blank(const char *line, size_t len)
{
	return trim((struct span){line, len}).len == 0;
}

/** frame_skip_nuls() - skip the NUL that clients send after their AUTHENTICATE line */
void frame_skip_nuls(char **line, size_t *len)
{
	while (*len && !**line) {
		++*line;
		--*len;
	}
}

/**
 * frame_version() - check "VERSION=2.0.2", or one of the two versions before it
 *
 * This server treats all three alike (RFC 5572, 4.3).
 *
 * Return: 0; -1 with EINVAL for another version or another line
 */
int frame_version(const char *line, size_t len)
{
	static const char *const served[] = {"2.0.0", "2.0.1", "2.0.2"};
	struct span name, version;
	size_t i;

	if (!split((struct span){line, len}, '=', &name, &version) ||
	    !equals_any_case(name, "VERSION"))
		return invalid();
	for (i = 0; i < sizeof(served) / sizeof(served[0]); i++) {
		if (equals(version, served[i]))
			return 0;
	}
	return invalid();
}

/**
 * frame_authenticate() - read "AUTHENTICATE MECHANISM", with or without initial data
 * @line:	Line
 * @len:	Its length in bytes
 * @out:	Result; points into @line
 *
 * Return: 0, also for an unknown mechanism; -1 with EINVAL for another line
 */
int frame_authenticate(const char *line, size_t len, struct frame_authenticate *out)
{
	struct span rest = {line, len};
	struct span verb = take_word(&rest), mechanism = take_word(&rest);

	if (!equals_any_case(verb, "AUTHENTICATE") || !mechanism.len)
		return invalid();
	out->mechanism = mechanism_by_name(mechanism.p, mechanism.len);
	out->initial = rest.p;
	out->initial_len = rest.len;
	return 0;
}

/**
 * frame_base64() - decode a line with a SASL message in base64
 * @line:	Line
 * @len:	Its length in bytes
 * @out:	Result: data and len
 *
 * Return: 0; -1 with EINVAL for another line, EMSGSIZE for a message too long
 */
int frame_base64(const char *line, size_t len, struct ipc_sasl *out)
{
	struct span text = trim((struct span){line, len});
	size_t decoded;

	if (base64_decode(text.p, text.len, out->data, sizeof(out->data), &decoded))
		return -1;
	out->len = (uint32_t)decoded;
	return 0;
}

static size_t count_nuls(const uint8_t *data, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		n += !data[i];
	return n;
}

/**
 * frame_plain() - read the message of PLAIN, raw or in base64 (RFC 4616)
 * @line:	Line that follows the AUTHENTICATE line
 * @len:	Its length in bytes
 * @out:	Result: authzid NUL user NUL password
 *
 * The message has two NULs. A NUL that belongs to the AUTHENTICATE line may stand before
 * it: then there are three, or in front of base64 just one.
 *
 * Return: 0; -1 with EINVAL for another line, EMSGSIZE for one too long
 */
int frame_plain(const char *line, size_t len, struct ipc_sasl *out)
{
	size_t nuls = count_nuls((const uint8_t *)line, len);

	if (len && !*line && (nuls == 1 || nuls == 3)) {
		line++;
		len--;
		nuls--;
	}
	if (nuls == 0) {
		if (frame_base64(line, len, out))
			return -1;
		return count_nuls(out->data, out->len) == 2 ? 0 : invalid();
	}
	if (nuls != 2)
		return invalid();
	if (len > sizeof(out->data)) {
		errno = EMSGSIZE;
		return -1;
	}
	memcpy(out->data, line, len);
	out->len = (uint32_t)len;
	return 0;
}

/**
 * frame_content_length() - read "Content-length: N" (RFC 5572, 4.1)
 * @line:	Line
 * @len:	Its length in bytes
 * @max:	Largest N allowed
 * @out:	Result, untouched on error
 *
 * Return: 0; -1 with EINVAL for another line, ERANGE for an N that is 0 or over @max
 */
int frame_content_length(const char *line, size_t len, uint32_t max, uint32_t *out)
{
	struct span name, value;
	char digits[16];

	if (!split((struct span){line, len}, ':', &name, &value) ||
	    !equals_any_case(name, "Content-length") || value.len >= sizeof(digits) ||
	    memchr(value.p, '\0', value.len))
		return invalid();
	memcpy(digits, value.p, value.len);
	digits[value.len] = '\0';
	return parse_u32(digits, 1, max, out);
}

/**
 * frame_status() - read a status line, "NNN text" or "1NNN text" (RFC 5572, appendix B)
 * @line:	Line
 * @len:	Its length in bytes
 * @out:	Result: 200, 300 to 599, or 1000 more; untouched on error
 *
 * Return: 0; -1 with EINVAL for another line
 */
int frame_status(const char *line, size_t len, unsigned *out)
{
	struct span rest = {line, len};
	struct span number = take_word(&rest);
	char digits[5];
	uint32_t status, plain;

	if (number.len < 3 || number.len >= sizeof(digits) ||
	    memchr(number.p, '\0', number.len))
		return invalid();
	memcpy(digits, number.p, number.len);
	digits[number.len] = '\0';
	if (parse_u32(digits, 200, 1599, &status))
		return invalid();
	plain = status >= 1000 ? status - 1000 : status;
	if (plain != 200 && (plain < 300 || plain > 599))
		return invalid();
	*out = status;
	return 0;
}

/** tunnel_bit() - 1 << enum tunnel_type of a TUNNEL= token; 0 for an unknown one */
static unsigned tunnel_bit(struct span name)
{
	if (equals_any_case(name, "V6V4"))
		return 1u << TUNNEL_V6V4;
	if (equals_any_case(name, "V6UDPV4"))
		return 1u << TUNNEL_V6UDPV4;
	if (equals_any_case(name, "V4V6"))
		return 1u << TUNNEL_V4V6;
	return 0;
}

/**
 * frame_capability() - read "CAPABILITY TUNNEL=V6V4 AUTH=ANONYMOUS ..." (RFC 5572, 4.3)
 * @line:	Line
 * @len:	Its length in bytes
 * @out:	Result; unknown tokens are skipped
 *
 * Return: 0; -1 with EINVAL for another line
 */
int frame_capability(const char *line, size_t len, struct frame_capability *out)
{
	struct span rest = {line, len}, name, value;
	struct span word = take_word(&rest);

	*out = (struct frame_capability){0};
	if (!equals_any_case(word, "CAPABILITY"))
		return invalid();
	while ((word = take_word(&rest)).len) {
		if (!split(word, '=', &name, &value))
			continue;
		if (equals_any_case(name, "TUNNEL"))
			out->types |= tunnel_bit(value);
		else if (equals_any_case(name, "AUTH"))
			out->mechanisms |= mechanism_by_name(value.p, value.len);
	}
	return 0;
}
