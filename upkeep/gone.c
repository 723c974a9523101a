/* SPDX-License-Identifier: MIT */
/*
 * gone.c - leases of users that the users file does not list
 *
 * An account that was removed by hand leaves its tunnel behind, which stays as long as its
 * client is heard. A file that cannot be read, or has a line that cannot be read, says nothing
 * about who is gone. A user of another realm is there: the realm may be a typing error.
 */
#include "upkeep/gone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "auth/users.h"
#include "lib/array.h"
#include "lib/log.h"

/** struct gone - gone_each() under way */
struct gone {
	char (*ids)[USER_ID_MAX + 1]; /* of all users, sorted */
	size_t count, size;
	bool invalid; /* the file has a line that cannot be read */
	time_t now;
	gone_visitor *visit;
	void *context;
};

/** note_user() - users_visitor(): add a user's id */
static int note_user(void *context, unsigned number, const struct user *user,
		     const char *why)
{
	struct gone *g = context;
	char(*more)[USER_ID_MAX + 1];

	(void)number;
	(void)why;
	g->invalid |= !user;
	if (!user)
		return 0;
	more = array_room(g->ids, g->count, &g->size, sizeof(*more));
	if (!more)
		return -1;
	g->ids = more;
	memcpy(g->ids[g->count++], user->id, sizeof(user->id));
	return 0;
}

/** compare() - for qsort() and bsearch() */
static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/** look() - table_visitor(): does the lease's user have an account? */
static int look(uint32_t number, const struct lease *lease, const char *why,
		void *context)
{
	struct gone *g = context;
	struct lease settled;

	(void)number;
	(void)why;
	if (!lease)
		return 0;
	settled = *lease;
	lease_settle(&settled);
	if (lease_is_active(&settled, g->now) &&
	    (!g->count ||
	     !bsearch(settled.owner, g->ids, g->count, sizeof(*g->ids), compare)))
		g->visit(g->context, &settled);
	return 0;
}

/**
 * gone_each() - visit active leases whose user is not in the users file
 * @f:		Files
 * @visit:	Called for each; for none if the users file cannot be read
 * @context:	For @visit
 *
 * Return: UPKEEP_OK, UPKEEP_ERROR, logged
 */
enum upkeep_result gone_each(struct files *f, gone_visitor *visit, void *context)
{
	const struct config *config = f->store.config;
	struct table *t = &f->store.tables[POOL_USERS];
	struct gone g = {.now = f->store.now(), .visit = visit, .context = context};
	int r = 0;

	if (t->fd < 0 || !(config->mechanisms & (MECHANISM_PLAIN | MECHANISM_DIGEST_MD5)))
		return UPKEEP_OK;
	if (!users_each(config->users, note_user, &g) && !g.invalid) {
		if (g.count)
			qsort(g.ids, g.count, sizeof(*g.ids), compare);
		r = table_each(t, look, &g);
		if (r)
			log_msg(LOG_ERR, "%s: %m", t->path);
	}
	free(g.ids);
	return r ? UPKEEP_ERROR : UPKEEP_OK;
}
