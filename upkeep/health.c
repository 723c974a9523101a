/* SPDX-License-Identifier: MIT */
/*
 * health.c - is the broker healthy?
 *
 * Each part that clients depend on has a state: down if it keeps all clients from being
 * served, degraded if it keeps some from it, or lets them be served badly.
 */
#include "upkeep/health.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "alloc/stats.h"
#include "lib/prefix.h"
#include "lib/timestamp.h"
#include "tunnel/modes.h"
#include "upkeep/forwarding.h"
#include "upkeep/health_units.h"
#include "upkeep/setup.h"
#include "upkeep/setup_kernel.h"
#include "upkeep/state_id.h"
#include "upkeep/strays.h"

#define TCP_PORT    3653 /* of tsp.socket and tsp-listen.socket */
#define NEARLY_FULL 90   /* percent */
#define TIMER_LATE  600  /* seconds without a run of tsp-expire */
#define OVERDUE     600  /* seconds that a lease may stay after its end */
#define A_DAY       86400
#define CLOCK_SLACK 60 /* seconds by which a clock may have been set back */

/** struct checkup - health_run() under way */
struct checkup {
	struct files *files;
	const struct config *config;
	time_t now;
	health_reporter *report;
	void *context;
	enum health worst;
	enum pool_kind touring;
	unsigned active, fresh, gone, overdue, damaged; /* of a pool */
	time_t newest; /* of all pools: the last lease granted */
};

static const char *const names[] = {
	[HEALTH_OK] = "ok",
	[HEALTH_UNKNOWN] = "unknown",
	[HEALTH_DEGRADED] = "degraded",
	[HEALTH_DOWN] = "down",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == HEALTH_STATES,
	       "a name for each state");

/** health_name() - a state as a word */
const char *health_name(enum health state)
{
	return names[state];
}

