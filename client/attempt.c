/* SPDX-License-Identifier: MIT */
/*
 * attempt.c - one try to get a tunnel: versions, UDP and TCP, redirection
 *
 * The configured server comes first. A status of 1xxx names other brokers, which are
 * ranked and asked in turn: at most HOPS_MAX lists in one try, no broker twice, and only
 * globally unique addresses, unless the configured server's is not either (a laboratory).
 * The list is remembered for a day, for when the configured server does not answer, and
 * so is the broker that gave a tunnel, for always_use_same_server.
 * Each broker is asked over UDP first, then over TCP if it is silent and the mode allows
 * TCP, and with an older version if it does not know the newest.
 */
#include "client/attempt.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "client/events.h"
#include "client/explain.h"
#include "client/rank.h"
#include "client/remember.h"
#include "client/resolve.h"
#include "lib/addr.h"
#include "lib/log.h"
#include "lib/special.h"

#define HOPS_MAX    5
#define VISITED_MAX 64

/** struct visited - brokers that were asked in this try */
struct visited {
	size_t count;
	struct in_addr list[VISITED_MAX];
	bool lab; /* the configured server's address is not globally unique */
};

/** is_new() - a broker that was not asked yet; it counts as asked from now on */
static bool is_new(struct visited *visited, struct in_addr address)
{
	size_t i;

	for (i = 0; i < visited->count; i++) {
		if (visited->list[i].s_addr == address.s_addr)
			return false;
	}
	if (visited->count == VISITED_MAX)
		return false;
	visited->list[visited->count++] = address;
	return true;
}

/** may_ask() - a new broker, at an address that others may name */
static bool may_ask(struct visited *visited, struct in_addr address)
{
	const char *special = visited->lab ? NULL : special_ipv4(address);
	char text[INET_ADDRSTRLEN];

	if (!special)
		return is_new(visited, address);
	addr_format4(address, text);
	log_msg(LOG_NOTICE, "broker %s is passed over: %s", text, special);
	return false;
}

/** is_absent() - the server did not answer over this transport */
static bool is_absent(const struct talk_result *t)
{
	return t->report.kind == REPORT_FAULT &&
	       (t->report.fault == FAULT_SILENT || t->report.fault == FAULT_REFUSED ||
		t->report.fault == FAULT_NETWORK || t->report.fault == FAULT_CLOSED);
}

/** judge() - the result of a conversation */
static enum attempt_result judge(const struct attempt *a)
{
	const struct talk_result *t = &a->talk;

	if (events_stopping())
		return ATTEMPT_STOPPED;
	if (t->local)
		return ATTEMPT_LOCAL;
	if (t->report.kind == REPORT_OFFER)
		return t->refused ? ATTEMPT_REFUSED : ATTEMPT_OFFER;
	if (t->report.kind == REPORT_STATUS && t->report.status == STATUS_SUCCESS)
		return ATTEMPT_DONE;
	return is_absent(t) ? ATTEMPT_ABSENT : ATTEMPT_REFUSED;
}

/** versions() - one server over one transport, with the newest version that it knows */
static enum attempt_result versions(struct attempt *a)
{
	const struct report *r = &a->talk.report;

	for (a->server.version = 0;; a->server.version++) {
		talk(a->settings, a->action, &a->server, &a->talk);
		if (r->kind != REPORT_STATUS || r->phase != PHASE_VERSION ||
		    r->status != STATUS_VERSION ||
		    a->server.version == REQUEST_VERSIONS - 1)
			return judge(a);
	}
}

/** transports() - one server: UDP, then TCP */
static enum attempt_result transports(struct attempt *a)
{
	enum attempt_result result;

	a->server.udp = true;
	a->server.own_port = a->own_port;
	result = versions(a);
	if (result != ATTEMPT_ABSENT || a->settings->mode == TUNNEL_V6UDPV4)
		return result;
	a->server.udp = false;
	return versions(a);
}

