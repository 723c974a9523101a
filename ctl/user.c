/* SPDX-License-Identifier: MIT */
/* user.c - tspctl user: add, change, delete and list users */
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
#include "ctl/ui/output.h"
#include "ctl/ui/password.h"
#include "ctl/ui/who.h"
#include "lib/log.h"
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

static int add(struct ctl *ctl, const char *id)
{
	return set_password(ctl, id, USERS_ADD);
}

static int passwd(struct ctl *ctl, const char *id)
{
	return set_password(ctl, id, USERS_DIGEST);
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

/** struct listing - list() under way */
struct listing {
	struct ctl *ctl;
	struct output output;
	size_t damaged;
};

static int list_user(void *context, unsigned number, const struct user *user,
		     const char *why)
{
	struct listing *l = context;
	struct output_value value;

	if (!user) {
		log_msg(LOG_ERR, "%s:%u: %s", l->ctl->config.users, number, why);
		l->damaged++;
		return 0;
	}
	if (strcmp(user->realm, l->ctl->config.realm) != 0)
		return 0; /* a login has our realm */
	value = OUTPUT_TEXT_VALUE(user->id);
	output_row(&l->output, &value);
	return 0;
}

static int list(struct ctl *ctl, const char *id)
{
	static const struct output_field field = {"user"};
	struct listing l = {.ctl = ctl};
	int r;

	(void)id;
	output_begin(&l.output, ctl->json ? OUTPUT_JSON : OUTPUT_PLAIN, &field, 1);
	r = users_each(ctl->config.users, list_user, &l);
	if (r && errno == EACCES)
		log_msg(LOG_ERR, "%s: no right to read it: be root", ctl->config.users);
	else if (r)
		log_msg(LOG_ERR, "%s: %m", ctl->config.users);
	if (output_end(&l.output) || r)
		return CTL_ERROR;
	return l.damaged ? CTL_DAMAGED : CTL_OK;
}

static const struct {
	const char *name;
	int (*run)(struct ctl *ctl, const char *id);
	bool wants_id;
} actions[] = {
	{"add", add, true},
	{"passwd", passwd, true},
	{"del", del, true},
	{"list", list, false},
};

int ctl_user(struct ctl *ctl, int argc, char **argv)
{
	bool dry = false, yes = false;
	const struct option_spec specs[] = {{"dry-run", OPTION_FLAG, &dry},
					    {"yes", OPTION_FLAG, &yes}};
	int first = options_parse(ctl, argc, argv, specs, 2, 1, 2);
	size_t i;

	if (first < 0)
		return CTL_USAGE;
	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(argv[first], actions[i].name) != 0)
			continue;
		if (argc - first != 1 + actions[i].wants_id) {
			log_msg(LOG_ERR, "user %s: %s", actions[i].name,
				actions[i].wants_id ? "a user is missing"
						    : "one word too many");
			return CTL_USAGE;
		}
		if (actions[i].run == del)
			return dry ? try_del(ctl, argv[first + 1])
				   : ask_del(ctl, argv[first + 1], yes);
		if (!dry && !yes)
			return actions[i].run(ctl, argv[first + 1]);
		log_msg(LOG_ERR, "user %s: has no --%s", actions[i].name,
			dry ? "dry-run" : "yes");
		return CTL_USAGE;
	}
	log_msg(LOG_ERR, "user: no such action: '%s'", argv[first]);
	return CTL_USAGE;
}
