// SPDX-License-Identifier: MIT
/*
 * referee.c - judge a broker's answers to a hostile session, and its tunnels
 *
 * Every reply and every run of the template is held against what the conversation has
 * earned so far: nothing but an error before a login, only alice's lease for whoever
 * proved to be alice, and tunnels to nobody but the peer.
 */
#include "tests/tools/lib/referee.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "alloc/table.h"

#define VIOLATIONS_SHOWN 20

/** referee_violation() - count it, and describe the first ones */
void referee_violation(struct referee *r, const char *format, ...)
{
	va_list args;

	if (r->violations++ >= VIOLATIONS_SHOWN)
		return;
	fprintf(stderr, "adversary: conversation %lu: ", r->conversation);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/** referee_fresh() - new files: nothing is up but the tunnel of this canary */
void referee_fresh(struct referee *r, const struct tunnel *canary)
{
	r->canary = *canary;
	memset(r->up, 0, sizeof(r->up));
	r->read = 0;
}

/** referee_begin() - a new client */
void referee_begin(struct referee *r, struct in_addr peer, bool udp)
{
	r->peer = peer;
	r->udp = udp;
	r->mechanism = 0;
	r->known = NOBODY;
	r->conversation++;
	memcpy(r->before, r->up, sizeof(r->before));
}

/** used_bytes() - where the part of a reply ends that means something */
static size_t used_bytes(const struct ipc_reply *reply)
{
	switch (reply->kind) {
	case IPC_CHALLENGE:
		return offsetof(struct ipc_reply, sasl.data) + reply->sasl.len;
	case IPC_STATUS:
		return offsetof(struct ipc_reply, result.final) + reply->result.final_len;
	default:
		return offsetof(struct ipc_reply, tunnel.name) +
		       strnlen(reply->tunnel.name, IPC_NAME_MAX);
	}
}

/** check_secret() - nothing of canary's in a reply to this session */
static void check_secret(struct referee *r, const struct ipc_reply *reply, size_t used)
{
	const struct tunnel *t = &r->canary;
	const struct {
		const char *what;
		const void *data;
		size_t len;
	} secrets[] = {
		{"user id", t->user, strlen(t->user)},
		{"IPv4 address", &t->client.addr, sizeof(t->client.addr)},
		{"server address", &t->ipv6.server, sizeof(t->ipv6.server)},
		{"client address", &t->ipv6.client, sizeof(t->ipv6.client)},
		{"prefix", &t->ipv6.prefix.addr, sizeof(t->ipv6.prefix.addr)},
	};
	size_t i;

	for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		if (memmem(reply, used, secrets[i].data, secrets[i].len))
			referee_violation(r, "%s of another user in a reply",
					  secrets[i].what);
	}
}

/** check_bytes() - no secret in them, and zeros behind the used part */
static void check_bytes(struct referee *r, const struct ipc_reply *reply)
{
	static const uint8_t zeros[sizeof(*reply)];
	size_t used = used_bytes(reply);

	if (used > sizeof(*reply)) {
		referee_violation(r, "a length beyond the packet in a reply");
		return;
	}
	check_secret(r, reply, used);
	if (memcmp((const uint8_t *)reply + used, zeros, sizeof(*reply) - used))
		referee_violation(r, "bytes behind the end of a reply");
}

/** judge_login() - an answer to login or step */
static enum broker_state judge_login(struct referee *r,
				     const struct hostile_packet *asked,
				     const struct ipc_reply *reply)
{
	const struct ipc_sasl *sasl = &asked->request.sasl;

	if (asked->request.kind == IPC_LOGIN)
		r->mechanism = sasl->mechanism;
	if (reply->kind == IPC_CHALLENGE)
		return BROKER_STEP;
	if (reply->kind != IPC_STATUS || reply->result.status != STATUS_SUCCESS) {
		r->refused++;
		return BROKER_DONE;
	}
	r->known = r->mechanism == MECHANISM_ANONYMOUS ? ANONYMOUS : ALICE;
	if (r->known == ALICE && (r->no_password || !(r->mechanism == MECHANISM_PLAIN
							      ? hostile_is_password(sasl)
							      : asked->proof)))
		referee_violation(r, "authentication passed without the password");
	r->logins[r->known]++;
	return BROKER_COMMAND;
}

