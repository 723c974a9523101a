/* SPDX-License-Identifier: MIT */
/*
 * idle.c - find leases whose tunnels have stopped receiving
 *
 * Templates report counters, not times. So each sample reads the counters of all active
 * tunnels and keeps in STATE/idle since when each has not changed:
 *
 *	sampled TIME
 *	POOL NUMBER EXPIRES RECEIVED SINCE
 *
 * with a line for each lease, sorted. The time starts over when the counter changes, when
 * the expiry changes (the client has come back), and for a lease that the file lacks. If
 * the file is lost, all times start over; nothing else is lost.
 *
 * To read the counters of thousands of tunnels takes a while. So a sample is taken eight
 * times in the configured time, however often tspctl runs.
 */
#include "upkeep/idle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc/lease_line.h"
#include "lib/array.h"
#include "lib/atomic_file.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/timestamp.h"
#include "upkeep/counters.h"
#include "upkeep/ending.h"

#define SAMPLES      8 /* in the time after which a lease is idle */
#define WORDS        5 /* of a record */
#define LINE_MAX_LEN 160

/** struct record - a line of the file */
struct record {
	enum pool_kind pool;
	uint32_t number;
	time_t expires;
	uint64_t received;
	time_t since;
};

struct records {
	struct record *list;
	size_t count, size;
};

/** struct idle - idle_collect() under way */
struct idle {
	struct files *files;
	time_t now;
	time_t limit; /* seconds after which a tunnel is idle */
	time_t sampled;
	struct records old, new;
	struct worklist active;
	struct worklist *result;
	bool failed; /* out of memory */
};

static int compare_records(const void *a, const void *b)
{
	const struct record *first = a, *second = b;

	if (first->pool != second->pool)
		return first->pool < second->pool ? -1 : 1;
	return (first->number > second->number) - (first->number < second->number);
}

/** add_record() - add a record; false: no memory */
static bool add_record(struct records *r, const struct record *record)
{
	struct record *more;

	more = array_room(r->list, r->count, &r->size, sizeof(*more));
	if (!more)
		return false;
	r->list = more;
	r->list[r->count++] = *record;
	return true;
}

/** split() - cut a line, newline included, into words at single blanks; returns how many */
static size_t split(char *line, char *words[WORDS])
{
	size_t len = strlen(line), count = 0;
	char *word;

	if (!len || line[len - 1] != '\n')
		return 0;
	line[len - 1] = '\0';
	while ((word = strsep(&line, " "))) {
		if (count == WORDS)
			return 0;
		words[count++] = word;
	}
	return count;
}

/** parse_record() - read a line of the file; false: it is damaged */
static bool parse_record(char *line, struct record *out)
{
	char *words[WORDS];

	return split(line, words) == WORDS && !pool_parse(words[0], &out->pool) &&
	       !parse_u32(words[1], 1, LEASE_NUMBER_MAX, &out->number) &&
	       !timestamp_parse(words[2], &out->expires) &&
	       !parse_u64(words[3], &out->received) &&
	       !timestamp_parse(words[4], &out->since);
}

/** parse_sampled() - read the first line of the file; false: it is damaged */
static bool parse_sampled(char *line, time_t *out)
{
	char *words[WORDS];

	return split(line, words) == 2 && !strcmp(words[0], "sampled") &&
	       !timestamp_parse(words[1], out);
}

/** load() - read the file; a damaged one counts as missing */
static void load(struct idle *idle, FILE *file)
{
	char line[LINE_MAX_LEN];
	struct record record;

	if (!fgets(line, sizeof(line), file) || !parse_sampled(line, &idle->sampled))
		return;
	while (fgets(line, sizeof(line), file)) {
		if (!parse_record(line, &record) || !add_record(&idle->old, &record)) {
			log_msg(LOG_WARNING, "%s/idle: unreadable; starting over",
				idle->files->store.config->state);
			idle->old.count = 0;
			idle->sampled = 0;
			return;
		}
	}
	if (idle->old.count)
		qsort(idle->old.list, idle->old.count, sizeof(record), compare_records);
}

