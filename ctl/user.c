/* SPDX-License-Identifier: MIT */
/* user.c - tspctl user: add, change, lock, delete and list users */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "alloc/scan.h"
#include "auth/users.h"
#include "ctl/ui/command.h"
#include "ctl/ui/confirm.h"
#include "ctl/ui/options.h"
#include "ctl/ui/password.h"
#include "ctl/ui/user_table.h"
#include "ctl/ui/who.h"
#include "lib/log.h"
#include "lib/suggest.h"
#include "lib/tunnel_name.h"

#define HELD_MS 50 /* between two checks of a lease that a session holds */

/** fail() - report why a change of the users file failed; returns the exit status */
static int fail(const struct ctl *ctl, const char *id)
{
	const char *path = ctl->config.users;

	switch (errno) {
	case EEXIST:
		log_msg(LOG_ERR,
			"user '%s' exists already: 'tspctl user passwd %s' changes the "
			"password",
			id, id);
		return CTL_FAILED;
	case ENOENT:
		if (!access(path, F_OK)) {
			log_msg(LOG_ERR, "no user '%s' of realm '%s' in %s", id,
				ctl->config.realm, path);
			return CTL_FAILED;
		}
		break;
	case EACCES:
	case EPERM:
		log_msg(LOG_ERR,
			"%s: no right to replace it: be root, or a user who may write to "
			"it "
			"and to its directory",
			path);
		return CTL_ERROR;
	default:
		break;
	}
	log_msg(LOG_ERR, "%s: cannot be changed: %m", path);
	return CTL_ERROR;
}

/** name_user() - check the id, set id and realm; 0, or CTL_FAILED, reported */
static int name_user(const struct ctl *ctl, const char *id, struct user *out)
{
	memset(out, 0, sizeof(*out));
	if (!parse_is_user_id(id, strlen(id))) {
		log_msg(LOG_ERR,
			"a user id is 1 to 63 letters, digits and ._@+-, and begins with "
			"a letter or digit: '%s'",
			id);
		return CTL_FAILED;
	}
	memcpy(out->id, id, strlen(id));
	snprintf(out->realm, sizeof(out->realm), "%s", ctl->config.realm);
	return 0;
}

/** check_there() - before asking for a password, check that the user exists, or does not */
static int check_there(const struct ctl *ctl, const char *id, enum users_change change)
{
	struct user found;
	int there =
		users_find(ctl->config.users, ctl->config.realm, id, strlen(id), &found);

	explicit_bzero(&found, sizeof(found));
	if (there < 0 && !(errno == ENOENT && change == USERS_ADD))
		return fail(ctl, id);
	errno = there > 0 ? EEXIST : ENOENT;
	return (there > 0) == (change == USERS_ADD) ? fail(ctl, id) : 0;
}

/** check_new() - refuse an id that would be taken for another; 0 or the exit status */
static int check_new(const struct ctl *ctl, const struct user *user)
{
	char twin[USER_ID_MAX + 1], name[TUNNEL_NAME_MAX];

	if (users_is_reserved(user->id)) {
		log_msg(LOG_ERR, "user '%s' would be taken for an anonymous client",
			user->id);
		return CTL_FAILED;
	}
	if (users_find_twin(ctl->config.users, user, twin) && errno != ENOENT)
		return fail(ctl, user->id);
	if (*twin) {
		log_msg(LOG_ERR,
			"user '%s' differs from '%s' by case only: their tunnels would "
			"share a name",
			user->id, twin);
		return CTL_FAILED;
	}
	if (tunnel_name_make(user->id, ctl->config.domain, name))
		log_msg(LOG_WARNING,
			"'%s.%s' is not a DNS name; the tunnel of this user has no name",
			user->id, ctl->config.domain);
	return CTL_OK;
}

/** note_charset() - warn of a password that clients encode in different ways */
static void note_charset(const char *password, int len)
{
	int i;

	for (i = 0; i < len; i++) {
		if ((unsigned char)password[i] > '~') {
			log_msg(LOG_WARNING,
				"the password is not ASCII: many clients cannot log in "
				"with it, with DIGEST-MD5 hardly any");
			return;
		}
	}
}

