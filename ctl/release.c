/* SPDX-License-Identifier: MIT */
/* release.c - tspctl release: take tunnels down and end their leases */
#include "ctl/ui/command.h"
#include "ctl/ui/confirm.h"
#include "ctl/ui/options.h"
#include "ctl/ui/who.h"

/** ask() - may this lease end? 0, or CTL_FAILED, reported */
static int ask(const struct store_ref *ref, bool yes)
{
	return confirm(yes || !lease_in_use(&ref->lease),
		       "End lease %s/%u of %s and its tunnel", pool_name(ref->pool),
		       ref->lease.number, ref->lease.owner);
}

/** release() - release the lease that @text means; returns the exit status */
static int release(struct files *f, const char *text, enum pool_kind pool, bool dry,
		   bool yes)
{
	static struct lookup who;
	int r = who_find(f, text, pool, &who);

	if (!r)
		r = who_judge(f, &who);
	if (!r && !dry)
		r = ask(&who.refs[0], yes);
	return r ? r : who_release(f, &who.refs[0], text, dry);
}

int ctl_release(struct ctl *ctl, int argc, char **argv)
{
	enum pool_kind pool = POOL_ANY;
	bool dry = false, yes = false;
	const struct option_spec specs[] = {{"pool", OPTION_POOL, &pool},
					    {"dry-run", OPTION_FLAG, &dry},
					    {"yes", OPTION_FLAG, &yes}};
	struct files files;
	int i, r, worst = CTL_OK;
	int first = options_parse(ctl, argc, argv, specs, 3, 1, OPTIONS_MANY);

	if (first < 0)
		return CTL_USAGE;
	r = command_open(ctl, &files, dry ? TABLE_READ : TABLE_SERVE);
	if (r)
		return r;
	for (i = first; i < argc && worst != CTL_ERROR; i++) {
		r = release(&files, argv[i], pool, dry, yes);
		worst = r > worst ? r : worst;
	}
	files_close(&files);
	return command_exit(&files, worst);
}
