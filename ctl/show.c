/* SPDX-License-Identifier: MIT */
/* show.c - tspctl show: everything about one lease */
#include <stdio.h>
#include <string.h>

#include "ctl/ui/command.h"
#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
#include "ctl/ui/view.h"
#include "ctl/ui/who.h"
#include "lib/addr.h"
#include "lib/endpoint.h"
#include "lib/log.h"
#include "lib/prefix.h"
#include "upkeep/jobs.h"
#include "upkeep/lookup.h"

/** struct show - ctl_show() under way */
struct show {
	struct ctl *ctl;
	struct files files;
	struct lookup who;
	struct traffic traffic;
	struct view view;
	struct tunnel tunnel;
	bool asked; /* the template has been started for the counters */
};

/* The fields of list and more, in the order of the rows, with names for machines */
enum show_field {
	SHOW_RIVALS = VIEW_FIELDS,
	SHOW_NOTE,
	SHOW_SERVER,
	SHOW_NAME,
	SHOW_INTERFACE,
	SHOW_FIELDS,
};

static const struct output_field fields[SHOW_FIELDS] = {
	[VIEW_NAME] = {NULL, "Lease"},
	[VIEW_POOL] = {"pool"},
	[VIEW_LEASE] = {"lease"},
	[VIEW_STATE] = {"state", "State"},
	[VIEW_USER] = {"user", "User"},
	[VIEW_ENDPOINT] = {"endpoint", "IPv4 address"},
	[VIEW_MODE] = {"mode", "Mode"},
	[VIEW_ADDRESS] = {"address", "IPv6 address"},
	[VIEW_PREFIX] = {"prefix", "Prefix"},
	[VIEW_GRANTED] = {"granted", "Granted"},
	[VIEW_EXPIRES] = {"expires", "Expires"},
	[VIEW_RX_BYTES] = {"rx_bytes", "From client"},
	[VIEW_TX_BYTES] = {"tx_bytes", "To client"},
	[VIEW_RX_PACKETS] = {"rx_packets"},
	[VIEW_TX_PACKETS] = {"tx_packets"},
	[VIEW_HEARD] = {"heard", "Last heard"},
	[SHOW_RIVALS] = {"two_places", "Two places"},
	[SHOW_NOTE] = {"note", "Note"},
	[SHOW_SERVER] = {"server_address", "Our address"},
	[SHOW_NAME] = {"name", "Name"},
	[SHOW_INTERFACE] = {"interface", "Interface"},
};

/** ask_tunnel() - plan the query of the tunnel, once */
static bool ask_tunnel(void *context, struct job *job)
{
	struct show *s = context;
	const struct lease *lease = &s->view.lease;

	if (s->asked)
		return false;
	s->asked = true;
	jobs_step(s->files.store.config, job, TEMPLATE_INFO, s->view.pool, lease,
		  &lease->tunnel);
	return true;
}

/** keep_traffic() - keep the tunnel's counters */
static void keep_traffic(void *context, struct job *job)
{
	struct show *s = context;

	if (!job->failed)
		traffic_parse(job->output, &s->traffic);
}

/** rivals() - a remark on an account that two clients use; NULL: there is one client */
static const char *rivals(const struct view *v, char *text, size_t size)
{
	char address[INET_ADDRSTRLEN];

	if (!v->active || !v->lease.rival_told)
		return NULL;
	addr_format4(v->lease.rival, address);
	snprintf(text, size, "clients here and at %s take this tunnel in turn", address);
	return text;
}

/** note() - a remark on the address that was asked for; NULL: none */
static const char *note(const struct show *s, const struct view *v)
{
	struct prefix6 asked;

	if (addr_parse6(s->who.text, &asked.addr) && prefix6_parse(s->who.text, &asked))
		return NULL;
	if (!memcmp(&asked.addr, &v->ipv6.client, sizeof(asked.addr)))
		return NULL;
	if (!memcmp(&asked.addr, &v->ipv6.server, sizeof(asked.addr)))
		return "the address is our end of the tunnel";
	if (v->ipv6.prefix.len && prefix6_contains(&v->ipv6.prefix, &asked.addr))
		return NULL;
	return "the address is reserved for this lease, but not delegated to it now";
}

/** exact() - for people: the exact time, and its distance in brackets */
static void exact(struct output_value *v, char *text, size_t size)
{
	if (v->kind == OUTPUT_NONE)
		return;
	snprintf(text, size, "%s (%s)", v->text, v->people);
	v->people = text;
}

