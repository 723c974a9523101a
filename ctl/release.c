/* SPDX-License-Identifier: MIT */
/* release.c - tspctl release: end leases because the operator says so */
#include "ctl/release.h"

#include <stdio.h>
#include <stdlib.h>

#include "ctl/ui/options.h"
#include "ctl/ui/view.h"
#include "lib/log.h"
#include "upkeep/ending.h"
#include "upkeep/lookup.h"

/** say() - one line of output for a lease that was released */
static int say(struct files *f, const struct store_ref *ref)
{
	struct view view;

	if (view_make(&f->store, ref->pool, &ref->lease, &view))
		return CTL_ERROR;
	printf("%s: released: %s, %s%s%s\n", view.name,
	       ref->pool == POOL_USERS ? ref->lease.owner : view.endpoint, view.address,
	       view.ipv6.prefix.len ? " and " : "",
	       view.ipv6.prefix.len ? view.prefix : "");
	return CTL_OK;
}

/**
 * release_lease() - take a lease's tunnel down and end it
 * @ctl:	Run
 * @f:		Files, open for TABLE_SERVE
 * @ref:	Lease as it was found
 * @text:	What people call it
 *
 * Return: CTL_OK; CTL_FAILED: it is over already, a session is at it, its tunnel does not
 * come down; CTL_ERROR; all of them reported
 */
int release_lease(struct ctl *ctl, struct files *f, const struct store_ref *ref,
		  const char *text)
{
	struct ending *ending = malloc(sizeof(*ending));
	enum ending_result r;

	if (!ending) {
		log_msg(LOG_ERR, "%m");
		return CTL_ERROR;
	}
	ending_begin(ending, ctl, f);
	r = ending_one(ending, ref, ENDING_NOW, "was released:");
	free(ending);
	switch (r) {
	case ENDING_OK:
		return say(f, ref);
	case ENDING_GONE:
		log_msg(LOG_ERR, "no lease for '%s': %s/%u is over already", text,
			pool_name(ref->pool), ref->lease.number);
		break;
	case ENDING_HELD:
		log_msg(LOG_ERR,
			"'%s': a session is at work on lease %s/%u: try again in %u s",
			text, pool_name(ref->pool), ref->lease.number,
			ctl->config.session_seconds);
		break;
	case ENDING_FAILED:
		log_msg(LOG_ERR, "'%s': lease %s/%u was not released", text,
			pool_name(ref->pool), ref->lease.number);
		break;
	}
	return CTL_FAILED;
}

/** release() - one WHO */
static int release(struct ctl *ctl, struct files *f, const char *text,
		   enum pool_kind pool)
{
	static struct lookup who;
	int r = lookup_find(f, text, pool, &who);

	if (!r)
		r = lookup_judge(f, &who);
	return r ? r : release_lease(ctl, f, &who.refs[0], text);
}

int ctl_release(struct ctl *ctl, int argc, char **argv)
{
	enum pool_kind pool = OPTIONS_ANY_POOL;
	const struct option_spec specs[] = {{"pool", OPTION_POOL, &pool}};
	struct files files;
	int i, r, worst = CTL_OK;
	int first = options_parse(ctl, argc, argv, specs, 1, 1, OPTIONS_MANY);

	if (first < 0)
		return CTL_USAGE;
	r = files_open(ctl, &files, TABLE_SERVE);
	if (r)
		return r;
	for (i = first; i < argc && worst != CTL_ERROR; i++) {
		r = release(ctl, &files, argv[i], pool);
		worst = r > worst ? r : worst;
	}
	files_close(&files);
	return files_exit(&files, worst);
}
