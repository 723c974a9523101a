/* SPDX-License-Identifier: MIT */
/* history.h - who had an address: from the journal and from the leases */
#ifndef UPKEEP_HISTORY_H
#define UPKEEP_HISTORY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <time.h>

#include "alloc/lease.h"
#include "alloc/pool.h"
#include "lib/prefix.h"
#include "upkeep/files.h"

#define HISTORY_MATCHES 4

/**
 * struct history_wish - search criteria
 * @matches:	NAME=VALUE of journal entries, all of which must hold
 * @has_address, @address: only tunnels with this address, or a prefix around it
 * @ipv4:	Only clients at this IPv4 address; 0.0.0.0: any
 * @port:	Only clients at this port; 0: any
 * @user:	Only this user; NULL: any
 * @any_pool, @pool: Leases of all pools, or of one
 * @lease:	Only this lease; 0: any
 */
struct history_wish {
	char matches[HISTORY_MATCHES][96];
	size_t match_count;
	bool has_address;
	struct in6_addr address;
	struct in_addr ipv4;
	uint32_t port;
	const char *user;
	bool any_pool;
	enum pool_kind pool;
	uint32_t lease;
};

/**
 * struct history_span - a time in which a client had a lease
 * @from:	Accepted; 0: before the journal begins
 * @until:	Ended; 0: not yet
 * @proven:	The client has proved that it was there: its secret came back, or it had
 *		done so when it accepted
 */
struct history_span {
	time_t from, until;
	bool proven;
	enum pool_kind pool;
	uint32_t lease;
	char user[USER_ID_MAX + 1];
	char peer[ENDPOINT_LEN];
	char address[INET6_ADDRSTRLEN];
	char prefix[PREFIX6_TEXT_LEN];
};

/** struct history - all such times, in the order in which they began */
struct history {
	struct history_span *spans;
	size_t count, size;
	bool journal; /* it could be read */
	time_t begin; /* of the journal; 0: it is empty */
};

bool history_has_moved(const struct config *config);
int history_read(const struct config *config, const struct history_wish *wish,
		 struct history *out);
int history_add_leases(struct history *h, const struct history_wish *wish,
		       struct files *files);
void history_free(struct history *h);

#endif