/** ask() - read the counters of the tunnel, if there should be one; 0 or CTL_ERROR */
static int ask(struct show *s)
{
	const struct jobs_work work = {.files = &s->files,
				       .next = ask_tunnel,
				       .done = keep_traffic,
				       .context = s,
				       .jobs = 1};

	if (s->view.active && jobs_run(&work))
		return CTL_ERROR;
	view_traffic(&s->view, &s->traffic);
	return 0;
}

/** put_lease() - print the lease, its tunnel and the note */
static int put_lease(const struct show *s)
{
	struct output_value values[SHOW_FIELDS];
	struct output output;
	char granted[64], expires[64], heard[64], server[INET6_ADDRSTRLEN], turns[80];
	const struct tunnel *t = &s->tunnel;
	const char *text = note(s, &s->view),
		   *two = rivals(&s->view, turns, sizeof(turns));

	memcpy(values, s->view.values, sizeof(s->view.values));
	exact(&values[VIEW_GRANTED], granted, sizeof(granted));
	exact(&values[VIEW_EXPIRES], expires, sizeof(expires));
	exact(&values[VIEW_HEARD], heard, sizeof(heard));
	addr_format6(&t->ipv6.server, server);
	values[SHOW_SERVER] = OUTPUT_TEXT_VALUE(server);
	values[SHOW_NAME] = *t->name ? OUTPUT_TEXT_VALUE(t->name) : OUTPUT_NO_VALUE;
	values[SHOW_INTERFACE] = OUTPUT_TEXT_VALUE(t->interface);
	values[SHOW_RIVALS] = two ? OUTPUT_TEXT_VALUE(two) : OUTPUT_NO_VALUE;
	values[SHOW_NOTE] = text ? OUTPUT_TEXT_VALUE(text) : OUTPUT_NO_VALUE;

	output_begin(&output, s->ctl->json ? OUTPUT_JSON_ITEM : OUTPUT_ITEM, fields,
		     SHOW_FIELDS);
	output_row(&output, values);
	return output_end(&output) ? CTL_ERROR : CTL_OK;
}

/** show_lease() - show everything about one lease */
static int show_lease(struct show *s, const struct store_ref *ref)
{
	struct view *v = &s->view;
	int r;

	if (view_make(&s->files.store, ref->pool, &ref->lease, v))
		return CTL_ERROR;
	tunnel_describe(&s->ctl->config, ref->pool, &v->lease, &v->lease.tunnel,
			(struct in_addr){0}, &s->tunnel);
	r = ask(s);
	return r ? r : put_lease(s);
}

/** show_embedded() - there is no lease, but the address contains the IPv4 address */
static int show_embedded(const struct show *s)
{
	static const struct output_field own[] = {
		{NULL, "Lease"},
		{"pool"},
		{"lease"},
		{"endpoint", "IPv4 address"},
		{"address", "IPv6 address"},
	};
	char endpoint[ENDPOINT_LEN];
	const struct output_value values[] = {
		OUTPUT_TEXT_VALUE("no lease; the address contains the IPv4 address"),
		OUTPUT_TEXT_VALUE(pool_name(POOL_ANONYMOUS)),
		OUTPUT_NO_VALUE,
		OUTPUT_TEXT_VALUE(endpoint),
		OUTPUT_TEXT_VALUE(s->who.text),
	};
	struct output output;

	endpoint_format(&s->who.endpoint, endpoint);
	output_begin(&output, s->ctl->json ? OUTPUT_JSON_ITEM : OUTPUT_ITEM, own,
		     sizeof(own) / sizeof(own[0]));
	output_row(&output, values);
	return output_end(&output) ? CTL_ERROR : CTL_OK;
}

/** show() - with the files open; returns the exit status */
static int show(struct show *s, const char *text, enum pool_kind pool)
{
	int r = who_find(&s->files, text, pool, &s->who);

	if (r)
		return r;
	if (!s->who.count && !s->who.damaged && s->who.embedded)
		return show_embedded(s);
	if (s->who.count > 1 && s->ctl->json)
		return who_choices(&s->files, &s->who, OUTPUT_JSON);
	r = who_judge(&s->files, &s->who);
	return r ? r : show_lease(s, &s->who.refs[0]);
}

int ctl_show(struct ctl *ctl, int argc, char **argv)
{
	static struct show s;
	enum pool_kind pool = POOL_ANY;
	const struct option_spec specs[] = {{"pool", OPTION_POOL, &pool}};
	int r, first = options_parse(ctl, argc, argv, specs, 1, 1, 1);

	if (first < 0)
		return CTL_USAGE;
	s.ctl = ctl;
	r = command_open(ctl, &s.files, TABLE_READ);
	if (r)
		return r;
	files_report(&s.files);
	r = show(&s, argv[first], pool);
	r = command_exit(&s.files, r);
	files_close(&s.files);
	return r;
}
