/* SPDX-License-Identifier: MIT */
/*
 * users_check.c - mistakes of the users file, and ids that a new user cannot have
 *
 * A user's tunnel is called userid.domain, and DNS knows no case: two ids that differ only
 * in case would share a name. People read "anonymous" as a client without an account.
 */
#include "auth/users.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/array.h"
#include "lib/log.h"
#include "lib/tunnel_name.h"

/** struct seen - a user id and where it stands */
struct seen {
	char id[USER_ID_MAX + 1];
	unsigned number;
};

/** struct check - what users_check() has come across */
struct check {
	const char *path;
	const char *realm;
	const char *domain;
	int mistakes;
	struct seen *seen;
	size_t count, size;
};

/** users_is_reserved() - an id that tools and people take for clients without an account */
bool users_is_reserved(const char *id)
{
	return !strcasecmp(id, "anonymous");
}

/** check_id() - report an id that may not be used, or that gives its tunnel no name */
static void check_id(struct check *check, unsigned number, const char *id)
{
	char name[TUNNEL_NAME_MAX];

	if (users_is_reserved(id)) {
		log_msg(LOG_ERR,
			"%s:%u: user '%s' would be taken for an anonymous client",
			check->path, number, id);
		check->mistakes++;
	}
	if (tunnel_name_make(id, check->domain, name))
		log_msg(LOG_WARNING,
			"%s:%u: '%s.%s' is not a DNS name; the tunnel of this user has "
			"no name",
			check->path, number, id, check->domain);
}

static int check_line(void *context, unsigned number, const struct user *user,
		      const char *why)
{
	struct check *check = context;
	struct seen *more;

	if (!user) {
		log_msg(LOG_ERR, "%s:%u: %s", check->path, number, why);
		check->mistakes++;
		return 0;
	}
	if (strcmp(user->realm, check->realm)) {
		log_msg(LOG_ERR, "%s:%u: user '%s' has realm '%s', not '%s'", check->path,
			number, user->id, user->realm, check->realm);
		check->mistakes++;
		return 0;
	}
	check_id(check, number, user->id);

	more = array_room(check->seen, check->count, &check->size, sizeof(*more));
	if (!more)
		return -1;
	check->seen = more;
	memcpy(check->seen[check->count].id, user->id, sizeof(user->id));
	check->seen[check->count++].number = number;
	return 0;
}

/** compare_seen() - order by user id in any case, then by line */
static int compare_seen(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	int order = strcasecmp(x->id, y->id);

	return order ? order : (x->number > y->number) - (x->number < y->number);
}

/** report_double() - a line whose id is that of an earlier line, @first */
static void report_double(struct check *check, const struct seen *line,
			  const struct seen *first)
{
	if (strcmp(line->id, first->id))
		log_msg(LOG_ERR,
			"%s:%u: user '%s' differs from '%s' in line %u by case only",
			check->path, line->number, line->id, first->id, first->number);
	else
		log_msg(LOG_ERR, "%s:%u: user '%s' is in line %u already, which counts",
			check->path, line->number, line->id, first->number);
	check->mistakes++;
}

/** check_doubles() - report every line but the first of each user */
static void check_doubles(struct check *check)
{
	size_t i, first = 0;

	if (check->count)
		qsort(check->seen, check->count, sizeof(*check->seen), compare_seen);
	for (i = 1; i < check->count; i++) {
		if (strcasecmp(check->seen[i].id, check->seen[first].id))
			first = i;
		else
			report_double(check, &check->seen[i], &check->seen[first]);
	}
}

/**
 * users_check() - log every mistake of a users file as "file:line: what it is"
 * @path:	Users file
 * @realm:	Realm that all users should be of
 * @domain:	[server] domain; empty: tunnels have no names
 *
 * Return: number of mistakes, or -1 with errno for a file that cannot be read
 */
int users_check(const char *path, const char *realm, const char *domain)
{
	struct check check = {.path = path, .realm = realm, .domain = domain};
	int rc = users_each(path, check_line, &check);

	if (!rc)
		check_doubles(&check);
	free(check.seen);
	return rc ? rc : check.mistakes;
}

/** struct twin - what users_find_twin() looks for, and what it found */
struct twin {
	const struct user *user;
	char *out;
};

static int compare_twin(void *context, unsigned number, const struct user *user,
			const char *why)
{
	struct twin *twin = context;

	(void)number;
	(void)why;
	if (user && !strcmp(user->realm, twin->user->realm) &&
	    strcmp(user->id, twin->user->id) != 0 &&
	    !strcasecmp(user->id, twin->user->id))
		strcpy(twin->out, user->id);
	return 0;
}

/**
 * users_find_twin() - a user whose id differs from another's by case only
 * @path:	Users file
 * @user:	Id and realm of the other
 * @out:	Result: the twin's id; empty without one
 *
 * Return: 0, or -1 with errno for a file that cannot be read
 */
int users_find_twin(const char *path, const struct user *user, char out[USER_ID_MAX + 1])
{
	struct twin twin = {.user = user, .out = out};

	out[0] = '\0';
	return users_each(path, compare_twin, &twin);
}