/** readers() - the group of sessions, which must be able to read a new users file */
static gid_t readers(const struct ctl *ctl)
{
	struct passwd *pw = NULL;
	struct stat st;

	/* not the directory's group: its members may read leases and no passwords */
	if (!stat(ctl->config.state, &st))
		pw = getpwuid(st.st_uid);
	return pw ? pw->pw_gid : (gid_t)-1;
}

/** set_password() - add a user, or change a password; returns the exit status */
static int set_password(struct ctl *ctl, const char *id, enum users_change change)
{
	char password[PASSWORD_MAX + 1];
	struct user user;
	int len, r = name_user(ctl, id, &user);

	if (!r)
		r = check_there(ctl, id, change);
	if (!r && change == USERS_ADD)
		r = check_new(ctl, &user);
	if (r)
		return r;
	len = password_read(password);
	if (len < 0)
		return CTL_FAILED;
	note_charset(password, len);
	users_digest(id, strlen(id), user.realm, password, (size_t)len, user.digest);
	explicit_bzero(password, sizeof(password));
	if (users_change(ctl->config.users, change, &user, readers(ctl)))
		r = fail(ctl, id);
	else
		printf("%s: %s\n", id,
		       change == USERS_ADD ? "added" : "password changed");
	explicit_bzero(&user, sizeof(user));
	return r;
}

/** await_session() - wait until no session works on a lease, or session_seconds are over */
static void await_session(const struct files *f, uint32_t number)
{
	const struct timespec pause = {.tv_nsec = HELD_MS * 1000000L};
	long tries = (long)f->store.config->session_seconds * 1000 / HELD_MS;

	while (tries-- > 0 && table_is_held(&f->store.tables[POOL_USERS], number) == 1)
		nanosleep(&pause, NULL);
}

/** release_of() - end the leases of a user who has been deleted */
static int release_of(struct files *f, const char *id, bool dry)
{
	struct table *t = &f->store.tables[POOL_USERS];
	struct store_ref ref = {.pool = POOL_USERS};
	uint32_t numbers[16];
	int i, n, r, worst = CTL_OK;

	if (t->fd < 0)
		return f->damaged ? CTL_DAMAGED : CTL_OK;
	n = scan_owner(t, id, numbers, sizeof(numbers) / sizeof(numbers[0]));
	for (i = 0; i < n; i++) {
		if (!dry)
			await_session(f, numbers[i]);
		r = table_look(t, numbers[i], &ref.lease);
		if (r)
			r = errno == EBADMSG ? CTL_DAMAGED : CTL_ERROR;
		if (!r && lease_in_use(&ref.lease))
			r = who_release(f, &ref, id, dry);
		worst = r > worst ? r : worst;
	}
	return n < 0 ? CTL_ERROR : worst;
}

/**
 * del() - delete a user, then end the lease, so that no login comes in between
 *
 * A session that logged in before and has no lease yet is refused when its client accepts;
 * one that has made an offer is waited for.
 *
 * If an interrupted run has deleted the user already, this one ends the lease.
 */
static int del(struct ctl *ctl, const char *id)
{
	struct files files;
	struct user user;
	int r = name_user(ctl, id, &user), unknown = CTL_OK;

	if (r)
		return r;
	if (!users_change(ctl->config.users, USERS_REMOVE, &user, (gid_t)-1))
		printf("%s: deleted\n", id);
	else if (errno == ENOENT)
		unknown = fail(ctl, id);
	else
		return fail(ctl, id);
	fflush(stdout);
	if (!ctl->config.users_pool.present)
		return unknown;
	r = command_open(ctl, &files, TABLE_SERVE);
	if (!r) {
		r = release_of(&files, id, false);
		files_close(&files);
	}
	if (r)
		log_msg(LOG_ERR, "if '%s' had a lease, it may still exist", id);
	return r ? r : unknown;
}

/** ask_del() - del(), after a question */
static int ask_del(struct ctl *ctl, const char *id, bool yes)
{
	struct user user;
	int r = name_user(ctl, id, &user);

	if (!r)
		r = confirm(yes, "Delete the account %s and end its lease", id);
	return r ? r : del(ctl, id);
}