/** say() - report a part */
__attribute__((format(printf, 4, 5))) static void
say(struct checkup *c, const char *part, enum health state, const char *format, ...)
{
	char text[HEALTH_TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (state > c->worst)
		c->worst = state;
	c->report(c->context, part, state, text);
}

/** check_setup() - what tsp-handler -n finds; it logs each finding */
static void check_setup(struct checkup *c)
{
	int n = setup_check(c->config);

	if (n)
		say(c, "setup", HEALTH_DEGRADED,
		    "%d mistake%s: 'tsp-handler -n' names %s", n, n == 1 ? "" : "s",
		    n == 1 ? "it" : "them");
	else
		say(c, "setup", HEALTH_OK, "configuration, users and template are sound");
}

/** check_template() - which tunnels it builds, and whether this kernel can make its devices */
static void check_template(struct checkup *c)
{
	const char *template = c->config->template;
	char kind[MODES_WORD];
	struct utsname kernel;

	if (access(template, R_OK))
		return; /* "setup" has it */
	if (setup_kernel_lacks(template, kind))
		say(c, "template", HEALTH_DOWN,
		    "%s: this kernel cannot make a device of kind '%s'", template, kind);
	else
		say(c, "template", HEALTH_OK, "%s: v6v4%s, on Linux %s", template,
		    modes_declared(template, TUNNEL_V6UDPV4) ? " and v6udpv4" : "",
		    uname(&kernel) ? "?" : kernel.release);
}

/**
 * check_socket() - does a socket take clients?
 * @c:		Checkup
 * @part:	"tcp" or "udp"
 * @port:	Port
 * @failed:	The unit could not get it, so another program has it
 * @without:	State if it does not
 */
static void check_socket(struct checkup *c, const char *part, unsigned port, bool failed,
			 enum health without)
{
	const char *unit = strcmp(part, "tcp") ? "tsp-udp.socket" : "tsp.socket";

	if (!health_units_listen(part, port))
		say(c, part, without, "nothing listens on port %u: 'systemctl start %s'",
		    port, unit);
	else if (failed)
		say(c, part, without,
		    "another program has port %u, and %s failed: 'ss -lnp sport = :%u' "
		    "names it",
		    port, unit, port);
	else
		say(c, part, HEALTH_OK, "port %u is open", port);
}

/** check_sockets() - do sockets take clients? */
static void check_sockets(struct checkup *c, const struct health_units *u)
{
	check_socket(c, "tcp", TCP_PORT, u->tcp_failed, HEALTH_DOWN);
	if (modes_declared(c->config->template, TUNNEL_V6UDPV4))
		check_socket(c, "udp", c->config->udp_port, u->udp_failed,
			     HEALTH_DEGRADED);
}

/** check_timer() - does tsp-expire run? */
static void check_timer(struct checkup *c, const struct health_units *u)
{
	char ran[TIMESTAMP_LEN] = "never";

	if (u->timer_ran)
		timestamp_format(u->timer_ran, ran);
	if (!u->timer)
		say(c, "timer", HEALTH_DEGRADED,
		    "tsp-expire.timer is stopped: 'systemctl start tsp-expire.timer'");
	else if (u->expire_failed)
		say(c, "timer", HEALTH_DEGRADED,
		    "tsp-expire failed: 'systemctl status tsp-expire'; last run %s", ran);
	else if (u->timer_ran && c->now - u->timer_ran > TIMER_LATE)
		say(c, "timer", HEALTH_DEGRADED, "tsp-expire is late: last run %s", ran);
	else
		say(c, "timer", HEALTH_OK, "last run %s", ran);
}

/** check_units() - timer and restore, as far as systemd runs here */
static void check_units(struct checkup *c, const struct health_units *u)
{
	if (!u->known) {
		say(c, "timer", HEALTH_UNKNOWN, "systemd does not answer");
		return;
	}
	check_timer(c, u);
	if (u->restore_failed)
		say(c, "restore", HEALTH_DEGRADED,
		    "failed: 'systemctl status tsp-restore' says why");
	else if (!u->restored)
		say(c, "restore", HEALTH_DEGRADED,
		    "not done since the boot: 'systemctl start tsp-restore'");
	else
		say(c, "restore", HEALTH_OK, "done");
}

/** check_forwarding() - are packets of tunnels forwarded? */
static void check_forwarding(struct checkup *c)
{
	char why[FORWARDING_TEXT];

	switch (forwarding_check(c->config, why)) {
	case FORWARDING_ON:
		say(c, "forwarding", HEALTH_OK, "on");
		break;
	case FORWARDING_UNKNOWN:
		say(c, "forwarding", HEALTH_UNKNOWN, "%s", why);
		break;
	default:
		say(c, "forwarding", HEALTH_DEGRADED, "%s", why);
	}
}

/** count_lease() - table_visitor(): count what matters of a lease */
static int count_lease(uint32_t number, const struct lease *lease, const char *why,
		       void *context)
{
	struct checkup *c = context;
	const struct lease_tunnel *t = lease ? &lease->tunnel : NULL;

	(void)number;
	(void)why;
	c->damaged += !lease;
	if (lease && lease->state == LEASE_EXPIRED) {
		c->fresh += c->now - t->granted < A_DAY;
		c->gone += c->now - t->expires < A_DAY;
	}
	if (!lease || !lease_is_accepted(lease))
		return 0;
	if (t->granted > c->newest)
		c->newest = t->granted;
	if (!lease_is_active(lease, c->now)) {
		c->overdue += c->now - t->expires > OVERDUE;
		return 0;
	}
	c->active++;
	c->fresh += c->now - t->granted < A_DAY;
	return 0;
}

/** tell_fill() - fill and trend of a pool that was counted */
static void tell_fill(const struct checkup *c, uint32_t capacity, char out[HEALTH_TEXT])
{
	unsigned percent = (unsigned)((uint64_t)c->active * 100 / capacity);
	int n = snprintf(out, HEALTH_TEXT,
			 "%u of %u leases, %u %% full, %u granted and %u ended in a day",
			 c->active, capacity, percent, c->fresh, c->gone);

	if (c->fresh > c->gone && n > 0 && n < HEALTH_TEXT)
		snprintf(out + n, HEALTH_TEXT - (size_t)n, ", full in %u days like that",
			 (capacity - c->active) / (c->fresh - c->gone));
}

/** say_pool() - a pool that was counted */
static void say_pool(struct checkup *c, const char *part, uint32_t capacity)
{
	char fill[HEALTH_TEXT];

	tell_fill(c, capacity, fill);
	if (c->damaged)
		say(c, part, HEALTH_DEGRADED, "%u damaged lines: 'tspctl check'",
		    c->damaged);
	else if (c->overdue)
		say(c, part, HEALTH_DEGRADED,
		    "%u leases ended and still have tunnels: 'tspctl expire'",
		    c->overdue);
	else if ((uint64_t)c->active * 100 >= (uint64_t)capacity * NEARLY_FULL)
		say(c, part, HEALTH_DEGRADED, "%s: 'tspctl resize %s'", fill, part);
	else
		say(c, part, HEALTH_OK, "%s", fill);
}

/** check_pool() - an allocation file */
static void check_pool(struct checkup *c, enum pool_kind kind)
{
	struct table *t = &c->files->store.tables[kind];
	const char *part = pool_name(kind);

	if (c->files->missing[kind]) {
		say(c, part, HEALTH_DOWN, "no allocation file: 'tspctl check'");
		return;
	}
	if (c->files->moved[kind]) {
		say(c, part, HEALTH_DOWN,
		    "the allocation file was made for other ranges: 'tspctl move'");
		return;
	}
	if (t->fd < 0 || t->damage) {
		say(c, part, HEALTH_DOWN,
		    "the allocation file is damaged: 'tspctl check'");
		return;
	}
	c->active = c->fresh = c->gone = c->overdue = c->damaged = 0;
	if (table_each(t, count_lease, c))
		say(c, part, HEALTH_DOWN, "the allocation file cannot be read");
	else
		say_pool(c, part, t->capacity);
}

/** tell_ranges() - what an allocation file was made for */
static void tell_ranges(const struct table *t, char out[HEALTH_TEXT])
{
	char link[PREFIX6_TEXT_LEN], prefix[PREFIX6_TEXT_LEN];
	const struct pool_ranges *r = &t->ranges;
	int n;

	prefix6_format(&r->link, link);
	n = snprintf(out, HEALTH_TEXT, "%s: %016" PRIx64 ", link %s", pool_name(t->kind),
		     t->identity, r->link.len ? link : "?");
	if (!r->prefix.len || n < 0 || n >= HEALTH_TEXT)
		return;
	prefix6_format(&r->prefix, prefix);
	snprintf(out + n, HEALTH_TEXT - (size_t)n, ", prefix %s in /%u", prefix,
		 r->delegate);
}

/** check_state() - each file is the one that was made here; its ranges */
static void check_state(struct checkup *c)
{
	static struct state_id ids[POOL_KINDS];
	char ranges[HEALTH_TEXT];

	if (state_id_read(c->config, ids))
		memset(ids, 0, sizeof(ids));
	POOL_EACH(kind) {
		const struct table *t = &c->files->store.tables[kind];

		if (t->fd < 0 || t->damage)
			continue; /* the pool's own part has it */
		tell_ranges(t, ranges);
		if (ids[kind].identity == t->identity)
			say(c, "state", HEALTH_OK, "%s", ranges);
		else if (ids[kind].identity)
			say(c, "state", HEALTH_DEGRADED,
			    "%s: not the file that was made here: 'tspctl check'",
			    pool_name(kind));
		else
			say(c, "state", HEALTH_DEGRADED,
			    "%s: not recorded, a loss would go unnoticed: 'tspctl init'",
			    pool_name(kind));
	}
}

/** check_pools() - all allocation files, and when the last lease was granted */
static void check_pools(struct checkup *c)
{
	char text[TIMESTAMP_LEN];

	POOL_EACH(kind) {
		if (pool_config(c->config, kind)->present)
			check_pool(c, kind);
	}
	if (!c->newest)
		return;
	timestamp_format(c->newest, text);
	if (c->newest > c->now + CLOCK_SLACK)
		say(c, "served", HEALTH_DEGRADED,
		    "last lease granted %s, which is to come: the clock is wrong, or was "
		    "then: 'timedatectl'",
		    text);
	else
		say(c, "served", HEALTH_OK, "last lease granted %s", text);
}

/** check_tunnels() - do tunnels differ from the leases? Only a template with a list knows. */
static void check_tunnels(struct checkup *c)
{
	struct strays s = {.ended = 0};

	if (!modes_list_declared(c->config->template))
		return;
	if (strays_find(c->files, &s) != UPKEEP_OK)
		say(c, "tunnels", HEALTH_DOWN,
		    "the template cannot list them: 'tsp-datapath status'");
	else if (s.missing.count || s.strange.count)
		say(c, "tunnels", HEALTH_DEGRADED,
		    "%zu missing, %zu without a lease: 'tspctl check --tunnels'",
		    s.missing.count, s.strange.count);
	else
		say(c, "tunnels", HEALTH_OK, "each lease has its tunnel");
	strays_free(&s);
}

/**
 * health_run() - look at all parts
 * @f:		Files, open for TABLE_READ
 * @report:	Called for each part
 * @context:	For @report
 *
 * Return: the worst state
 */
enum health health_run(struct files *f, health_reporter *report, void *context)
{
	struct checkup c = {.files = f,
			    .config = f->store.config,
			    .now = f->store.now(),
			    .report = report,
			    .context = context};
	struct health_units u;

	health_units_ask(&u);
	check_sockets(&c, &u);
	check_setup(&c);
	check_template(&c);
	check_forwarding(&c);
	check_units(&c, &u);
	check_pools(&c);
	check_state(&c);
	check_tunnels(&c);
	return c.worst == HEALTH_UNKNOWN ? HEALTH_OK : c.worst;
}
