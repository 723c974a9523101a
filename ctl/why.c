/* SPDX-License-Identifier: MIT */
/*
 * why.c - tspctl why: why can a client not connect?
 *
 * First the account or the address, then recent refusals, newest first, last the leases: the
 * journal and the users file are read as the caller, who becomes the leases' owner afterwards.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "alloc/scan.h"
#include "auth/users.h"
#include "ctl/ui/command.h"
#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
#include "ctl/ui/view.h"
#include "lib/addr.h"
#include "lib/log.h"
#include "lib/timestamp.h"
#include "upkeep/lookup.h"
#include "upkeep/refusals.h"

#define SINCE "-7d"
#define SHOWN 20 /* refusals */

/** struct why - ctl_why() under way */
struct why {
	struct ctl *ctl;
	const char *text;
	bool address; /* @text is an IPv4 address, and no user */
	struct output output;
	size_t shown;
};

static const struct output_field fields[] = {
	{"time", "TIME"},     {"event", "WHAT"}, {"status", "STATUS", .right = true},
	{"endpoint", "IPV4"}, {"text", "WHY"},
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/** fact() - print something that is true now */
static void fact(struct why *w, const char *what, const char *text)
{
	const struct output_value values[FIELDS] = {
		OUTPUT_TEXT_VALUE("now"), OUTPUT_TEXT_VALUE(what), OUTPUT_NO_VALUE,
		OUTPUT_NO_VALUE,          OUTPUT_TEXT_VALUE(text),
	};

	output_row(&w->output, values);
}

/** put() - refusals_visitor(): print a refusal */
static int put(void *context, const struct refusal *r)
{
	struct why *w = context;
	char time[TIMESTAMP_LEN];
	const struct output_value values[FIELDS] = {
		OUTPUT_TEXT_VALUE(time),
		OUTPUT_TEXT_VALUE(r->event),
		r->status ? OUTPUT_NUMBER_VALUE(r->status) : OUTPUT_NO_VALUE,
		*r->peer ? OUTPUT_TEXT_VALUE(r->peer) : OUTPUT_NO_VALUE,
		OUTPUT_TEXT_VALUE(*r->reason ? r->reason : r->message),
	};

	timestamp_format(r->at, time);
	output_row(&w->output, values);
	return ++w->shown >= SHOWN;
}

/** say_account() - is the user in the users file? */
static void say_account(struct why *w)
{
	const struct config *c = &w->ctl->config;
	char text[2 * PATH_MAX];
	struct user user = {.locked = false};
	int there = users_find(c->users, c->realm, w->text, strlen(w->text), &user);
	bool locked = user.locked;

	explicit_bzero(&user, sizeof(user));
	if (there > 0 && locked)
		snprintf(text, sizeof(text), "locked: 'tspctl user unlock %s'", w->text);
	else if (there > 0)
		snprintf(text, sizeof(text), "in %s", c->users);
	else if (there == 0)
		snprintf(text, sizeof(text),
			 "not in %s with realm %s: 'tspctl user add %s'", c->users,
			 c->realm, w->text);
	else
		snprintf(text, sizeof(text), "%s: %s", c->users, strerror(errno));
	fact(w, "account", text);
	if (!c->users_pool.present)
		fact(w, "pool", "no [pool users]: nobody with an account is served");
}

/** say_address() - may the address connect? */
static void say_address(struct why *w, struct in_addr address)
{
	const struct config *c = &w->ctl->config;
	const char *refused = config_refuses(c, address);
	char text[128];

	if (refused)
		snprintf(text, sizeof(text), "%s, and not in [server] accept: status 501",
			 refused);
	else
		snprintf(text, sizeof(text), "may connect");
	fact(w, "address", text);
	if (!c->anonymous_pool.present)
		fact(w, "pool", "no [pool anonymous]: only users are served");
}

/** say_lease() - print the matching leases; 0, or an exit status, reported */
static int say_lease(struct why *w)
{
	static struct lookup who;
	struct files files;
	struct view view;
	char text[256];
	size_t i;
	int r = command_open(w->ctl, &files, TABLE_READ);

	if (r)
		return r;
	if (lookup_find(&files, w->text, POOL_ANY, &who))
		r = CTL_ERROR;
	for (i = 0; i < who.count && !r; i++) {
		if (view_make(&files.store, who.refs[i].pool, &who.refs[i].lease,
			      &view)) {
			r = CTL_ERROR;
			break;
		}
		snprintf(text, sizeof(text), "%s: %s for %s, %s", view.name,
			 view_state(&view.lease, files.store.now()), view.endpoint,
			 view.address);
		fact(w, "lease", text);
	}
	if (!r && !who.count)
		fact(w, "lease", "none");
	files_close(&files);
	return r;
}

/** why() - print account or address, refusals and leases; returns the exit status */
static int why(struct why *w, struct in_addr address)
{
	const struct refusals_wish wish = {
		.since = SINCE,
		.user = w->address ? NULL : w->text,
		.ipv4 = w->address ? w->text : NULL,
	};
	int journal, r;

	output_begin(&w->output, w->ctl->json ? OUTPUT_JSON : OUTPUT_COLUMNS, fields,
		     FIELDS);
	if (w->address)
		say_address(w, address);
	else
		say_account(w);
	journal = refusals_each(&w->ctl->config, &wish, put, w);
	r = say_lease(w);
	if (output_end(&w->output) || r)
		return r ? r : CTL_ERROR;
	if (journal)
		log_msg(LOG_ERR, "the journal cannot be read: be root, or in group "
				 "systemd-journal");
	else if (!w->shown)
		log_msg(LOG_NOTICE,
			"nothing was refused to '%s' in 7 days: a client that gets no "
			"answer does not reach this server (firewall, 'tspctl status')",
			w->text);
	return journal ? CTL_FAILED : CTL_OK;
}

int ctl_why(struct ctl *ctl, int argc, char **argv)
{
	struct why w = {.ctl = ctl};
	struct in_addr address = {0};
	int first = options_parse(ctl, argc, argv, NULL, 0, 1, 1);

	if (first < 0)
		return CTL_USAGE;
	w.text = argv[first];
	w.address = !addr_parse4(w.text, &address);
	if (!w.address && !parse_is_user_id(w.text, strlen(w.text))) {
		log_msg(LOG_ERR, "neither a user nor an IPv4 address: '%s'", w.text);
		return CTL_USAGE;
	}
	return why(&w, address);
}
