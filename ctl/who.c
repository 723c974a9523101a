/* SPDX-License-Identifier: MIT */
/*
 * who.c - tspctl who: who had an address, and when
 *
 * Read the journal first, as the caller: root then becomes the owner of the leases, who may
 * not read it.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "alloc/lease_line.h"
#include "ctl/ui/command.h"
#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
#include "lib/addr.h"
#include "lib/log.h"
#include "lib/timestamp.h"
#include "upkeep/history.h"

/** struct who - ctl_who() under way */
struct who {
	struct ctl *ctl;
	const char *text;
	struct history_wish wish;
	char user[USER_ID_MAX + 1];
	time_t at; /* 0: at any time */
	struct history history;
};

static const struct output_field fields[] = {
	{"from", "FROM"},
	{"until", "UNTIL"},
	{"user", "USER"},
	{"endpoint", "IPV4"},
	{"address", "ADDRESS"},
	{"prefix", "PREFIX", .spare = 1},
	{"proof", "PROOF"},
	{"pool"},
	{"lease"},
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/** match() - add NAME=VALUE to the entries to search for */
__attribute__((format(printf, 2, 3))) static void match(struct history_wish *wish,
							const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(wish->matches[wish->match_count++], sizeof(wish->matches[0]), format,
		  args);
	va_end(args);
}

/** match_pool() - only entries of one pool */
static void match_pool(struct history_wish *wish, enum pool_kind pool)
{
	wish->any_pool = false;
	wish->pool = pool;
	match(wish, "TSP_POOL=%s", pool_name(pool));
}

/** match_lease() - only entries of one lease of the users pool */
static void match_lease(struct history_wish *wish, uint32_t number)
{
	match_pool(wish, POOL_USERS);
	wish->lease = number;
	match(wish, "TSP_LEASE=%u", number);
}

/** by_ipv6() - an address, or a prefix by its first address; in any spelling */
static bool by_ipv6(struct who *w)
{
	struct history_wish *wish = &w->wish;
	struct pool_match found;
	struct prefix6 prefix;

	if (addr_parse6(w->text, &wish->address)) {
		if (prefix6_parse(w->text, &prefix))
			return false;
		wish->address = prefix.addr;
	}
	wish->has_address = true;
	/*
	 * Search all entries for an address of a former range. After a move, an address may
	 * be of a former range whichever lease has it now.
	 */
	if (!pool_find(&w->ctl->config, &wish->address, &found) ||
	    history_has_moved(&w->ctl->config))
		return true;
	if (found.kind == POOL_USERS)
		match_lease(wish, found.number);
	else
		match_pool(wish, POOL_ANONYMOUS);
	return true;
}

/** by_ipv4() - the client's address, with or without a port */
static bool by_ipv4(struct who *w)
{
	struct endpoint e;

	if (!addr_parse4(w->text, &w->wish.ipv4))
		return true;
	if (endpoint_parse(w->text, &e))
		return false;
	w->wish.ipv4 = e.addr;
	w->wish.port = e.port;
	return true;
}

/** hex() - the first @digits characters as a hexadecimal number; 0, or -1 */
static int hex(const char *text, int digits, uint32_t *out)
{
	char padded[17] = "0000000000000000";
	uint64_t n;

	snprintf(padded + 16 - digits, (size_t)digits + 1, "%s", text);
	if (parse_hex64(padded, &n))
		return -1;
	*out = (uint32_t)n;
	return 0;
}

/** by_interface() - "tsp7", "tspac6336407" or "tspc63364070e45": as tunnel.c names them */
static bool by_interface(struct who *w)
{
	const char *p = w->text + 3;
	size_t len = strlen(w->text);
	uint32_t number, ipv4, port = 0;

	if (strncmp(w->text, "tsp", 3) != 0)
		return false;
	if (!parse_u32(p, 1, LEASE_NUMBER_MAX, &number)) {
		match_lease(&w->wish, number);
		return true;
	}
	if (!(len == 12 && *p == 'a' && !hex(p + 1, 8, &ipv4)) &&
	    !(len == 15 && !hex(p, 8, &ipv4) && !hex(p + 8, 4, &port)))
		return false;
	w->wish.ipv4.s_addr = htonl(ipv4);
	w->wish.port = port;
	match_pool(&w->wish, POOL_ANONYMOUS);
	return true;
}

/** by_user() - a user id, or the name in DNS that [server] domain makes of it */
static bool by_user(struct who *w)
{
	size_t len = strlen(w->text), end = strlen(w->ctl->config.domain);
	const char *domain = w->ctl->config.domain;

	if (end && len > end + 1 && !strcasecmp(w->text + len - end, domain) &&
	    w->text[len - end - 1] == '.')
		len -= end + 1;
	if (!parse_is_user_id(w->text, len))
		return false;
	snprintf(w->user, sizeof(w->user), "%.*s", (int)len, w->text);
	w->wish.user = w->user;
	match(&w->wish, "TSP_USER=%s", w->user);
	return true;
}

/** parse_at() - a time in UTC; 0, or -1, reported */
static int parse_at(const char *text, time_t *out)
{
	static const char *const forms[] = {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S",
					    "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%MZ",
					    "%Y-%m-%dT%H:%M"};
	const char *end;
	size_t i;

	if (!timestamp_parse(text, out))
		return 0;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = {.tm_mday = 1};

		end = strptime(text, forms[i], &tm);
		if (!end || *end)
			continue;
		*out = timegm(&tm);
		return 0;
	}
	log_msg(LOG_ERR, "--at: not a time like 2026-11-23T14:05:00Z, in UTC: '%s'",
		text);
	return -1;
}

