/* SPDX-License-Identifier: MIT */
/*
 * idle.c - leases whose tunnels receive nothing any more
 *
 * Templates give counters and no times. So each run asks all active tunnels for what they
 * have received, and keeps in STATE/idle since when that number is what it is:
 *
 *	sampled TIME
 *	POOL NUMBER EXPIRES RECEIVED SINCE
 *
 * sorted, a line for each lease. When the number changes, or the expiry, since then the
 * client has come back, the time begins anew; so it does for a lease that is not in the
 * file. Losing the file costs patience and nothing else.
 *
 * To ask thousands of tunnels takes a while, so it is done eight times in the configured
 * time, however often tspctl runs.
 */
#include "upkeep/idle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc/lease_line.h"
#include "lib/timestamp.h"
#include "lib/atomic_file.h"
#include "lib/log.h"
#include "upkeep/counters.h"
#include "upkeep/ending.h"
#include "lib/array.h"

#define SAMPLES 8 /* in the time after which a lease is idle */

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

/** struct idle - a look at all tunnels */
struct idle {
	struct ctl *ctl;
	struct files *files;
	time_t now;
	time_t sampled; /* when this was done last */
	struct records old, new;
	struct worklist active;
	struct worklist *result;
	bool failed; /* out of memory */
};

static int compare(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->pool != y->pool)
		return x->pool < y->pool ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/** add() - one more record; false without memory */
static bool add(struct records *r, const struct record *record)
{
	struct record *more;

	more = array_room(r->list, r->count, &r->size, sizeof(*more));
	if (!more)
		return false;
	r->list = more;
	r->list[r->count++] = *record;
	return true;
}

/** parse_record() - a line of the file; false for one that is none */
static bool parse_record(const char *line, struct record *out)
{
	char pool[10], expires[TIMESTAMP_LEN], since[TIMESTAMP_LEN], end;

	return sscanf(line, "%9s %" SCNu32 " %20s %" SCNu64 " %20s%c", pool, &out->number,
		      expires, &out->received, since, &end) == 6 &&
	       end == '\n' && !pool_parse(pool, &out->pool) &&
	       !timestamp_parse(expires, &out->expires) &&
	       !timestamp_parse(since, &out->since);
}

/** load() - what the file says; a file that makes no sense is as good as none */
static void load(struct idle *x, FILE *file)
{
	char line[160], sampled[TIMESTAMP_LEN] = "";
	struct record record;

	if (!fgets(line, sizeof(line), file) ||
	    sscanf(line, "sampled %20s", sampled) != 1 ||
	    timestamp_parse(sampled, &x->sampled))
		return;
	while (fgets(line, sizeof(line), file)) {
		if (!parse_record(line, &record) || !add(&x->old, &record)) {
			log_msg(LOG_WARNING, "%s/idle: makes no sense; it begins anew",
				x->ctl->config.state);
			x->old.count = 0;
			x->sampled = 0;
			return;
		}
	}
	if (x->old.count)
		qsort(x->old.list, x->old.count, sizeof(record), compare);
}

/** save() - write what was found to the new file */
static void save(struct idle *x, FILE *file)
{
	char text[TIMESTAMP_LEN], since[TIMESTAMP_LEN];
	size_t i;

	if (x->new.count)
		qsort(x->new.list, x->new.count, sizeof(*x->new.list), compare);
	timestamp_format(x->now, text);
	fprintf(file, "sampled %s\n", text);
	for (i = 0; i < x->new.count; i++) {
		const struct record *r = &x->new.list[i];

		timestamp_format(r->expires, text);
		timestamp_format(r->since, since);
		fprintf(file, "%s %u %s %" PRIu64 " %s\n", pool_name(r->pool), r->number,
			text, r->received, since);
	}
}

/** answer() - is a tunnel idle? One that nobody can tell of is not */
static void answer(void *context, size_t item, const struct lease *lease,
		   const struct traffic *traffic)
{
	struct idle *x = context;
	struct record now = {.pool = x->active.items[item].pool,
			     .number = lease->number,
			     .expires = lease->tunnel.expires,
			     .since = x->now};
	const struct record *old = NULL;

	if (!traffic || !traffic_received(traffic, &now.received))
		return;
	if (x->old.count)
		old = bsearch(&now, x->old.list, x->old.count, sizeof(now), compare);
	if (old && old->received == now.received && old->expires == now.expires)
		now.since = old->since;
	if (!add(&x->new, &now))
		x->failed = true;
	if (x->now - now.since >= (time_t)x->ctl->config.idle_hours * 3600 &&
	    worklist_add(x->result, now.pool, now.number, ENDING_NOW, now.expires))
		x->failed = true;
}

/** sample() - ask all tunnels; 0, or an exit status, reported */
static int sample(struct idle *x, unsigned jobs)
{
	int r;

	if (worklist_collect(&x->active, &x->files->store, worklist_add_active))
		return CTL_ERROR;
	r = counters_ask(x->files, &x->active, jobs, answer, x);
	if (r || !x->failed)
		return r;
	errno = ENOMEM;
	log_msg(LOG_ERR, "%m");
	return CTL_ERROR;
}

/** look() - with the file's lock taken */
static int look(struct idle *x, struct atomic_file *replace, unsigned jobs)
{
	time_t pause = (time_t)x->ctl->config.idle_hours * 3600 / SAMPLES;
	int r;

	load(x, replace->old);
	if (x->sampled <= x->now && x->now - x->sampled < pause) {
		atomic_file_abort(replace);
		return 0;
	}
	r = sample(x, jobs);
	if (r) {
		atomic_file_abort(replace);
		return r;
	}
	save(x, replace->new);
	if (!atomic_file_commit(replace))
		return 0;
	log_msg(LOG_ERR, "%s/idle: cannot be written: %m", x->ctl->config.state);
	return CTL_ERROR;
}

/**
 * idle_collect() - find leases that are idle for as long as the configuration allows
 * @ctl:	Run
 * @f:		Files, open
 * @jobs:	Tunnels to ask at a time; 0: as jobs_run() thinks best
 * @todo:	Result: they are added, to be ended now
 *
 * Return: 0; an exit status, reported
 */
int idle_collect(struct ctl *ctl, struct files *f, unsigned jobs, struct worklist *todo)
{
	struct idle x = {.ctl = ctl, .files = f, .now = f->store.now(), .result = todo};
	struct atomic_file replace;
	char path[PATH_MAX];
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s/idle", ctl->config.state) >=
		    sizeof(path) ||
	    atomic_file_begin(&replace, path, 0640, false)) {
		if (errno == EAGAIN)
			return 0; /* another tspctl is at it */
		log_msg(LOG_ERR, "%s/idle: %m", ctl->config.state);
		return CTL_ERROR;
	}
	r = look(&x, &replace, jobs);
	worklist_free(&x.active);
	free(x.old.list);
	free(x.new.list);
	return r;
}
