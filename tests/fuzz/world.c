/* SPDX-License-Identifier: MIT */
/*
 * world.c - the world around the broker that is fuzzed: files, users, tunnels
 *
 * The same at the start of each input, but for its options. The user canary has an active
 * lease that no packet may touch or tell about. The template is a list of tunnels: being
 * linked before libtsp.a, the functions here take the place of those of tunnel/template.c.
 */
#include "tests/fuzz/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc/header.h"
#include "alloc/index.h"
#include "alloc/table.h"
#include "auth/users.h"
#include "tunnel/template.h"
#include "lib/endpoint.h"
#include "lib/prefix.h"

#define CAPACITY      4
#define CANARY_NUMBER 2
#define TUNNELS_MAX   (2 * CAPACITY)

#define PEER           0xc0000207U /* 192.0.2.7 */
#define ALICE_BEFORE   0xc0000208U /* where alice was before */
#define CANARY_ADDRESS 0xc6336411U /* 198.51.100.17 */

struct config world_config = {
	.lifetime_minutes = 60,
	.keepalive_seconds = 30,
	.domain = "tsp.example",
	.realm = "tsp.example",
	.template = "/nowhere",
	.accept = {{.len = 24}},
	.accept_count = 1,
	.mechanisms = MECHANISM_ANONYMOUS | MECHANISM_PLAIN | MECHANISM_DIGEST_MD5,
	.anonymous_pool = {.present = true, .capacity = CAPACITY},
	.users_pool = {.present = true, .delegate = 56, .capacity = CAPACITY},
	.login_seconds = 30,
	.session_seconds = 60,
	.template_seconds = 10,
	.request_bytes = 8192,
	.per_address = 4,
};

struct peer world_peer = {.text = "192.0.2.7"};

static struct {
	struct table tables[POOL_KINDS];
	char empty[POOL_KINDS][(1 + CAPACITY + HEADER_INDEX_MIN) * LINE_LEN];
	char canary_line[LINE_LEN];
	struct tunnel canary;

	struct tunnel before[TUNNELS_MAX]; /* what was up when the session began ... */
	struct tunnel up[TUNNELS_MAX];     /* ... and is now; interface "": none */
	unsigned calls;                    /* of the template ... */
	unsigned fails_from;               /* ... that fail from this one on; 0: none */
} world;

static struct tunnel *find_up(struct tunnel *list, const char *interface)
{
	size_t i;

	for (i = 0; i < TUNNELS_MAX; i++) {
		if (!strcmp(list[i].interface, interface))
			return &list[i];
	}
	return NULL;
}

/** may_build() - to the peer, or what stood there before the session began */
static bool may_build(const struct tunnel *t)
{
	const struct tunnel *was = find_up(world.before, t->interface);

	if (t->client.addr.s_addr == htonl(PEER))
		return !*t->user || !strcmp(t->user, "alice");
	return was && was->client.addr.s_addr == t->client.addr.s_addr &&
	       !strcmp(was->user, t->user) && was->ipv6.prefix.len == t->ipv6.prefix.len;
}

/** note_run() - a run of the template; 0, or -1 when it is one that fails */
static int note_run(enum template_operation operation, const struct tunnel *t)
{
	struct tunnel *slot = find_up(world.up, t->interface);

	CHECK(*t->interface && strcmp(t->interface, world.canary.interface));
	CHECK(operation != TEMPLATE_CREATION || may_build(t));
	if (world.fails_from && ++world.calls >= world.fails_from) {
		errno = EIO;
		return -1;
	}
	if (operation == TEMPLATE_TEARDOWN && slot)
		slot->interface[0] = '\0';
	if (operation == TEMPLATE_CREATION) {
		slot = slot ? slot : find_up(world.up, "");
		CHECK(slot);
		*slot = *t;
	}
	return 0;
}

int template_start(struct template_run *run, const struct config *config,
		   enum template_operation operation, const struct tunnel *tunnel,
		   struct buf *output)
{
	CHECK(config == &world_config);
	if (output)
		buf_clear(output);
	run->operation = operation;
	run->tunnel = tunnel;
	return 0;
}

int template_end(struct template_run *run)
{
	return note_run(run->operation, run->tunnel);
}

int template_finish(struct template_run *run)
{
	return template_end(run);
}

int template_run(const struct config *config, enum template_operation operation,
		 const struct tunnel *tunnel, struct buf *output)
{
	struct template_run run;

	return template_start(&run, config, operation, tunnel, output) ||
			       template_finish(&run)
		       ? -1
		       : 0;
}

