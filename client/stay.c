/* SPDX-License-Identifier: MIT */
/*
 * stay.c - get a tunnel and keep it
 *
 * In a loop: try, make the tunnel, watch it, take it down, wait. A signal can end each
 * step, and each leaves nothing behind (hook.c explains how, even when the process is
 * killed).
 *
 * While it waits for an absent server, it sends an ECHO REQUEST every few seconds to
 * learn when the server is back: 20 bytes, where a conversation would load a server that
 * is just starting.
 */
#include "client/stay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/attempt.h"
#include "client/backoff.h"
#include "client/events.h"
#include "client/hook.h"
#include "client/network.h"
#include "client/rank.h"
#include "client/rundir.h"
#include "client/showing.h"
#include "client/uplink.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "lib/exit.h"
#include "lib/log.h"
#include "lib/tunnel_type.h"
#include "sandbox/sandbox.h"
#include "tsp/io.h"
#include "tunnel/modes.h"

#define OFFLINE_MS    30000 /* routes are read again even if none changed */
#define SILENT_ROUNDS 4     /* pauses with an ECHO REQUEST before the next conversation */
#define FLAPPING_MS   20000 /* a tunnel that lived shorter counts as a failure */

/** struct stay - state that lasts from one try to the next */
struct stay {
	const struct settings *settings;
	bool once;
	struct attempt attempt;
	struct backoff backoff;
	bool moved; /* the last tunnel ended since our own address did */
};

/** stay_prepare() - run directory, rights, signals; 0, or -1, logged */
int stay_prepare(const struct settings *settings)
{
	const char *const writable[] = {
		rundir(),
		"/run",
		"/tmp",
		"/proc/sys/net",
		"/dev/null",
		"/dev/net/tun",
		settings->tsp_dir[0] ? settings->tsp_dir : "/dev/null",
	};

	/* From here on a signal interrupts no step */
	events_open();
	if (rundir_make())
		return -1;
	return sandbox_client(writable, sizeof(writable) / sizeof(writable[0]));
}

/** has_route() - a route leads to the server that was asked last */
static bool has_route(const struct stay *st)
{
	struct in_addr own;

	return !st->attempt.server.address.s_addr ||
	       !network_source(st->attempt.server.address, &own) ||
	       (errno != ENETUNREACH && errno != EHOSTUNREACH && errno != ENETDOWN);
}

/** wait_for_route() - false: a signal asks to end */
static bool wait_for_route(const struct stay *st)
{
	struct pollfd none;

	if (!has_route(st))
		showing(st->settings, SHOWING_OFFLINE, "no route to the server");
	while (!has_route(st)) {
		if (events_wait(&none, 0, clock_ms() + OFFLINE_MS, true) == EVENTS_STOP)
			return false;
	}
	return !events_stopping();
}

/** answers() - the server answers an ECHO REQUEST over UDP */
static bool answers(const struct stay *st)
{
	const struct rank_broker server = {.address = st->attempt.server.address,
					   .port = st->attempt.server.port};

	return server.address.s_addr && rank_answers(&server, 500);
}

/** wait_ms() - wait before the next try; false: the wait ended early, *go says how */
static bool wait_ms(struct stay *st, int64_t ms, bool changes, bool *go)
{
	struct pollfd none;

	switch (events_wait(&none, 0, clock_ms() + ms, changes)) {
	case EVENTS_STOP:
		*go = false;
		return false;
	case EVENTS_CHANGE:
		*go = wait_for_route(st);
		return false;
	default:
		return true;
	}
}

/** pause_after() - wait before the next try; false: a signal asks to end */
static bool pause_after(struct stay *st, enum attempt_result result)
{
	const struct report *r = &st->attempt.talk.report;
	bool absent = result == ATTEMPT_ABSENT, go;
	/* A conversation with a silent server takes many seconds */
	int rounds = absent && r->fault == FAULT_SILENT ? SILENT_ROUNDS : 1;

	showing(st->settings, SHOWING_WAITING,
		st->attempt.why[0] ? st->attempt.why : "the try failed");
	for (; rounds > 0; rounds--) {
		int64_t ms = backoff_ms(&st->backoff, st->settings, result);

		/* A server that refused is not asked again when our network changes */
		if (!wait_ms(st, ms, absent, &go))
			return go;
		if (absent && answers(st))
			break;
	}
	return wait_for_route(st);
}

/** tell() - log the event that a tunnel is up, or is up no more */
static void tell(const struct uplink *u, enum log_event_id id, int priority,
		 const char *text)
{
	char address[INET6_ADDRSTRLEN], prefix[PREFIX6_TEXT_LEN] = "";
	const struct log_fields fields = {
		.user = u->hook.settings->userid[0] ? u->hook.settings->userid : NULL,
		.address = address,
		.prefix = u->offer.prefix.len ? prefix : NULL,
		.server = u->hook.settings->server.host,
		.device = u->hook.device,
	};

	addr_format6(&u->offer.client_ipv6, address);
	if (u->offer.prefix.len)
		prefix6_format(&u->offer.prefix, prefix);
	if (id == EVENT_DOWN)
		log_event(id, priority, &fields, "down: %s", text);
	else
		log_event(id, priority, &fields,
			  "up: %s%s%s on %s, %s to %s, carried by %s", address,
			  prefix[0] ? ", prefix " : "", prefix, u->hook.device,
			  tunnel_type_name(u->offer.type), fields.server, text);
}

