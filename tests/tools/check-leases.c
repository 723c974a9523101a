// SPDX-License-Identifier: MIT
/*
 * check-leases.c - are these allocation files sound?
 *
 * usage: check-leases FILE...
 *
 * Reads every line of each file (NAME.leases, NAME being the pool) and prints the leases
 * that somebody has or had: pool, number, state, owner, endpoint, delegated length. An
 * offered lease shows as "offered"; later checks take its former state.
 *
 * Exit status: 0, or 1 when a line is damaged, an owner has two leases in one file, or an
 * IPv4 endpoint has two active tunnels, in whichever files.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc/table.h"
#include "lib/endpoint.h"

#define CLAIM_MAX 96

/** struct claim - a text that may be there once only: "users/alice", "endpoint/192.0.2.1" */
struct claim {
	char text[CLAIM_MAX];
};

/** struct findings - counts over all files so far */
struct findings {
	const char *pool;
	struct claim *claims;
	size_t count;
	unsigned mistakes;
};

static void add_claim(struct findings *f, const char *kind, const char *value)
{
	struct claim *more = reallocarray(f->claims, f->count + 1, sizeof(*more));

	if (!more) {
		perror("check-leases");
		exit(1);
	}
	f->claims = more;
	snprintf(more[f->count++].text, CLAIM_MAX, "%s/%s", kind, value);
}

static int on_line(uint32_t number, const struct lease *lease, const char *why,
		   void *context)
{
	struct findings *f = context;
	struct lease settled;
	char endpoint[ENDPOINT_LEN];

	if (!lease) {
		fprintf(stderr, "%s lease %u: %s\n", f->pool, number, why);
		f->mistakes++;
		return 0;
	}
	if (lease->state == LEASE_FREE)
		return 0;

	endpoint_format(&lease->tunnel.endpoint, endpoint);
	printf("%s %u %s %s %s %u\n", f->pool, number,
	       lease_is_accepted(lease) ? "active" : lease_state_name(lease->state),
	       lease->owner, endpoint, lease->tunnel.prefix_len);
	add_claim(f, f->pool, lease->owner);

	settled = *lease;
	lease_settle(&settled);
	if (lease_is_active(&settled, time(NULL))) {
		endpoint_format(&settled.tunnel.endpoint, endpoint);
		add_claim(f, "endpoint", endpoint);
	}
	return 0;
}

static void check_file(struct findings *f, const char *path)
{
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	bool users = strcmp(base, "users.leases") == 0;
	struct table table;

	f->pool = users ? "users" : "anonymous";
	if (table_open(&table, path, users ? POOL_USERS : POOL_ANONYMOUS)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		f->mistakes++;
		return;
	}
	if (table_each(&table, on_line, f)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		f->mistakes++;
	}
	table_close(&table);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct claim *)a)->text, ((const struct claim *)b)->text);
}

static void check_claims(struct findings *f)
{
	if (f->count)
		qsort(f->claims, f->count, sizeof(*f->claims), compare);
	for (size_t i = 1; i < f->count; i++) {
		if (compare(&f->claims[i - 1], &f->claims[i]) == 0) {
			fprintf(stderr, "given twice: %s\n", f->claims[i].text);
			f->mistakes++;
		}
	}
}

int main(int argc, char **argv)
{
	struct findings f = {NULL};

	if (argc < 2) {
		fputs("usage: check-leases FILE...\n", stderr);
		return 100;
	}
	for (int i = 1; i < argc; i++)
		check_file(&f, argv[i]);
	check_claims(&f);
	free(f.claims);
	return f.mistakes ? 1 : 0;
}
