/* SPDX-License-Identifier: MIT */
/*
 * fuzz_users.c - the users file
 *
 * Input: a file. A line that is accepted has the three fields as tsp.conf(5) says and
 * reads the same when it is put together again; a search finds what reading line by line
 * finds; a file without mistakes has no line that is refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/users.h"
#include "tests/fuzz/fuzz.h"

#define REALM "tsp.example"

/** check_user() - the parsed line, and the line made of it again */
static void check_user(const struct user *user)
{
	char line[USERS_LINE_MAX];
	struct user again;
	const char *why, *p;
	int n;

	CHECK(parse_is_user_id(user->id, strnlen(user->id, sizeof(user->id))));
	CHECK(strnlen(user->realm, sizeof(user->realm)) < sizeof(user->realm));
	CHECK(*user->realm && !strchr(user->realm, ':'));
	for (p = user->realm; *p; p++)
		CHECK(*p >= ' ' && *p <= '~');
	CHECK(strspn(user->digest, "0123456789abcdef") == USERS_DIGEST_LEN - 1);
	CHECK(!user->digest[USERS_DIGEST_LEN - 1]);

	n = snprintf(line, sizeof(line), "%s:%s:%s%s", user->id, user->realm,
		     user->locked ? "!" : "", user->digest);
	CHECK(n > 0 && (size_t)n < sizeof(line));
	CHECK(users_parse_line(line, (size_t)n, &again, &why) == 1);
	CHECK(!memcmp(&again, user, sizeof(again)));
}

/** struct found - what reading line by line found of a user */
struct found {
	const char *id;
	bool there;
	struct user user;
};

/** read_line() - one line of the file; 0, or -1 when it is refused */
static int read_line(struct fuzz_span line, struct found *found)
{
	char *copy = fuzz_copy(line, 0);
	const char *why = NULL;
	struct user user;
	int kind = -1;

	if (line.len <= USERS_LINE_MAX)
		kind = users_parse_line(copy, line.len, &user, &why);
	CHECK(kind >= -1 && kind <= 1);
	CHECK(kind != -1 || line.len > USERS_LINE_MAX || (why && *why));
	if (kind == 1)
		check_user(&user);
	if (kind == 1 && !found->there && !strcmp(user.id, found->id) &&
	    !strcmp(user.realm, REALM)) {
		found->there = true;
		found->user = user;
	}
	free(copy);
	return kind < 0 ? -1 : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file("users", data, size);
	struct fuzz_span rest = {data, size}, line;
	struct found found = {.id = "alice"};
	struct user user;
	int refused = 0, mistakes;

	while (fuzz_line(&rest, &line))
		refused += read_line(line, &found) < 0;

	CHECK(users_find(path, REALM, "alice", 5, &user) == found.there);
	CHECK(!found.there || !memcmp(&user, &found.user, sizeof(user)));
	CHECK(users_find(path, REALM, (const char *)data, size, &user) >= 0);
	CHECK(users_find(path, REALM, "", 0, &user) == 0);

	mistakes = users_check(path, REALM, "example.net");
	CHECK(mistakes >= refused);
	return 0;
}