/** judge_offer() - may this session have that tunnel? */
static void judge_offer(struct referee *r, const struct hostile_packet *asked,
			const struct ipc_tunnel *t)
{
	struct pool_match match = {.kind = POOL_KINDS};
	bool user = r->known == ALICE;

	if (r->known == NOBODY)
		referee_violation(r, "an offer without a login");
	if (strcmp(t->name, user ? "alice.tsp.example" : ""))
		referee_violation(r, "an offer with the name '%s'", t->name);
	if (!user && t->prefix.len)
		referee_violation(r, "an anonymous client is offered a prefix");
	if (asked->request.kind == IPC_CREATE && t->client_ipv4.s_addr != r->peer.s_addr)
		referee_violation(r, "an offer with somebody else's IPv4 address");
	if (!pool_find(r->config, &t->client_ipv6, &match) ||
	    match.kind != (user ? POOL_USERS : POOL_ANONYMOUS))
		referee_violation(r, "an offer with an address of the wrong pool");
	if (!user && match.endpoint.addr.s_addr != r->peer.s_addr)
		referee_violation(r, "an anonymous offer with somebody else's address");
	r->offers++;
}

/** judge_proof() - over UDP only the nonce of DIGEST-MD5 opens info and delete */
static void judge_proof(struct referee *r, uint32_t kind, const struct ipc_reply *reply)
{
	bool refused =
		reply->kind == IPC_STATUS && reply->result.status != STATUS_SUCCESS;

	if (r->udp && r->mechanism != MECHANISM_DIGEST_MD5 && !refused &&
	    (kind == IPC_INFO || kind == IPC_DELETE))
		referee_violation(r, "request %u was served without proof", kind);
}

/**
 * referee_reply() - judge a reply
 * @r:		Referee
 * @state:	State in which was asked
 * @asked:	Packet
 * @reply:	The broker's answer
 *
 * Return: the state that follows
 */
enum broker_state referee_reply(struct referee *r, enum broker_state state,
				const struct hostile_packet *asked,
				const struct ipc_reply *reply)
{
	uint32_t kind = asked->request.kind;

	check_bytes(r, reply);
	if (asked->len != sizeof(asked->request) || asked->request.version != IPC_VERSION)
		referee_violation(r, "a packet of %zu bytes was answered", asked->len);
	if (kind == IPC_NOTE)
		return state;
	if (kind == IPC_LOGIN || kind == IPC_STEP) {
		if (state != (kind == IPC_LOGIN ? BROKER_LOGIN : BROKER_STEP))
			referee_violation(r, "a login in state %d", (int)state);
		return judge_login(r, asked, reply);
	}
	if ((kind == IPC_ACCEPT || kind == IPC_REJECT) != (state == BROKER_OFFERED) ||
	    state < BROKER_COMMAND || state == BROKER_DONE)
		referee_violation(r, "request %u in state %d", kind, (int)state);
	judge_proof(r, kind, reply);
	if (reply->kind == IPC_OFFER) {
		judge_offer(r, asked, &reply->tunnel);
		return kind == IPC_CREATE ? BROKER_OFFERED : state;
	}
	r->refused += reply->result.status != STATUS_SUCCESS;
	return state == BROKER_OFFERED ? BROKER_DONE : state;
}

static struct referee_tunnel *find_tunnel(struct referee_tunnel *list,
					  const char *interface)
{
	size_t i;

	for (i = 0; i < REFEREE_TUNNELS; i++) {
		if (!strcmp(list[i].interface, interface))
			return &list[i];
	}
	return NULL;
}

/** judge_creation() - to the peer, for who is known; or what stood there before */
static void judge_creation(struct referee *r, const struct referee_tunnel *t)
{
	const struct referee_tunnel *was = find_tunnel(r->before, t->interface);
	struct referee_tunnel *slot = find_tunnel(r->up, t->interface);
	bool own = t->client.s_addr == r->peer.s_addr && r->known != NOBODY &&
		   !strcmp(t->user, r->known == ALICE ? "alice" : "-");
	bool again = was && was->client.s_addr == t->client.s_addr &&
		     !strcmp(was->user, t->user);

	if (!own && !again)
		referee_violation(r, "tunnel %s of %s was built to another address",
				  t->interface, t->user);
	slot = slot ? slot : find_tunnel(r->up, "");
	if (slot)
		*slot = *t;
	r->built++;
}

