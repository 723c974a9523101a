/* SPDX-License-Identifier: MIT */
/* settings.h - tspc.conf: every key, its default and its limits (tspc.conf(5)) */
#ifndef CLIENT_SETTINGS_H
#define CLIENT_SETTINGS_H

#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/ipc.h"

#define SETTINGS_DEFAULT_PATH "/etc/tsp/tspc.conf"
#define SETTINGS_TEMPLATES    "/etc/tsp/client" /* default directory of templates */
#define SETTINGS_PORT         3653
#define SETTINGS_HOST_MAX     254
#define SETTINGS_TEXT_MAX     256
#define SETTINGS_DNS_MAX      8

/** enum settings_auth - auth_method */
enum settings_auth { AUTH_ANY, AUTH_ANONYMOUS, AUTH_PLAIN, AUTH_DIGEST_MD5 };

/** enum settings_carrier - who carries the tunnel's packets: carrier */
enum settings_carrier { CARRIER_AUTO, CARRIER_KERNEL, CARRIER_TSPC };

/** struct settings_server - where a broker listens */
struct settings_server {
	char host[SETTINGS_HOST_MAX]; /* name or IPv4 address */
	uint16_t port;
};

struct settings {
	char path[PATH_MAX]; /* the file this was read from */

	char userid[SETTINGS_TEXT_MAX]; /* empty: anonymous */
	char passwd[SETTINGS_TEXT_MAX];
	struct settings_server server;
	uint32_t auth; /* enum settings_auth */

	uint32_t mode; /* enum tunnel_type: V6V4, V6UDPV4 or V6ANYV4 */
	bool router;
	uint32_t prefix_len; /* asked for by a router; 0: any */
	char if_prefix[IFNAMSIZ];
	char dns[SETTINGS_DNS_MAX][SETTINGS_HOST_MAX]; /* for the reverse zone */
	uint32_t dns_count;
	char if_v6v4[IFNAMSIZ];
	char if_v6udpv4[IFNAMSIZ];
	struct in_addr
		client_v4; /* 0.0.0.0: the address that the route to the server has */
	bool proxy;

	char template[PATH_MAX]; /* whole path */
	uint32_t carrier;        /* enum settings_carrier */
	uint32_t mtu;

	bool keepalive;
	uint32_t keepalive_interval; /* seconds; the server's counts if it gives one */
	bool retry;
	uint32_t retry_delay; /* seconds */
	uint32_t retry_delay_max;

	bool same_server;           /* go to last_server first */
	char broker_list[PATH_MAX]; /* not empty: remember the last list of brokers */
	char last_server[PATH_MAX]; /* not empty: remember who gave the last tunnel */
	char tsp_dir[PATH_MAX];
	uint32_t verbose; /* 0 to 3 */
};

int settings_load(const char *path, struct settings *out);
const char *settings_device(const struct settings *s, uint32_t mode);

#endif