/** ends_at_once() - the template builds no tunnel that has to be watched */
static bool ends_at_once(const struct settings *settings)
{
	return modes_declares(settings->template, "# TSP-Stay:", "no");
}

static const char *const endings[] = {
	[UPLINK_STOPPED] = "stopped",
	[UPLINK_LOST] = "the server does not answer through the tunnel any more",
	[UPLINK_MOVED] = "this machine has another IPv4 address",
	[UPLINK_BROKEN] = "broken",
};

/** use() - make the tunnel of an offer, watch it, take it down */
static enum attempt_result use(struct stay *st)
{
	struct uplink uplink;
	enum uplink_end end;

	if (uplink_make(&uplink, &st->attempt)) {
		strcpy(st->attempt.why, "the tunnel could not be made: see the log");
		return ATTEMPT_LOCAL;
	}
	st->attempt.own_port = uplink.hook.own_port;
	tell(&uplink, EVENT_UP, LOG_NOTICE,
	     uplink.hook.carrier == HOOK_KERNEL ? "the kernel" : "tspc");
	showing_up(&uplink);
	end = st->once && ends_at_once(st->settings) ? UPLINK_STOPPED
						     : uplink_watch(&uplink);
	tell(&uplink, EVENT_DOWN, end == UPLINK_STOPPED ? LOG_INFO : LOG_NOTICE,
	     endings[end]);
	if (end == UPLINK_STOPPED)
		showing(st->settings, SHOWING_STOPPING, NULL);
	if (uplink_take_back(&uplink))
		return ATTEMPT_LOCAL;
	if (end == UPLINK_STOPPED)
		return ATTEMPT_STOPPED;
	snprintf(st->attempt.why, sizeof(st->attempt.why), "%s", endings[end]);
	if (clock_ms() - uplink.since >= FLAPPING_MS)
		st->backoff.failures = 0;
	st->moved = end == UPLINK_MOVED;
	return ATTEMPT_OFFER;
}

/** try_once() - from nothing to a tunnel and back to nothing */
static enum attempt_result try_once(struct stay *st)
{
	enum attempt_result result;

	showing(st->settings, SHOWING_CONNECTING, NULL);
	st->attempt.quiet = st->backoff.failures > 0;
	result = attempt_run(&st->attempt);
	return result == ATTEMPT_OFFER ? use(st) : result;
}

/** stay() - until a signal asks to end, or there is no second try */
static int stay(struct stay *st)
{
	for (;;) {
		enum attempt_result result = try_once(st);
		bool go;

		if (result == ATTEMPT_STOPPED || events_stopping())
			return EXIT_SERVED;
		if (st->once || !st->settings->retry)
			return EXIT_RUN_TIME;
		if (result == ATTEMPT_OFFER && st->moved)
			go = wait_for_route(st);
		else
			go = pause_after(st, result);
		if (!go)
			return EXIT_SERVED;
	}
}

/**
 * stay_run() - get a tunnel and keep it
 * @settings:	Configuration
 * @once:	Do not try again
 *
 * Return: exit status
 */
int stay_run(const struct settings *settings, bool once)
{
	static struct stay st;
	int netlink, status;

	st = (struct stay){.settings = settings,
			   .once = once,
			   .attempt = {.settings = settings, .action = REQUEST_CREATE}};
	if (stay_prepare(settings) || hook_tear_down_left(settings))
		return EXIT_RUN_TIME;
	netlink = network_open();
	if (netlink < 0)
		log_msg(LOG_WARNING, "changes of addresses will not be seen: %m");
	events_watch(netlink);
	status = stay(&st);
	showing_end(settings);
	return status;
}

/** print_offer() - print the answer to "info" */
static void print_offer(const struct answer_offer *o)
{
	char text[PREFIX6_TEXT_LEN];

	printf("%-15s %s\n", "mode", tunnel_type_name(o->type));
	addr_format6(&o->client_ipv6, text);
	printf("%-15s %s\n", "address", text);
	addr_format6(&o->server_ipv6, text);
	printf("%-15s %s\n", "server_address", text);
	if (o->prefix.len) {
		prefix6_format(&o->prefix, text);
		printf("%-15s %s\n", "prefix", text);
	}
	if (o->name[0])
		printf("%-15s %s\n", "name", o->name);
	printf("%-15s %u minutes\n", "lifetime", o->lifetime_minutes);
}

/**
 * stay_ask() - "tspc info" and "tspc delete"
 * @settings:	Configuration
 * @action:	Which of the two
 *
 * Return: exit status
 */
int stay_ask(const struct settings *settings, enum request_action action)
{
	static struct attempt attempt;
	enum attempt_result result;

	attempt = (struct attempt){.settings = settings, .action = action};
	if (stay_prepare(settings))
		return EXIT_RUN_TIME;
	result = attempt_run(&attempt);
	if (result == ATTEMPT_OFFER)
		print_offer(&attempt.talk.report.offer);
	else if (result == ATTEMPT_DONE)
		puts(action == REQUEST_DELETE ? "deleted" : "done");
	return result == ATTEMPT_OFFER || result == ATTEMPT_DONE ? EXIT_SERVED
								 : EXIT_RUN_TIME;
}