/** save() - write the new records */
static void save(struct idle *idle, FILE *file)
{
	char text[TIMESTAMP_LEN], since[TIMESTAMP_LEN];
	size_t i;

	if (idle->new.count)
		qsort(idle->new.list, idle->new.count, sizeof(*idle->new.list),
		      compare_records);
	timestamp_format(idle->now, text);
	fprintf(file, "sampled %s\n", text);
	for (i = 0; i < idle->new.count; i++) {
		const struct record *r = &idle->new.list[i];

		timestamp_format(r->expires, text);
		timestamp_format(r->since, since);
		fprintf(file, "%s %u %s %" PRIu64 " %s\n", pool_name(r->pool), r->number,
			text, r->received, since);
	}
}

/** judge() - counters_answer(): add an idle lease to the result; unknown is not idle */
static void judge(void *context, size_t item, const struct lease *lease,
		  const struct traffic *traffic)
{
	struct idle *idle = context;
	struct record now = {.pool = idle->active.items[item].pool,
			     .number = lease->number,
			     .expires = lease->tunnel.expires,
			     .since = idle->now};
	const struct record *old = NULL;

	if (!traffic || !traffic_received(traffic, &now.received))
		return;
	if (idle->old.count)
		old = bsearch(&now, idle->old.list, idle->old.count, sizeof(now),
			      compare_records);
	if (old && old->received == now.received && old->expires == now.expires)
		now.since = old->since;
	if (!add_record(&idle->new, &now))
		idle->failed = true;
	if (idle->now - now.since >= idle->limit &&
	    worklist_add(idle->result, now.pool, now.number, ENDING_NOW, now.expires))
		idle->failed = true;
}

/** sample() - read the counters of all tunnels */
static enum upkeep_result sample(struct idle *idle, unsigned jobs)
{
	enum upkeep_result r;

	if (worklist_collect(&idle->active, &idle->files->store, worklist_add_active))
		return UPKEEP_ERROR;
	r = counters_ask(idle->files, &idle->active, jobs, judge, idle);
	if (r != UPKEEP_OK || !idle->failed)
		return r;
	errno = ENOMEM;
	log_msg(LOG_ERR, "%m");
	return UPKEEP_ERROR;
}

/** update() - take a sample if it is due, with the file locked */
static enum upkeep_result update(struct idle *idle, struct atomic_file *file,
				 unsigned jobs)
{
	enum upkeep_result r = UPKEEP_OK;
	bool due;

	load(idle, file->old);
	due = idle->sampled > idle->now ||
	      idle->now - idle->sampled >= idle->limit / SAMPLES;
	if (due)
		r = sample(idle, jobs);
	if (!due || r != UPKEEP_OK) {
		atomic_file_abort(file);
		return r;
	}
	save(idle, file->new);
	if (!atomic_file_commit(file))
		return UPKEEP_OK;
	log_msg(LOG_ERR, "%s/idle: cannot be written: %m",
		idle->files->store.config->state);
	return UPKEEP_ERROR;
}

/**
 * idle_collect() - find leases whose tunnels are idle for longer than configured
 * @f:		Files
 * @jobs:	As in counters_ask()
 * @list:	Result: they are added, with the mark ENDING_NOW
 *
 * Return: enum upkeep_result; also UPKEEP_OK if another process is taking a sample
 */
enum upkeep_result idle_collect(struct files *f, unsigned jobs, struct worklist *list)
{
	const struct config *config = f->store.config;
	struct idle idle = {.files = f,
			    .now = f->store.now(),
			    .limit = (time_t)config->idle_hours * 3600,
			    .result = list};
	struct atomic_file file;
	char path[PATH_MAX];
	enum upkeep_result r;

	if ((size_t)snprintf(path, sizeof(path), "%s/idle", config->state) >=
		    sizeof(path) ||
	    atomic_file_begin(&file, path, 0640, false)) {
		if (errno == EAGAIN)
			return UPKEEP_OK;
		log_msg(LOG_ERR, "%s/idle: %m", config->state);
		return UPKEEP_ERROR;
	}
	r = update(&idle, &file, jobs);
	worklist_free(&idle.active);
	free(idle.old.list);
	free(idle.new.list);
	return r;
}