/** make_lease() - active until the year 9999 */
static struct lease make_lease(uint32_t number, const char *owner, uint32_t ipv4)
{
	struct lease lease = {
		.number = number,
		.state = LEASE_ACTIVE,
		.tunnel = {.mode = TUNNEL_V6V4,
			   .endpoint.addr.s_addr = htonl(ipv4),
			   .granted = 1,
			   .expires = 253402300799},
	};

	snprintf(lease.owner, sizeof(lease.owner), "%s", owner);
	return lease;
}

/** put_lease() - into its file, and its tunnel up */
static void put_lease(enum pool_kind pool, const struct lease *lease)
{
	struct table *t = &world.tables[pool];

	CHECK(!index_add(t, lease) && !table_write(t, lease));
	tunnel_describe(&world_config, pool, lease, &lease->tunnel, world_config.address,
			find_up(world.up, ""));
}

static void write_users(void)
{
	char alice[USERS_DIGEST_LEN], text[1024];

	users_digest("alice", 5, world_config.realm, "s3cret", 6, alice);
	snprintf(text, sizeof(text), "alice:%s:%s\ncanary:%s:%s\n", world_config.realm,
		 alice, world_config.realm, "0123456789abcdef0123456789abcdef");
	strcpy(world_config.users, fuzz_file("users", text, strlen(text)));
}

/** make_file() - an empty allocation file with a key that is always the same */
static void make_file(enum pool_kind pool)
{
	struct header header = {.kind = pool, .capacity = CAPACITY, .key = {1, 2}};
	char path[PATH_MAX + 32], line[LINE_LEN];
	struct table *t = &world.tables[pool];

	snprintf(path, sizeof(path), "%s/%s.leases", world_config.state, pool_name(pool));
	CHECK(!table_create(path, pool, CAPACITY));
	CHECK(!table_open(t, path, pool));
	header_encode(&header, line);
	CHECK(!table_raw_write(t, 0, line, sizeof(line)));
	memcpy(t->key, header.key, sizeof(t->key));
	CHECK(!table_raw_read(t, 0, world.empty[pool], sizeof(world.empty[pool])));
}

/** make_world() - what is the same for all inputs */
static void make_world(void)
{
	strcpy(world_config.state, fuzz_scratch());
	world_peer.client.addr.s_addr = htonl(PEER);
	world_peer.client.port = 40000;
	world_peer.server.s_addr = htonl(0xc0000201U);
	world_config.address = world_peer.server;
	CHECK(!prefix4_parse("192.0.2.0/24", &world_config.accept[0]));
	CHECK(!prefix6_parse("2001:db8:a::/64", &world_config.anonymous_pool.link));
	CHECK(!prefix6_parse("2001:db8:ffff::/64", &world_config.users_pool.link));
	CHECK(!prefix6_parse("2001:db8:1000::/36", &world_config.users_pool.prefix));
	write_users();
	make_file(POOL_USERS);
	make_file(POOL_ANONYMOUS);
}

/**
 * set_options() - what this input begins with
 *
 * a: alice has a lease from another address. d: a session of hers died while it offered
 * that. n: the peer has an anonymous lease. r: conflict = replace. s: static_nat = yes.
 * 1 to 9: the template fails from this call on.
 */
static void set_options(struct fuzz_span options)
{
	struct lease alice = make_lease(1, "alice", ALICE_BEFORE);
	struct lease nobody = make_lease(3, "192.0.2.7", PEER);

	if (options.len && memchr(options.p, 'd', options.len))
		alice.state = LEASE_OFFERED;
	world_config.conflict = CONFLICT_REFUSE;
	world_config.static_nat = false;
	world.calls = world.fails_from = 0;
	for (; options.len; options.p++, options.len--) {
		if (*options.p == 'a' && !find_up(world.up, "tsp1"))
			put_lease(POOL_USERS, &alice);
		if (*options.p == 'n' && !find_up(world.up, "tspac0000207"))
			put_lease(POOL_ANONYMOUS, &nobody);
		if (*options.p == 'r')
			world_config.conflict = CONFLICT_REPLACE;
		if (*options.p == 's')
			world_config.static_nat = true;
		if (*options.p >= '1' && *options.p <= '9')
			world.fails_from = (unsigned)(*options.p - '0');
	}
}

