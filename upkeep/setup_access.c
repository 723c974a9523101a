/* SPDX-License-Identifier: MIT */
/*
 * setup_access.c - may sessions use what the configuration names?
 *
 * Root may use everything, so the questions are asked by a child that has become the user of
 * sessions. Another user asks for itself.
 */
#include "upkeep/setup_access.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "upkeep/as_owner.h"

#define CURE_MAX 320

/** barrier() - the first directory of a path that cannot be entered; false: all can */
static bool barrier(const char *path, char out[PATH_MAX])
{
	const char *slash = path;

	while ((slash = strchr(slash + 1, '/'))) {
		snprintf(out, PATH_MAX, "%.*s", (int)(slash - path), path);
		if (access(out, X_OK) && errno == EACCES)
			return true;
	}
	return false;
}

/** complain() - user @c->user may not do something with a path; counts one */
static int complain(const struct config *c, const char *key, const char *what,
		    const char *path, const char *cure)
{
	char dir[PATH_MAX];

	if (barrier(path, dir))
		log_msg(LOG_ERR,
			"%s: %s: user '%s' cannot enter %s: '%s': 'chmod o+x' for that "
			"directory, or another path",
			c->path, key, c->user, dir, path);
	else
		log_msg(LOG_ERR, "%s: %s: user '%s' cannot %s it: '%s': %s", c->path, key,
			c->user, what, path, cure);
	return 1;
}

/** group_cure() - the commands that let the group of this process read a file */
static const char *group_cure(char out[CURE_MAX])
{
	const struct group *group = getgrgid(getegid());

	snprintf(out, CURE_MAX, "'chgrp %s' and 'chmod 640'",
		 group ? group->gr_name : "tsp");
	return out;
}

/** denied() - the path is there, and this process has no right to it */
static bool denied(const char *path, int mode)
{
	return access(path, mode) && errno == EACCES;
}

/** nobody_may_run() - the template is not a program: setup.c reports that */
static bool nobody_may_run(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !(st.st_mode & 0111);
}

/** ask() - as_owner_session(): the number of findings, each logged */
static int ask(void *context)
{
	const struct config *c = context;
	char owner[CURE_MAX], group[CURE_MAX];
	int findings = 0;
	size_t i;

	snprintf(owner, sizeof(owner), "'chown %s'", c->user);
	if (denied(c->template, R_OK | X_OK) && !nobody_may_run(c->template))
		findings += complain(c, "template", "read and run", c->template,
				     "'chmod 755'");
	if (c->mechanisms & (MECHANISM_PLAIN | MECHANISM_DIGEST_MD5) &&
	    denied(c->users, R_OK))
		findings += complain(c, "users", "read", c->users, group_cure(group));
	if (denied(c->state, R_OK | W_OK | X_OK))
		findings += complain(c, "state", "write to", c->state, owner);
	for (i = 0; i < c->writable_count; i++) {
		if (denied(c->writable[i], W_OK))
			findings += complain(c, "writable", "write to", c->writable[i],
					     owner);
	}
	return findings;
}

/** missing_writable() - paths of "writable" that do not exist: a session could not start */
static int missing_writable(const struct config *c)
{
	int findings = 0;
	struct stat st;
	size_t i;

	for (i = 0; i < c->writable_count; i++) {
		if (!stat(c->writable[i], &st))
			continue;
		log_msg(LOG_ERR,
			"%s: writable: %m: '%s': make it, or take it out of the list",
			c->path, c->writable[i]);
		findings++;
	}
	return findings;
}

/**
 * setup_access_check() - look at the rights of the user of sessions
 * @config:	A configuration that loaded without a mistake
 *
 * Return: number of findings, each of them logged
 */
int setup_access_check(const struct config *config)
{
	struct passwd *pw = getpwnam(config->user);
	struct config copy = *config;
	int r = 0;

	if (pw && (geteuid() == 0 || geteuid() == pw->pw_uid))
		r = as_owner_session(config, ask, &copy);
	return missing_writable(config) + (r < 0 ? 1 : r);
}
