/* SPDX-License-Identifier: MIT */
/* view.h - a lease as commands show it */
#ifndef CTL_UI_VIEW_H
#define CTL_UI_VIEW_H

#include <arpa/inet.h>

#include "alloc/store.h"
#include "ctl/ui/output.h"
#include "lib/endpoint.h"
#include "lib/prefix.h"
#include "lib/timestamp.h"
#include "tunnel/traffic.h"

/** enum view_field - values of a row, in the order of "list --plain" */
enum view_field {
	VIEW_NAME, /* for people: "users/7", as an operand */
	VIEW_POOL,
	VIEW_LEASE,
	VIEW_STATE,
	VIEW_USER,
	VIEW_ENDPOINT,
	VIEW_MODE,
	VIEW_ADDRESS,
	VIEW_PREFIX,
	VIEW_GRANTED,
	VIEW_EXPIRES,
	VIEW_RX_BYTES, /* this field and the next three: only with traffic */
	VIEW_TX_BYTES,
	VIEW_RX_PACKETS,
	VIEW_TX_PACKETS,
	VIEW_HEARD,
	VIEW_FIELDS,
};
#define VIEW_FIELDS_PLAIN VIEW_RX_BYTES

/** struct view - a lease, settled, with the texts that its values point to */
struct view {
	enum pool_kind pool;
	struct lease lease; /* settled: offered only while a session holds it */
	bool active;
	struct pool_addresses ipv6;
	struct output_value values[VIEW_FIELDS];

	char name[24], endpoint[ENDPOINT_LEN];
	char address[INET6_ADDRSTRLEN], prefix[PREFIX6_TEXT_LEN];
	char granted[TIMESTAMP_LEN], expires[TIMESTAMP_LEN], heard[TIMESTAMP_LEN];
	char granted_ago[OUTPUT_TIME_LEN], expires_in[OUTPUT_TIME_LEN];
	char heard_ago[OUTPUT_TIME_LEN];
	char rx[OUTPUT_TIME_LEN], tx[OUTPUT_TIME_LEN];
};

extern const struct output_field view_fields[VIEW_FIELDS];

int view_make(struct store *store, enum pool_kind pool, const struct lease *lease,
	      struct view *out);
bool view_is_traffic(enum view_field field);
void view_traffic(struct view *v, const struct traffic *traffic);
const char *view_head(enum view_field field);
const char *view_state(const struct lease *lease, time_t now);

#endif
