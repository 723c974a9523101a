/* SPDX-License-Identifier: MIT */
/*
 * listing.c - ask the template which tunnels there are
 *
 * Counters tell which tunnels are missing; only the template can tell which are there that
 * no lease explains. It prints a line for each: pool, lease number, the client's endpoint,
 * and optionally the address of this machine where the tunnel ends. Further words are for
 * people, or counters if those are asked for: one run then reads those of all tunnels.
 * Otherwise they take a run for every 4096 tunnels, which tells the template about each.
 * Tunnels end by this list, so one line that is not understood makes all of it worthless.
 */
#include "tunnel/listing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/array.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "tunnel/environment.h"
#include "tunnel/script.h"

#define LINE_ROOM   64   /* bytes of a line, its newline included */
#define COUNTS_ROOM 192  /* more, with counters */
#define WORD_ROOM   24   /* of a word that is read here, its NUL included */
#define SPARE       16   /* lines beyond the capacity */
#define PER_RUN     4096 /* leases for which a run has template_seconds */

/** take_word() - copy the next word; false at the end, or if it is too long */
static bool take_word(const char **line, char out[WORD_ROOM])
{
	const char *from = *line + strspn(*line, " ");
	size_t len = strcspn(from, " ");

	*line = from + len;
	if (!len || len >= WORD_ROOM)
		return false;
	memcpy(out, from, len);
	out[len] = '\0';
	return true;
}

/** parse_server() - read the server's end, if it comes next; returns the words left */
static const char *parse_server(const char *line, struct in_addr *out)
{
	const char *behind = line;
	char server[WORD_ROOM];

	out->s_addr = INADDR_ANY;
	return take_word(&behind, server) && !addr_parse4(server, out) ? behind : line;
}

/** parse_line() - read a tunnel; returns the words left, or NULL for another line */
static const char *parse_line(const char *line, struct listed *out)
{
	char pool[WORD_ROOM], number[WORD_ROOM], client[WORD_ROOM];

	if (!take_word(&line, pool) || !take_word(&line, number) ||
	    !take_word(&line, client) || pool_parse(pool, &out->pool) ||
	    out->pool >= POOL_KINDS ||
	    parse_u32(number, 1, CONFIG_CAPACITY_MAX, &out->number) ||
	    endpoint_parse(client, &out->client))
		return NULL;
	return parse_server(line, &out->server);
}

/** add() - one more; -1, logged */
static int add(struct listing *l, struct listed *tunnel, const char *counters)
{
	size_t size = l->size;
	void *more = array_room(l->items, l->count, &size, sizeof(*l->items));

	if (more)
		l->items = more;
	if (more && counters) {
		more = array_room(l->traffics, l->count, &l->size, sizeof(*l->traffics));
		if (more)
			l->traffics = more;
	}
	if (!more) {
		log_msg(LOG_ERR, "%m");
		return -1;
	}
	l->size = size;
	tunnel->line = (uint32_t)l->count;
	if (counters)
		traffic_parse(counters, &l->traffics[l->count]);
	l->items[l->count++] = *tunnel;
	return 0;
}

/** parse() - all lines; -1, logged */
static int parse(const char *template, char *text, bool counters, struct listing *out)
{
	size_t longest = LINE_ROOM + (counters ? COUNTS_ROOM : 0);
	const char *behind;
	struct listed tunnel;
	char *end;

	for (; *text; text = end + 1) {
		end = strchr(text, '\n');
		if (end)
			*end = '\0';
		behind = end && (size_t)(end - text) < longest ? parse_line(text, &tunnel)
							       : NULL;
		if (!behind) {
			log_msg(LOG_ERR, "%s: lists '%.80s', which is no tunnel",
				template, text);
			return -1;
		}
		if (add(out, &tunnel, counters ? behind : NULL))
			return -1;
	}
	return 0;
}

/** run() - the template's output; -1, logged */
static int run(const struct config *config, size_t leases, bool counters,
	       struct buf *text)
{
	unsigned seconds = config->template_seconds * (unsigned)(1 + leases / PER_RUN);
	struct environment env = {.count = 0};
	struct script script;

	if (environment_list(&env, config, counters))
		return -1;
	if (script_start(&script, config->template, env.list, seconds, -1, text)) {
		log_msg(LOG_ERR, "%s: cannot be started: %m", config->template);
		return -1;
	}
	script_wait_over(&script);
	if (!script_end(&script))
		return 0;
	log_msg(LOG_ERR, "%s: %s %s", config->template,
		environment_operation(TEMPLATE_LIST), script.fault);
	template_log_output(LOG_ERR, "tunnels", text, TEMPLATE_TAIL_LINES);
	return -1;
}

/** compare() - the order of leases, for qsort() */
static int compare(const void *a, const void *b)
{
	return listing_compare(a, b);
}

/** sort() - unless the template lists them in order already */
static void sort(struct listing *l)
{
	size_t i;

	for (i = 1; i < l->count; i++) {
		if (listing_compare(&l->items[i - 1], &l->items[i]) > 0) {
			qsort(l->items, l->count, sizeof(*l->items), compare);
			return;
		}
	}
}

/**
 * listing_read() - all tunnels that the template knows of, in the order of their leases
 * @config:	Configuration; its template declares TSP-List, see modes.c
 * @counters:	Ask for counters, too
 * @out:	Result; goes to listing_free() in any case
 *
 * Return: 0; -1, logged: nothing is known
 */
int listing_read(const struct config *config, bool counters, struct listing *out)
{
	size_t room = LINE_ROOM + (counters ? COUNTS_ROOM : 0);
	size_t leases = (size_t)config->users_pool.capacity +
			config->anonymous_pool.capacity + SPARE;
	struct buf text = {.size = leases * room};
	int r;

	*out = (struct listing){.items = NULL};
	text.data = calloc(leases, room); /* pages that are not used cost nothing */
	if (!text.data) {
		log_msg(LOG_ERR, "%m");
		return -1;
	}
	r = run(config, leases, counters, &text);
	if (!r)
		r = parse(config->template, text.data, counters, out);
	free(text.data);
	if (!r)
		sort(out);
	return r;
}

/** listing_compare() - the order of pools, and of lease numbers in a pool */
int listing_compare(const struct listed *a, const struct listed *b)
{
	if (a->pool != b->pool)
		return a->pool < b->pool ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/**
 * listing_find() - the tunnel of a lease
 * @l:		Listing
 * @pool:	The lease's pool
 * @number:	Lease number
 *
 * Return: the tunnel; NULL: it is not listed
 */
const struct listed *listing_find(const struct listing *l, enum pool_kind pool,
				  uint32_t number)
{
	struct listed key = {.pool = pool, .number = number};

	if (!l->count)
		return NULL;
	return bsearch(&key, l->items, l->count, sizeof(key), compare);
}

/** listing_free() - empty it and free its memory */
void listing_free(struct listing *l)
{
	free(l->items);
	free(l->traffics);
	*l = (struct listing){.items = NULL};
}