/** keep_reason() - log why there is no tunnel, unless it was the reason before; keep it */
static void keep_reason(struct attempt *a, const char *server, unsigned status,
			const char *text)
{
	const struct log_fields fields = {
		.user = a->settings->userid[0] ? a->settings->userid : NULL,
		.server = server,
		.status = status,
	};

	if (!a->quiet || strcmp(a->why, text))
		log_event(EVENT_NO_TUNNEL, LOG_ERR, &fields, "%s", text);
	snprintf(a->why, sizeof(a->why), "%s", text);
}

/** report_failure() - log a failure once and keep its text */
static enum attempt_result report_failure(struct attempt *a, enum attempt_result result)
{
	const struct report *r = &a->talk.report;
	char text[sizeof(a->why)] = "";
	struct buf out = BUF_ON(text);

	if (result != ATTEMPT_ABSENT && result != ATTEMPT_REFUSED)
		return result;
	buf_clear(&out);
	explain(&out, a->settings, &a->server, &a->talk);
	keep_reason(a, a->server.name, r->kind == REPORT_STATUS ? r->status : 0, text);
	return result;
}

/** add_broker() - a broker of a list as an address, if it may be asked */
static size_t add_broker(struct rank_broker *out, size_t count, struct visited *visited,
			 const struct answer_broker *broker)
{
	struct resolve_result found = {.count = 1, .list = {broker->ipv4}};

	if ((broker->kind == BROKER_NAME && resolve(broker->name, &found)) ||
	    !may_ask(visited, found.list[0]))
		return count;
	out[count].address = found.list[0];
	out[count].port = SETTINGS_PORT;
	if (broker->kind == BROKER_NAME)
		strcpy(out[count].name, broker->name);
	else
		addr_format4(found.list[0], out[count].name);
	return count + 1;
}

/** report_unknown() - the same for a server whose name has no address */
static enum attempt_result report_unknown(struct attempt *a,
					  const struct resolve_result *found)
{
	const char *host = a->settings->server.host;
	char text[sizeof(a->why)];

	if (events_stopping())
		return ATTEMPT_STOPPED;
	snprintf(text, sizeof(text), "%s: %s: check server and this machine's network",
		 host, gai_strerror(found->error));
	keep_reason(a, host, 0, text);
	return ATTEMPT_ABSENT;
}

/** names_brokers() - the last answer is a list of other brokers */
static bool names_brokers(const struct attempt *a)
{
	return a->talk.report.kind == REPORT_STATUS &&
	       a->talk.report.status >= STATUS_WITH_BROKERS;
}

static enum attempt_result follow(struct attempt *a, struct visited *visited,
				  unsigned hop);

/** ask() - one server */
static enum attempt_result ask(struct attempt *a, const struct rank_broker *server,
			       bool configured)
{
	memset(&a->server, 0, sizeof(a->server));
	a->server.address = server->address;
	a->server.port = server->port;
	a->server.configured = configured;
	strcpy(a->server.name, server->name);
	return report_failure(a, transports(a));
}

/** is_over() - no other server is to be asked */
static bool is_over(enum attempt_result result)
{
	return result != ATTEMPT_ABSENT && result != ATTEMPT_REFUSED;
}

/** ask_all() - brokers that others have named, and those that they name */
/* NOLINTNEXTLINE(misc-no-recursion): HOPS_MAX bounds it */
static enum attempt_result ask_all(struct attempt *a, struct visited *visited,
				   const struct rank_broker *list, size_t count,
				   unsigned hop, const char *how)
{
	enum attempt_result result = ATTEMPT_REFUSED;
	size_t i;

	for (i = 0; i < count && !events_stopping(); i++) {
		log_msg(LOG_INFO, "%s broker %s", how, list[i].name);
		result = ask(a, &list[i], false);
		if (result == ATTEMPT_REFUSED && names_brokers(a) && hop < HOPS_MAX)
			result = follow(a, visited, hop + 1);
		if (is_over(result))
			return result;
	}
	return events_stopping() ? ATTEMPT_STOPPED : result;
}

