/* SPDX-License-Identifier: MIT */
/*
 * listing.c - ask the template which tunnels there are
 *
 * Counters tell which tunnels are missing; only the template can tell which are there that
 * no lease explains. It prints a line for each: pool, lease number, the client's endpoint;
 * words behind are for people. Tunnels end by this list, so one line that is not understood
 * makes all of it worthless.
 */
#include "tunnel/listing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "tunnel/environment.h"
#include "tunnel/script.h"

#define LINE_ROOM 64   /* bytes of a line, its newline included */
#define SPARE     16   /* lines beyond the capacity */
#define PER_RUN   4096 /* leases for which a run has template_seconds */

/** word() - the next word of a line, up to a blank; NULL: there are no more */
static char *word(char **rest)
{
	return strtok_r(NULL, " ", rest);
}

/** parse_line() - a tunnel; -1: the line is no such */
static int parse_line(const char *line, struct listed *out)
{
	char copy[LINE_ROOM], *rest = NULL;
	bool whole = snprintf(copy, sizeof(copy), "%s", line) < LINE_ROOM;
	char *pool = whole ? strtok_r(copy, " ", &rest) : NULL;
	char *number = pool ? word(&rest) : NULL, *client = number ? word(&rest) : NULL;

	return !client || pool_parse(pool, &out->pool) || out->pool >= POOL_KINDS ||
			       parse_u32(number, 1, CONFIG_CAPACITY_MAX, &out->number) ||
			       endpoint_parse(client, &out->client)
		       ? -1
		       : 0;
}

/** add() - one more; -1, logged */
static int add(struct listing *l, const struct listed *tunnel)
{
	struct listed *more = array_room(l->items, l->count, &l->size, sizeof(*more));

	if (!more) {
		log_msg(LOG_ERR, "%m");
		return -1;
	}
	l->items = more;
	l->items[l->count++] = *tunnel;
	return 0;
}

/** parse() - all lines; -1, logged */
static int parse(const char *template, char *text, struct listing *out)
{
	struct listed tunnel;
	char *end;

	for (; *text; text = end + 1) {
		end = strchr(text, '\n');
		if (end)
			*end = '\0';
		if (!end || parse_line(text, &tunnel)) {
			log_msg(LOG_ERR, "%s: lists '%.80s', which is no tunnel",
				template, text);
			return -1;
		}
		if (add(out, &tunnel))
			return -1;
	}
	return 0;
}

/** run() - the template's output; -1, logged */
static int run(const struct config *config, size_t leases, struct buf *text)
{
	unsigned seconds = config->template_seconds * (unsigned)(1 + leases / PER_RUN);
	struct environment env = {.count = 0};
	struct script script;

	if (environment_many(&env, config, TEMPLATE_LIST))
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

/**
 * listing_read() - all tunnels that the template knows of
 * @config:	Configuration; its template declares TSP-List, see modes.c
 * @out:	Result; goes to listing_free() in any case
 *
 * Return: 0; -1, logged: nothing is known
 */
int listing_read(const struct config *config, struct listing *out)
{
	size_t leases = (size_t)config->users_pool.capacity +
			config->anonymous_pool.capacity + SPARE;
	struct buf text = {.size = leases * LINE_ROOM};
	int r;

	*out = (struct listing){.items = NULL};
	text.data = calloc(leases, LINE_ROOM); /* pages that are not used cost nothing */
	if (!text.data) {
		log_msg(LOG_ERR, "%m");
		return -1;
	}
	r = run(config, leases, &text);
	if (!r)
		r = parse(config->template, text.data, out);
	free(text.data);
	return r;
}

/** listing_free() - empty it and free its memory */
void listing_free(struct listing *l)
{
	free(l->items);
	*l = (struct listing){.items = NULL};
}