/** covers() - the span holds at the time in question */
static bool covers(const struct who *w, const struct history_span *s)
{
	return !w->at || (s->from <= w->at && (!s->until || s->until >= w->at));
}

/** put() - print a span */
static void put(struct output *output, const struct history_span *s)
{
	char from[TIMESTAMP_LEN], until[TIMESTAMP_LEN];
	struct output_value values[FIELDS] = {
		s->from ? OUTPUT_TEXT_VALUE(from) : OUTPUT_NO_VALUE,
		s->until ? OUTPUT_TEXT_VALUE(until) : OUTPUT_NO_VALUE,
		*s->user ? OUTPUT_TEXT_VALUE(s->user) : OUTPUT_NO_VALUE,
		OUTPUT_TEXT_VALUE(s->peer),
		OUTPUT_TEXT_VALUE(s->address),
		*s->prefix ? OUTPUT_TEXT_VALUE(s->prefix) : OUTPUT_NO_VALUE,
		OUTPUT_TEXT_VALUE(s->proven ? "proven" : "claimed"),
		OUTPUT_TEXT_VALUE(pool_name(s->pool)),
		OUTPUT_NUMBER_VALUE(s->lease),
	};

	timestamp_format(s->from, from);
	timestamp_format(s->until, until);
	output_row(output, values);
}

/** say_limits() - report what journal and leases cannot tell */
static void say_limits(const struct who *w)
{
	char begin[TIMESTAMP_LEN];

	if (!w->history.journal || !w->history.begin) {
		log_msg(LOG_WARNING,
			"the journal cannot be read or is empty: only the last client of "
			"each lease is known");
		return;
	}
	if (w->at && w->at >= w->history.begin)
		return;
	timestamp_format(w->history.begin, begin);
	log_msg(LOG_NOTICE,
		"the journal begins at %s: earlier entries were rotated away, or never "
		"written",
		begin);
}

/** print() - print all spans that match; returns the exit status */
static int print(struct who *w)
{
	struct output output;
	size_t i, n = 0;

	output_begin(&output, w->ctl->json ? OUTPUT_JSON : OUTPUT_COLUMNS, fields,
		     FIELDS);
	for (i = 0; i < w->history.count; i++) {
		if (!covers(w, &w->history.spans[i]))
			continue;
		put(&output, &w->history.spans[i]);
		n++;
	}
	if (output_end(&output))
		return CTL_ERROR;
	if (!n)
		log_msg(LOG_ERR, "nobody is known to have had '%s'%s", w->text,
			w->at ? " at that time" : "");
	say_limits(w);
	return n ? CTL_OK : CTL_FAILED;
}

/** who() - look in journal and leases; returns the exit status */
static int who(struct who *w)
{
	struct files files;
	int r;

	if (history_read(&w->ctl->config, &w->wish, &w->history)) {
		log_msg(LOG_ERR, "%m");
		return CTL_ERROR;
	}
	r = command_open(w->ctl, &files, TABLE_READ);
	if (r)
		return r;
	if (history_add_leases(&w->history, &w->wish, &files))
		r = CTL_ERROR;
	files_close(&files);
	return r ? r : print(w);
}

int ctl_who(struct ctl *ctl, int argc, char **argv)
{
	struct who w = {.ctl = ctl, .wish = {.any_pool = true}};
	const char *at = NULL;
	uint32_t port = 0;
	const struct option_spec specs[] = {
		{"at", OPTION_TEXT, &at, 0, 0},
		{"port", OPTION_NUMBER, &port, 1, 65535},
	};
	int r, first = options_parse(ctl, argc, argv, specs, 2, 1, 1);

	if (first < 0 || (at && parse_at(at, &w.at)))
		return CTL_USAGE;
	w.text = argv[first];
	if (!by_ipv6(&w) && !by_ipv4(&w) && !by_interface(&w) && !by_user(&w)) {
		log_msg(LOG_ERR, "neither an address, an interface nor a user: '%s'",
			w.text);
		return CTL_USAGE;
	}
	if (port)
		w.wish.port = port;
	r = who(&w);
	history_free(&w.history);
	return r;
}
