/* SPDX-License-Identifier: MIT */
/* who.c - the lease that an operator names: find it, show a choice, end it */
#include "ctl/ui/who.h"

#include <stdio.h>

#include "ctl/ui/view.h"
#include "lib/log.h"
#include "upkeep/ending.h"

/**
 * who_find() - find all leases that a text can mean
 *
 * Arguments are those of lookup_find().
 *
 * Return: 0, even if nothing is found; CTL_ERROR, reported
 */
int who_find(struct files *f, const char *text, enum pool_kind pool, struct lookup *out)
{
	return lookup_find(f, text, pool, out) ? CTL_ERROR : 0;
}

/** say_damaged() - report damaged lines that may be meant */
static int say_damaged(const struct files *f, const struct lookup *who)
{
	size_t i;

	for (i = 0; i < who->damaged; i++) {
		const struct store_ref *d = &who->damaged_refs[i];

		log_msg(LOG_ERR,
			"%s:%u: line of lease %s/%u is damaged; see 'tspctl check'",
			f->store.tables[d->pool].path, d->lease.number + 1,
			pool_name(d->pool), d->lease.number);
	}
	return CTL_DAMAGED;
}

/**
 * who_choices() - list all leases that an ambiguous text can mean
 * @f:		Files
 * @who:	From who_find(), with more than one lease
 * @form:	For people or for machines
 *
 * Return: CTL_FAILED; CTL_ERROR, reported
 */
int who_choices(struct files *f, const struct lookup *who, enum output_form form)
{
	struct output output;
	struct view view;
	size_t i;

	log_msg(LOG_ERR, "'%s' can be any of %zu leases%s", who->text, who->count,
		form == OUTPUT_JSON ? "" : ": name one as in the first column");
	output_begin(&output, form, view_fields, VIEW_FIELDS_PLAIN);
	for (i = 0; i < who->count; i++) {
		if (view_make(&f->store, who->refs[i].pool, &who->refs[i].lease, &view))
			return CTL_ERROR;
		output_row(&output, view.values);
	}
	return output_end(&output) ? CTL_ERROR : CTL_FAILED;
}

/**
 * who_judge() - a text must mean exactly one lease; anything else is reported
 * @f:		Files
 * @who:	From who_find()
 *
 * Return: 0: who->refs[0] is the lease; CTL_FAILED: none, or several; CTL_DAMAGED: its line
 * may be a damaged one; CTL_ERROR
 */
int who_judge(struct files *f, const struct lookup *who)
{
	if (who->count == 1)
		return 0;
	if (who->count > 1)
		return who_choices(f, who, OUTPUT_COLUMNS);
	if (who->damaged)
		return say_damaged(f, who);
	log_msg(LOG_ERR, "no lease for '%s'", who->text);
	return CTL_FAILED;
}

/** say_released() - print a line for a lease that was released, or would be */
static int say_released(struct files *f, const struct store_ref *ref, const char *what)
{
	struct view view;

	if (view_make(&f->store, ref->pool, &ref->lease, &view))
		return CTL_ERROR;
	printf("%s: %s: %s, %s%s%s\n", view.name, what,
	       ref->pool == POOL_USERS ? ref->lease.owner : view.endpoint, view.address,
	       view.ipv6.prefix.len ? " and " : "",
	       view.ipv6.prefix.len ? view.prefix : "");
	return CTL_OK;
}

/**
 * who_release() - take a lease's tunnel down, end the lease, and say so
 * @f:		Files, open for TABLE_SERVE
 * @ref:	Lease as it was found
 * @text:	The text that means it
 * @dry:	Only say what would be done; TABLE_READ suffices
 *
 * Return: CTL_OK; CTL_FAILED: the lease has ended already, a session holds it, or its tunnel
 * does not come down; CTL_ERROR; all reported
 */
int who_release(struct files *f, const struct store_ref *ref, const char *text, bool dry)
{
	const char *pool = pool_name(ref->pool);
	uint32_t number = ref->lease.number;

	if (dry && lease_in_use(&ref->lease))
		return say_released(f, ref, "would be released");
	if (dry) {
		log_msg(LOG_ERR, "no lease for '%s': %s/%u has ended already", text, pool,
			number);
		return CTL_FAILED;
	}
	switch (ending_one(f, ref, ENDING_NOW, "was released:")) {
	case ENDING_OK:
		return say_released(f, ref, "released");
	case ENDING_GONE:
		log_msg(LOG_ERR, "no lease for '%s': %s/%u has ended already", text, pool,
			number);
		break;
	case ENDING_HELD:
		log_msg(LOG_ERR,
			"'%s': a session is at work on lease %s/%u: try again in %u s",
			text, pool, number, f->store.config->session_seconds);
		break;
	case ENDING_FAILED:
		log_msg(LOG_ERR, "'%s': lease %s/%u was not released", text, pool,
			number);
		break;
	}
	return CTL_FAILED;
}