/** try_del() - report what del() would do */
static int try_del(struct ctl *ctl, const char *id)
{
	struct files files;
	struct user user;
	int r = name_user(ctl, id, &user), unknown;

	if (r)
		return r;
	unknown = check_there(ctl, id, USERS_REMOVE);
	if (!unknown)
		printf("%s: would be deleted\n", id);
	if (unknown == CTL_ERROR || !ctl->config.users_pool.present)
		return unknown;
	r = command_open(ctl, &files, TABLE_READ);
	if (r)
		return r;
	r = release_of(&files, id, true);
	files_close(&files);
	return r ? r : unknown;
}

/** lock() - let a user log in no more, or again; the lease stays */
static int lock(struct ctl *ctl, const char *id, enum users_change change)
{
	const char *done = change == USERS_LOCK ? "locked" : "unlocked";
	struct user user;
	int r = name_user(ctl, id, &user);

	if (r)
		return r;
	if (users_change(ctl->config.users, change, &user, (gid_t)-1))
		return fail(ctl, id);
	printf("%s: %s\n", id, done);
	return CTL_OK;
}

/** struct request - what was asked for: a user, and flags */
struct request {
	const char *id; /* NULL: none */
	bool dry, yes, plain;
};

static int do_add(struct ctl *ctl, const struct request *request)
{
	return set_password(ctl, request->id, USERS_ADD);
}

static int do_passwd(struct ctl *ctl, const struct request *request)
{
	return set_password(ctl, request->id, USERS_DIGEST);
}

static int do_del(struct ctl *ctl, const struct request *request)
{
	return request->dry ? try_del(ctl, request->id)
			    : ask_del(ctl, request->id, request->yes);
}

static int do_lock(struct ctl *ctl, const struct request *request)
{
	return lock(ctl, request->id, USERS_LOCK);
}

static int do_unlock(struct ctl *ctl, const struct request *request)
{
	return lock(ctl, request->id, USERS_UNLOCK);
}

static int do_list(struct ctl *ctl, const struct request *request)
{
	return user_table_print(ctl, request->plain);
}

/** struct action - a word behind "user" */
struct action {
	const char *name;
	int (*run)(struct ctl *ctl, const struct request *request);
	bool wants_id;
};

static const struct action actions[] = {
	{"add", do_add, true},   {"passwd", do_passwd, true}, {"del", do_del, true},
	{"lock", do_lock, true}, {"unlock", do_unlock, true}, {"list", do_list, false},
};
#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

/** find_action() - NULL, reported: there is none of this name */
static const struct action *find_action(const char *name)
{
	struct suggest near;
	char text[SUGGEST_TEXT];
	size_t i;

	suggest_begin(&near, name, strlen(name));
	for (i = 0; i < ACTIONS; i++) {
		if (!strcmp(name, actions[i].name))
			return &actions[i];
		suggest_offer(&near, actions[i].name);
	}
	log_msg(LOG_ERR, "user: no such action: '%s'%s", name,
		suggest_text(&near, "", text));
	return NULL;
}

/** check_flags() - refuse a flag that the action does not have; 0 or CTL_USAGE, reported */
static int check_flags(const struct action *action, const struct request *request)
{
	bool del = action->run == do_del, list = action->run == do_list;
	const char *wrong = NULL;

	if (request->dry && !del)
		wrong = "dry-run";
	else if (request->yes && !del)
		wrong = "yes";
	else if (request->plain && !list)
		wrong = "plain";
	if (!wrong)
		return 0;
	log_msg(LOG_ERR, "user %s: has no --%s", action->name, wrong);
	return CTL_USAGE;
}

int ctl_user(struct ctl *ctl, int argc, char **argv)
{
	struct request request = {.id = NULL};
	const struct option_spec specs[] = {{"dry-run", OPTION_FLAG, &request.dry},
					    {"yes", OPTION_FLAG, &request.yes},
					    {"plain", OPTION_FLAG, &request.plain}};
	int first = options_parse(ctl, argc, argv, specs, 3, 1, 2);
	const struct action *action = first < 0 ? NULL : find_action(argv[first]);

	if (!action)
		return CTL_USAGE;
	if (argc - first != 1 + action->wants_id) {
		log_msg(LOG_ERR, "user %s: %s", action->name,
			action->wants_id ? "a user is missing" : "one word too many");
		return CTL_USAGE;
	}
	request.id = action->wants_id ? argv[first + 1] : NULL;
	return check_flags(action, &request) ? CTL_USAGE : action->run(ctl, &request);
}