/** follow() - the brokers of the last answer, the nearest first */
/* NOLINTNEXTLINE(misc-no-recursion): HOPS_MAX bounds it */
static enum attempt_result follow(struct attempt *a, struct visited *visited,
				  unsigned hop)
{
	const struct answer_brokers named = a->talk.report.brokers;
	struct rank_broker list[ANSWER_BROKERS_MAX];
	size_t i, count = 0;

	for (i = 0; i < named.count && !events_stopping(); i++)
		count = add_broker(list, count, visited, &named.list[i]);
	rank(list, count);
	if (!count)
		log_msg(LOG_NOTICE, "no broker of the list that %s sent can be asked",
			a->server.name);
	else if (a->settings->broker_list[0])
		remember_write(a->settings, REMEMBER_BROKERS, list, count);
	return ask_all(a, visited, list, count, hop, "sent on to");
}

/** recall() - ask the brokers of an earlier redirection; @result without any */
static enum attempt_result recall(struct attempt *a, struct visited *visited,
				  const char *what, enum attempt_result result)
{
	struct rank_broker all[ANSWER_BROKERS_MAX], list[ANSWER_BROKERS_MAX];
	size_t i, count = 0, known = remember_read(a->settings, what, all);

	for (i = 0; i < known; i++) {
		if (may_ask(visited, all[i].address))
			list[count++] = all[i];
	}
	return count ? ask_all(a, visited, list, count, 1, "remembered:") : result;
}

/** ask_configured() - the server of the settings, at each of its addresses */
static enum attempt_result ask_configured(struct attempt *a, struct visited *visited,
					  const struct resolve_result *found)
{
	const struct settings *s = a->settings;
	enum attempt_result result = ATTEMPT_ABSENT;
	struct rank_broker server = {.port = s->server.port};
	uint32_t i;

	strcpy(server.name, s->server.host);
	for (i = 0; i < found->count && result == ATTEMPT_ABSENT; i++) {
		server.address = found->list[i];
		result = ask(a, &server, true);
	}
	if (result == ATTEMPT_REFUSED && names_brokers(a))
		result = follow(a, visited, 1);
	return result;
}

/** ask_in_turn() - the last server, the configured one, and those remembered of a list */
static enum attempt_result ask_in_turn(struct attempt *a, struct visited *visited,
				       const struct resolve_result *found)
{
	const struct settings *s = a->settings;
	enum attempt_result result = ATTEMPT_ABSENT;
	uint32_t i;

	for (i = 0; i < found->count; i++)
		is_new(visited, found->list[i]);
	if (s->same_server && s->last_server[0])
		result = recall(a, visited, REMEMBER_SERVER, result);
	if (!is_over(result))
		result = ask_configured(a, visited, found);
	if (result == ATTEMPT_ABSENT && s->broker_list[0])
		result = recall(a, visited, REMEMBER_BROKERS, result);
	return result;
}

/**
 * attempt_run() - try to get a tunnel, or do what a->action asks for
 * @a:		Settings, action, own_port, quiet; the rest is the result. With
 *		ATTEMPT_OFFER a->talk.fd is open, the caller's to close
 *
 * Failures are logged, in one line that says what to do.
 */
enum attempt_result attempt_run(struct attempt *a)
{
	const struct settings *s = a->settings;
	struct visited visited = {.count = 0};
	struct resolve_result found;
	struct rank_broker last = {.port = 0};
	enum attempt_result result;

	if (resolve(s->server.host, &found)) {
		if (report_unknown(a, &found) == ATTEMPT_STOPPED)
			return ATTEMPT_STOPPED;
		found.count = 0;
	}
	visited.lab = found.count && special_ipv4(found.list[0]);
	result = ask_in_turn(a, &visited, &found);
	if (result == ATTEMPT_OFFER && a->action == REQUEST_CREATE && s->last_server[0]) {
		last.address = a->server.address;
		last.port = a->server.port;
		strcpy(last.name, a->server.name);
		remember_write(s, REMEMBER_SERVER, &last, 1);
	}
	return result;
}
