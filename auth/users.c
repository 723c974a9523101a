/* SPDX-License-Identifier: MIT */
/*
 * users.c - the users file: htdigest lines userid:realm:MD5(userid:realm:password)
 *
 * A "!" before the digest locks the user. No password has such a digest, so that programs
 * which do not know the mark lock the user as well.
 *
 * The time that a login takes must not reveal whether a user exists. So every search reads
 * the file to its end and compares ids in constant time. Files change by rename(2), so a
 * reader sees the old content or the new, never a mixture.
 */
#include "auth/users.h"

#include <ctype.h>
#include <errno.h>
#include <nettle/md5.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

/** same_bytes() - memory is equal; takes as long when it is not */
static bool same_bytes(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t difference = 0;
	size_t i;

	for (i = 0; i < len; i++)
		difference |= x[i] ^ y[i];
	return !difference;
}

/** users_digest_equal() - two digests are the same; takes as long when they are not */
bool users_digest_equal(const char a[USERS_DIGEST_LEN], const char b[USERS_DIGEST_LEN])
{
	return same_bytes(a, b, USERS_DIGEST_LEN);
}

/**
 * users_digest() - MD5(id:realm:password), the secret that DIGEST-MD5 and htdigest share
 * @id:			User id, need not be NUL-terminated
 * @id_len:		Its length in bytes
 * @realm:		Realm, NUL-terminated
 * @password:		Password, need not be NUL-terminated
 * @password_len:	Its length in bytes
 * @out:		Result: lower-case hexadecimal digits, NUL-terminated
 *
 * RFC 2831, 2.1.2.1: this is the inner hash of A1.
 */
void users_digest(const char *id, size_t id_len, const char *realm, const char *password,
		  size_t password_len, char out[USERS_DIGEST_LEN])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t hash[MD5_DIGEST_SIZE];
	struct md5_ctx md5;
	size_t i;

	md5_init(&md5);
	md5_update(&md5, id_len, (const uint8_t *)id);
	md5_update(&md5, 1, (const uint8_t *)":");
	md5_update(&md5, strlen(realm), (const uint8_t *)realm);
	md5_update(&md5, 1, (const uint8_t *)":");
	md5_update(&md5, password_len, (const uint8_t *)password);
	md5_digest(&md5, sizeof(hash), hash);

	for (i = 0; i < sizeof(hash); i++) {
		out[2 * i] = digits[hash[i] >> 4];
		out[2 * i + 1] = digits[hash[i] & 0xf];
	}
	out[2 * i] = '\0';
	explicit_bzero(&md5, sizeof(md5));
	explicit_bzero(hash, sizeof(hash));
}

/** is_skipped() - a blank line or a comment */
static bool is_skipped(const char *line, size_t len)
{
	size_t i;

	if (len && line[0] == '#')
		return true;
	for (i = 0; i < len; i++) {
		if (line[i] != ' ' && line[i] != '\t')
			return false;
	}
	return true;
}

/** is_realm() - printable ASCII that fits in struct user */
static bool is_realm(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] < ' ' || text[i] > '~')
			return false;
	}
	return len >= 1 && len < sizeof(((struct user *)NULL)->realm);
}

/** is_digest() - 32 hexadecimal digits, in either case */
static bool is_digest(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (!isxdigit((unsigned char)text[i]))
			return false;
	}
	return len == USERS_DIGEST_LEN - 1;
}

/**
 * users_parse_line() - a line of the users file
 * @line:	Line without its newline, need not be NUL-terminated
 * @len:	Its length in bytes
 * @out:	Result; unused bytes are zero, the digest is in lower case
 * @why:	What is wrong with the line, when something is
 *
 * Return: 1 and a user; 0 for a blank line or a comment; -1 with EINVAL and @why
 */