/** judge_teardown() - alice's or the peer's own */
static void judge_teardown(struct referee *r, const struct referee_tunnel *t)
{
	struct referee_tunnel *slot = find_tunnel(r->up, t->interface);

	if (strcmp(t->user, r->known == ALICE ? "alice" : "-") &&
	    t->client.s_addr != r->peer.s_addr)
		referee_violation(r, "tunnel %s of %s was taken down", t->interface,
				  t->user);
	if (slot)
		slot->interface[0] = '\0';
	r->removed++;
}

/** referee_tunnels() - judge what the template was asked for since the last look */
void referee_tunnels(struct referee *r, const char *path)
{
	char line[1024], operation[32], address[INET_ADDRSTRLEN];
	FILE *file = fopen(path, "re");
	struct referee_tunnel t;

	if (!file)
		return; /* nothing was asked for yet */
	fseek(file, r->read, SEEK_SET);
	while (fgets(line, sizeof(line), file)) {
		memset(&t, 0, sizeof(t));
		if (sscanf(line, "%31s %15s %15s %*s %*s %63s", operation, t.interface,
			   address, t.user) != 4 ||
		    inet_pton(AF_INET, address, &t.client) != 1) {
			referee_violation(r, "the template was told nonsense: %s", line);
			continue;
		}
		if (!strcmp(t.interface, r->canary.interface))
			referee_violation(r, "canary's tunnel was touched");
		if (!strcmp(operation, "TSP_TUNNEL_CREATION"))
			judge_creation(r, &t);
		else
			judge_teardown(r, &t);
	}
	r->read = ftell(file);
	fclose(file);
}

/** struct look - at the leases of one file */
struct look {
	struct referee *referee;
	enum pool_kind pool;
	size_t active;
};

static int look_at(uint32_t number, const struct lease *lease, const char *why,
		   void *context)
{
	struct look *look = context;
	struct referee *r = look->referee;
	const struct referee_tunnel *up;
	struct tunnel t;

	if (!lease || lease->state == LEASE_OFFERED) {
		referee_violation(r, "%s lease %u: %s", pool_name(look->pool), number,
				  why ? why : "left behind as offered");
		return 0;
	}
	if (!lease_is_active(lease, time(NULL)))
		return 0;
	tunnel_describe(r->config, look->pool, lease, &lease->tunnel, r->config->address,
			&t);
	if (!strcmp(t.interface, r->canary.interface)) {
		if (memcmp(&t.client, &r->canary.client, sizeof(t.client)) ||
		    strcmp(t.user, r->canary.user))
			referee_violation(r, "canary's lease was changed");
		return 0;
	}
	up = find_tunnel(r->up, t.interface);
	if (!up || up->client.s_addr != t.client.addr.s_addr)
		referee_violation(r, "%s is leased, but not up", t.interface);
	look->active++;
	return 0;
}

/**
 * referee_leases() - the files are sound, and those tunnels are up that they tell of
 * @r:			Referee
 * @template_failed:	Some runs of the template failed: the tunnels are unknown
 */
void referee_leases(struct referee *r, bool template_failed)
{
	size_t i, up = 0, active = 0;
	char path[PATH_MAX + 32];
	struct table table;
	int pool;

	for (pool = 0; pool < POOL_KINDS; pool++) {
		struct look look = {r, (enum pool_kind)pool, 0};

		snprintf(path, sizeof(path), "%s/%s.leases", r->config->state,
			 pool_name(look.pool));
		if (table_open(&table, path, look.pool))
			continue; /* no lease of this pool was asked for */
		if (!template_failed && table_each(&table, look_at, &look))
			referee_violation(r, "%s cannot be read", path);
		table_close(&table);
		active += look.active;
	}
	for (i = 0; i < REFEREE_TUNNELS; i++)
		up += *r->up[i].interface != '\0';
	if (!template_failed && up != active)
		referee_violation(r, "%zu tunnels are up for %zu leases", up, active);
}
