/* SPDX-License-Identifier: MIT */
/*
 * user_table.c - the users as "tspctl user list" shows them
 *
 * The users file says who may log in. When a user was last there is known from the user's
 * lease: a login that proves the client's address counts, and so does every answer through
 * the tunnel. Logins themselves are recorded in the journal only, which is rotated.
 *
 * Root reads the users file first: whoever reads leases becomes the owner of their directory.
 */
#include "ctl/ui/user_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "auth/users.h"
#include "ctl/ui/command.h"
#include "ctl/ui/output.h"
#include "lib/array.h"
#include "lib/log.h"
#include "lib/timestamp.h"

/** struct account - a row */
struct account {
	char id[USER_ID_MAX + 1];
	bool locked;
	unsigned line; /* of the users file */
	uint32_t leases;
	time_t heard; /* 0: never */
};

/** struct user_table - user_table_print() under way */
struct user_table {
	struct ctl *ctl;
	struct account *accounts;
	size_t count, size;
	size_t damaged;
	bool known; /* what the leases say */
	time_t now;
};

static const struct output_field fields[] = {
	{"user", "USER"},
	{"state", "STATE"},
	{"leases", "LEASES", .right = true},
	{"heard", "LAST HEARD", .spare = 1},
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/** add_user() - users_visitor(): a user of our realm, since a login has that realm */
static int add_user(void *context, unsigned number, const struct user *user,
		    const char *why)
{
	struct user_table *t = context;
	struct account *more, *account;

	if (!user) {
		log_msg(LOG_ERR, "%s:%u: %s", t->ctl->config.users, number, why);
		t->damaged++;
		return 0;
	}
	if (strcmp(user->realm, t->ctl->config.realm) != 0)
		return 0;
	more = array_room(t->accounts, t->count, &t->size, sizeof(*more));
	if (!more)
		return -1;
	t->accounts = more;
	account = &more[t->count++];
	*account = (struct account){.locked = user->locked, .line = number};
	memcpy(account->id, user->id, sizeof(account->id));
	return 0;
}

/** compare_ids() - by user id, then by line */
static int compare_ids(const void *a, const void *b)
{
	const struct account *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int compare_lines(const void *a, const void *b)
{
	const struct account *x = a, *y = b;

	return (x->line > y->line) - (x->line < y->line);
}

static int compare_to_id(const void *id, const void *account)
{
	return strcmp(id, ((const struct account *)account)->id);
}

/** sort_ids() - by id, the first line of each, which is the one that counts */
static void sort_ids(struct user_table *t)
{
	size_t i, kept = 0;

	if (t->count)
		qsort(t->accounts, t->count, sizeof(*t->accounts), compare_ids);
	for (i = 0; i < t->count; i++) {
		if (!kept || strcmp(t->accounts[i].id, t->accounts[kept - 1].id) != 0)
			t->accounts[kept++] = t->accounts[i];
	}
	t->count = kept;
}

/** add_lease() - table_visitor(): what a lease says of its user, also one that is over */
static int add_lease(uint32_t number, const struct lease *lease, const char *why,
		     void *context)
{
	struct user_table *t = context;
	struct account *account = NULL;
	struct lease settled;

	(void)number;
	(void)why;
	if (!lease || lease->state == LEASE_FREE || !t->count)
		return 0;
	account = bsearch(lease->owner, t->accounts, t->count, sizeof(*account),
			  compare_to_id);
	if (!account)
		return 0;
	settled = *lease;
	lease_settle(&settled);
	account->leases += lease_is_active(&settled, t->now);
	if (settled.tunnel.heard > account->heard)
		account->heard = settled.tunnel.heard;
	return 0;
}

/** read_leases() - 0; CTL_ERROR, reported: what leases say stays unknown */
static int read_leases(struct user_table *t)
{
	struct files files;
	int r = command_open_any(t->ctl, &files, TABLE_READ);

	if (r)
		return r;
	t->now = files.store.now();
	if (files.store.tables[POOL_USERS].fd >= 0) {
		r = table_each(&files.store.tables[POOL_USERS], add_lease, t) ? CTL_ERROR
									      : 0;
		t->known = !r;
	}
	files_close(&files);
	return r;
}

/** put_account() - print a row */
static void put_account(const struct user_table *t, struct output *output,
			const struct account *a)
{
	char exact[TIMESTAMP_LEN], ago[OUTPUT_TIME_LEN];
	struct output_value values[FIELDS] = {
		OUTPUT_TEXT_VALUE(a->id),
		OUTPUT_TEXT_VALUE(a->locked ? "locked" : "unlocked"),
		OUTPUT_NO_VALUE,
		OUTPUT_NO_VALUE,
	};

	if (t->known)
		values[2] = OUTPUT_NUMBER_VALUE(a->leases);
	if (a->heard) {
		timestamp_format(a->heard, exact);
		values[3] = OUTPUT_TEXT_VALUE(exact);
		values[3].people = output_time(a->heard, t->now, ago);
	}
	output_row(output, values);
}

/** print() - all rows, in the order of the users file; returns the exit status */
static int print(struct user_table *t, enum output_form form)
{
	struct output output;
	size_t i;

	if (t->count)
		qsort(t->accounts, t->count, sizeof(*t->accounts), compare_lines);
	output_begin(&output, form, fields, FIELDS);
	for (i = 0; i < t->count; i++)
		put_account(t, &output, &t->accounts[i]);
	if (output_end(&output))
		return CTL_ERROR;
	return t->damaged ? CTL_DAMAGED : CTL_OK;
}

/**
 * user_table_print() - print the users of our realm, and what their leases say of them
 * @ctl:	Run
 * @plain:	For scripts
 *
 * Return: CTL_OK; CTL_DAMAGED: the users file has invalid lines; CTL_ERROR; all reported
 */
int user_table_print(struct ctl *ctl, bool plain)
{
	struct user_table t = {.ctl = ctl};
	int r = users_each(ctl->config.users, add_user, &t), leases = 0;

	if (r && errno == EACCES)
		log_msg(LOG_ERR, "%s: no right to read it: be root", ctl->config.users);
	else if (r)
		log_msg(LOG_ERR, "%s: %m", ctl->config.users);
	if (r) {
		free(t.accounts);
		return CTL_ERROR;
	}
	sort_ids(&t);
	if (ctl->config.users_pool.present)
		leases = read_leases(&t);
	r = print(&t, ctl->json ? OUTPUT_JSON : plain ? OUTPUT_PLAIN : OUTPUT_COLUMNS);
	free(t.accounts);
	return leases ? leases : r;
}
