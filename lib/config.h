/* SPDX-License-Identifier: MIT */
/* config.h - tsp.conf: every key, its default and its limits (tsp.conf(5)) */
#ifndef LIB_CONFIG_H
#define LIB_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/mechanism.h"
#include "lib/prefix.h"

#define CONFIG_DEFAULT_PATH "/etc/tsp/tsp.conf"
#define CONFIG_LIST_MAX     16 /* entries of a list key */
#define CONFIG_NAME_MAX     254
#define CONFIG_NOTICES_MAX  4
#define CONFIG_DEVICE_MAX   14       /* characters: its peer's name has one more */
#define CONFIG_CAPACITY_MAX 16777216 /* leases of a pool; numbers have eight digits */

#define POOL_LINK_LEN 127 /* server and client share a /127 (RFC 6164) */

enum conflict { CONFLICT_REFUSE, CONFLICT_REPLACE };

/** struct pool_config - a [pool NAME] section */
struct pool_config {
	bool present;
	struct prefix6 link;
	struct prefix6 prefix; /* users only; len 0: no prefixes are delegated */
	uint8_t delegate;      /* length of a delegated prefix */
	uint32_t capacity;     /* leases */
};

/** struct config_notice - a key that has no meaning any more */
struct config_notice {
	unsigned line; /* of the file */
	const char *key;
	const char *why;
};

struct config {
	char path[PATH_MAX]; /* the file this was read from */

	/* [server] */
	char user[33];
	struct in_addr address; /* told to clients; 0.0.0.0: what they connected to */
	struct in_addr local;   /* 0.0.0.0: see tunnel/server_end.c */
	uint32_t lifetime_minutes;
	uint32_t keepalive_seconds; /* 0: none is offered */
	struct prefix6
		keepalive_prefix; /* of addresses to ping; len 0: see lib/keepalive.c */
	struct in6_addr dns[CONFIG_LIST_MAX];
	size_t dns_count;
	char domain[CONFIG_NAME_MAX];
	char template[PATH_MAX];
	struct prefix4 accept[CONFIG_LIST_MAX];
	size_t accept_count;
	bool static_nat;
	bool stale_address; /* another public address in a request is no sign of a NAT */
	bool proxy;         /* accounts may name another end of their tunnel */
	uint32_t udp_port;  /* of tsp-udp, as clients see it */
	enum conflict conflict;
	char redirect[CONFIG_LIST_MAX][CONFIG_NAME_MAX]; /* IPv4, IPv6 or name */
	size_t redirect_count;
	bool fork; /* processes fork sessions; no: an exec for each */
	char state[PATH_MAX];
	char writable[CONFIG_LIST_MAX]
		     [CONFIG_NAME_MAX]; /* where else templates may write */
	size_t writable_count;
	char device[CONFIG_DEVICE_MAX + 1]; /* of all tunnels of fast.sh */
	char uplink[CONFIG_LIST_MAX][CONFIG_DEVICE_MAX + 2]; /* of clients' packets */
	size_t uplink_count; /* 0: the devices of the default routes */

	/* [auth] */
	unsigned mechanisms; /* set of enum mechanism: configured and possible */
	char users[PATH_MAX];
	char realm[CONFIG_NAME_MAX];

	/* [pool ...] */
	struct pool_config anonymous_pool;
	struct pool_config users_pool;

	/* [limits] */
	uint32_t login_seconds;
	uint32_t login_delay; /* seconds before a refused login is answered */
	uint32_t session_seconds;
	uint32_t template_seconds;
	uint32_t request_bytes;
	uint32_t per_address; /* present clients of one IPv4 address */
	/* of tsp-listen.socket and of tsp-udp; with Accept=yes systemd limits them */
	uint32_t sessions; /* at a time */
	uint32_t sessions_per_address;

	struct config_notice notices[CONFIG_NOTICES_MAX];
	size_t notice_count;
};

const char *config_path(const char *option);
uint32_t config_pool_room(const struct pool_config *pool);
const char *config_refuses(const struct config *config, struct in_addr address);
int config_load(const char *path, struct config *out);
void config_notices(const struct config *config);

#endif