int users_parse_line(const char *line, size_t len, struct user *out, const char **why)
{
	const char *end = line + len, *colon, *realm, *digest, *p;
	bool locked;
	char *d;

	if (is_skipped(line, len))
		return 0;

	errno = EINVAL;
	*why = "is not userid:realm:digest";
	colon = memchr(line, ':', len);
	if (!colon)
		return -1;
	realm = colon + 1;
	colon = memchr(realm, ':', (size_t)(end - realm));
	if (!colon)
		return -1;
	digest = colon + 1;
	locked = digest < end && *digest == *USERS_LOCK_MARK;

	*why = "user id is not 1 to 63 letters, digits and ._@+-";
	if (!parse_is_user_id(line, (size_t)(realm - 1 - line)))
		return -1;
	*why = "realm is not 1 to 255 printable characters";
	if (!is_realm(realm, (size_t)(digest - 1 - realm)))
		return -1;
	digest += locked;
	*why = "digest is not 32 hexadecimal digits";
	if (!is_digest(digest, (size_t)(end - digest)))
		return -1;

	memset(out, 0, sizeof(*out));
	memcpy(out->id, line, (size_t)(realm - 1 - line));
	memcpy(out->realm, realm, (size_t)(colon - realm));
	out->locked = locked;
	for (p = digest, d = out->digest; p < end; p++)
		*d++ = (char)tolower((unsigned char)*p);
	return 1;
}

/**
 * read_line() - a line of any length, cut to the buffer
 * @file:	File
 * @line:	Result without its newline, not NUL-terminated; what does not fit is dropped
 * @size:	Size of @line in bytes
 * @len:	Length of the whole line; over @size: it did not fit
 *
 * Return: 1 for a line, 0 for the end of the file, -1 with errno
 */
static int read_line(FILE *file, char *line, size_t size, size_t *len)
{
	int c;

	for (*len = 0; (c = getc_unlocked(file)) != EOF && c != '\n'; ++*len) {
		if (*len < size)
			line[*len] = (char)c;
	}
	if (c == EOF && ferror(file))
		return -1;
	return c != EOF || *len;
}

/**
 * users_each() - call a function for each line but blank ones and comments
 * @path:	File
 * @visit:	Function
 * @context:	Its first argument
 *
 * Return: 0, or -1 with errno for a file that cannot be read, or what @visit said
 */
int users_each(const char *path, users_visitor *visit, void *context)
{
	char line[USERS_LINE_MAX] = "";
	struct user user;
	unsigned number;
	const char *why;
	FILE *file;
	size_t len;
	int rc = 0, more, kind, saved;

	file = fopen(path, "re");
	if (!file)
		return -1;

	for (number = 1; !rc && (more = read_line(file, line, sizeof(line), &len));
	     number++) {
		if (more < 0) {
			rc = -1;
			break;
		}
		why = "is longer than 512 characters";
		kind = len > sizeof(line) ? -1 : users_parse_line(line, len, &user, &why);
		if (kind)
			rc = visit(context, number, kind < 0 ? NULL : &user, why);
	}

	saved = errno;
	explicit_bzero(line, sizeof(line));
	explicit_bzero(&user, sizeof(user));
	fclose(file);
	errno = saved;
	return rc;
}

/** struct search - what users_find() looks for, and what it found */
struct search {
	const char *path;
	const char *realm;
	char id[USER_ID_MAX + 1]; /* padded with zeros */
	bool found;
	struct user *out;
};

static int search_line(void *context, unsigned number, const struct user *user,
		       const char *why)
{
	struct search *search = context;
	bool same;

	if (!user) {
		log_msg(LOG_WARNING, "%s:%u: %s", search->path, number, why);
		return 0;
	}
	same = same_bytes(user->id, search->id, sizeof(search->id));
	if (!strcmp(user->realm, search->realm) && same && !search->found) {
		*search->out = *user;
		search->found = true;
	}
	return 0;
}

/**
 * users_find() - look a user up; the first of several lines counts
 * @path:	Users file
 * @realm:	Realm the user must be of
 * @id:		User id, need not be NUL-terminated, can be anything
 * @id_len:	Its length in bytes
 * @out:	Result, when found
 *
 * Damaged lines are logged and otherwise ignored.
 *
 * Return: 1 found, 0 not found, -1 with errno for a file that cannot be read
 */
int users_find(const char *path, const char *realm, const char *id, size_t id_len,
	       struct user *out)
{
	struct search search = {.path = path, .realm = realm, .out = out};

	/* An invalid id is searched for as an empty one, which takes as long and finds nothing */
	if (parse_is_user_id(id, id_len))
		memcpy(search.id, id, id_len);
	if (users_each(path, search_line, &search))
		return -1;
	return search.found;
}
