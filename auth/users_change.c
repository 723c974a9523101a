/* SPDX-License-Identifier: MIT */
/*
 * users_change.c - add, change and remove lines of the users file
 *
 * The file is replaced, never written to (lib/atomic_file.c), so that a login meanwhile
 * reads all of the old file or all of the new one. Lines of other users, comments and
 * invalid lines are copied unchanged.
 */
#include "auth/users.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/atomic_file.h"

/** struct edit - a change under way */
struct edit {
	enum users_change change;
	const struct user *user;
	unsigned found; /* lines of the user so far */
};

/** is_theirs() - the line is the user's; @out: its content */
static bool is_theirs(const struct user *user, const char *line, size_t len,
		      struct user *out)
{
	const char *why;

	return len <= USERS_LINE_MAX && users_parse_line(line, len, out, &why) == 1 &&
	       !strcmp(out->id, user->id) && !strcmp(out->realm, user->realm);
}

static void put_user(FILE *file, const struct user *user)
{
	fprintf(file, "%s:%s:%s%s\n", user->id, user->realm,
		user->locked ? USERS_LOCK_MARK : "", user->digest);
}

/** put_changed() - write the changed line of the user, unless the change removes it */
static void put_changed(const struct edit *edit, struct user *user, FILE *to)
{
	switch (edit->change) {
	case USERS_ADD:
	case USERS_REMOVE:
		return;
	case USERS_DIGEST:
		memcpy(user->digest, edit->user->digest, sizeof(user->digest));
		break;
	case USERS_LOCK:
	case USERS_UNLOCK:
		user->locked = edit->change == USERS_LOCK;
		break;
	}
	put_user(to, user);
}

/** copy_line() - a line of the new file; of several lines of the user one stays */
static void copy_line(struct edit *edit, const char *line, size_t len, FILE *to)
{
	struct user user;

	if (!is_theirs(edit->user, line, len, &user)) {
		fwrite(line, 1, len, to);
		putc('\n', to);
	} else if (!edit->found++) {
		put_changed(edit, &user, to);
	}
	explicit_bzero(&user, sizeof(user));
}

/** copy() - the new file; 0, or -1 with errno */
static int copy(struct edit *edit, FILE *from, FILE *to)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, from)) > 0) {
		if (line[n - 1] == '\n')
			n--;
		copy_line(edit, line, (size_t)n, to);
	}
	if (line)
		explicit_bzero(line, size);
	free(line);
	if (ferror(from))
		return -1;
	if (edit->change == USERS_ADD)
		put_user(to, edit->user);
	return 0;
}

/** give_to_group() - the owner writes a created file, the group reads it */
static int give_to_group(const struct atomic_file *r, gid_t group)
{
	if (geteuid() != 0 || group == (gid_t)-1)
		return 0;
	return fchown(fileno(r->old), (uid_t)-1, group) ||
	       fchown(fileno(r->new), (uid_t)-1, group) || fchmod(fileno(r->old), 0640) ||
	       fchmod(fileno(r->new), 0640);
}

/**
 * users_change() - change one user, atomically, with owner and mode of the file kept
 * @path:	Users file; USERS_ADD creates a missing one
 * @change:	What to do
 * @user:	Id and realm; the digest for USERS_ADD and USERS_DIGEST
 * @group:	Group that reads a file which root creates; -1: none
 *
 * Return: 0; -1 with EEXIST if the user to be added exists, ENOENT if the user to be
 * changed does not, else as open() and write()
 */
int users_change(const char *path, enum users_change change, const struct user *user,
		 gid_t group)
{
	struct edit edit = {.change = change, .user = user};
	struct atomic_file r;

	if (change != USERS_ADD && access(path, F_OK))
		return -1;
	if (atomic_file_begin(&r, path, 0600, true))
		return -1;
	if ((r.created && give_to_group(&r, group)) || copy(&edit, r.old, r.new)) {
		atomic_file_abort(&r);
		return -1;
	}
	if ((change == USERS_ADD) == (edit.found > 0)) {
		atomic_file_abort(&r);
		errno = edit.found ? EEXIST : ENOENT;
		return -1;
	}
	return atomic_file_commit(&r);
}