/** world_begin() - everything as it was, then the options */
void world_begin(struct fuzz_span options)
{
	struct lease canary = make_lease(CANARY_NUMBER, "canary", CANARY_ADDRESS);
	struct tunnel *up;
	int pool;

	if (!*world_config.state)
		make_world();
	for (pool = 0; pool < POOL_KINDS; pool++)
		CHECK(!table_raw_write(&world.tables[pool], 0, world.empty[pool],
				       sizeof(world.empty[pool])));
	memset(world.up, 0, sizeof(world.up));
	canary.tunnel.prefix_len = 56;
	put_lease(POOL_USERS, &canary);
	up = find_up(world.up, "tsp2");
	CHECK(up);
	world.canary = *up;
	CHECK(!table_raw_read(&world.tables[POOL_USERS], header_line_at(CANARY_NUMBER),
			      world.canary_line, LINE_LEN));
	set_options(options);
	memcpy(world.before, world.up, sizeof(world.before));
}

/** forgive() - nobody has come across this offer of a dead session, or its tunnel */
static void forgive(enum pool_kind pool, const struct lease *lease)
{
	struct tunnel was, *is;

	CHECK(pool == POOL_USERS &&
	      lease->tunnel.endpoint.addr.s_addr == htonl(ALICE_BEFORE));
	tunnel_describe(&world_config, pool, lease, &lease->tunnel, world_config.address,
			&was);
	is = find_up(world.up, was.interface);
	if (is && endpoint_equal(&is->client, &was.client))
		is->interface[0] = '\0';
}

/** check_line() - a lease that is whole and, if active, has its tunnel up as it says */
static int check_line(uint32_t number, const struct lease *lease, const char *why,
		      void *context)
{
	enum pool_kind pool = *(enum pool_kind *)context;
	struct tunnel should, *is;
	struct lease settled;

	CHECK(lease && lease->number == number && !why);
	if (lease->state == LEASE_OFFERED)
		forgive(pool, lease);
	settled = *lease;
	lease_settle(&settled);
	if (!lease_is_active(&settled, time(NULL)))
		return 0;
	tunnel_describe(&world_config, pool, &settled, &settled.tunnel,
			world_config.address, &should);
	is = find_up(world.up, should.interface);
	CHECK(world.fails_from || (is && endpoint_equal(&is->client, &should.client)));
	CHECK(world.fails_from || is->ipv6.prefix.len == should.ipv6.prefix.len);
	if (is)
		is->interface[0] = '\0';
	return 0;
}

/** world_check() - after the session: leases and tunnels agree, and canary is untouched */
void world_check(void)
{
	char line[LINE_LEN];
	enum pool_kind pool;
	size_t i;

	CHECK(!table_raw_read(&world.tables[POOL_USERS], header_line_at(CANARY_NUMBER),
			      line, LINE_LEN));
	CHECK(!memcmp(line, world.canary_line, LINE_LEN));
	for (pool = 0; pool < POOL_KINDS; pool++)
		CHECK(!table_each(&world.tables[pool], check_line, &pool));
	for (i = 0; i < TUNNELS_MAX && !world.fails_from; i++)
		CHECK(!*world.up[i].interface);
}

/** world_check_secret() - these bytes for the session hold nothing of canary's */
void world_check_secret(const void *data, size_t len)
{
	const struct tunnel *t = &world.canary;

	CHECK(!memmem(data, len, "canary", strlen("canary")));
	CHECK(!memmem(data, len, &t->client.addr, sizeof(t->client.addr)));
	CHECK(!memmem(data, len, &t->ipv6.server, sizeof(t->ipv6.server)));
	CHECK(!memmem(data, len, &t->ipv6.client, sizeof(t->ipv6.client)));
	CHECK(!memmem(data, len, &t->ipv6.prefix.addr, sizeof(t->ipv6.prefix.addr)));
}

/** world_allows() - what broker.h says of its states: this request may come in this one */
bool world_allows(enum broker_state state, uint32_t kind)
{
	switch (kind) {
	case IPC_LOGIN:
		return state == BROKER_LOGIN;
	case IPC_STEP:
		return state == BROKER_STEP;
	case IPC_CREATE:
	case IPC_INFO:
	case IPC_DELETE:
		return state == BROKER_COMMAND;
	case IPC_ACCEPT:
	case IPC_REJECT:
		return state == BROKER_OFFERED;
	default:
		return kind == IPC_NOTE;
	}
}
