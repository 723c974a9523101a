/* SPDX-License-Identifier: MIT */
/*
 * stage.c - the stage around the broker that is fuzzed: files, users, tunnels
 *
 * The same at the start of each input, but for its options. The user canary has an active
 * lease that no packet may touch or tell about. The template is a list of tunnels: being
 * linked before libtsp.a, the functions here take the place of those of tunnel/template.c.
 */
#include "tests/fuzz/stage.h"

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

struct config stage_config = {
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

struct peer stage_peer = {.text = "192.0.2.7"};

static struct {
	struct table tables[POOL_KINDS];
	char empty[POOL_KINDS][(1 + CAPACITY + HEADER_INDEX_MIN) * LINE_LEN];
	char canary_line[LINE_LEN];
	struct tunnel canary;

	struct tunnel before[TUNNELS_MAX]; /* what was up when the session began ... */
	struct tunnel up[TUNNELS_MAX];     /* ... and is now; interface "": none */
	unsigned calls;                    /* of the template ... */
	unsigned fails_from;               /* ... that fail from this one on; 0: none */
} stage;

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
	const struct tunnel *was = find_up(stage.before, t->interface);

	if (t->client.addr.s_addr == htonl(PEER))
		return !*t->user || !strcmp(t->user, "alice");
	return was && was->client.addr.s_addr == t->client.addr.s_addr &&
	       !strcmp(was->user, t->user) && was->ipv6.prefix.len == t->ipv6.prefix.len;
}

/** note_run() - a run of the template; 0, or -1 when it is one that fails */
static int note_run(enum template_operation operation, const struct tunnel *t)
{
	struct tunnel *slot = find_up(stage.up, t->interface);

	CHECK(*t->interface && strcmp(t->interface, stage.canary.interface));
	CHECK(operation != TEMPLATE_CREATION || may_build(t));
	if (stage.fails_from && ++stage.calls >= stage.fails_from) {
		errno = EIO;
		return -1;
	}
	if (operation == TEMPLATE_TEARDOWN && slot)
		slot->interface[0] = '\0';
	if (operation == TEMPLATE_CREATION) {
		slot = slot ? slot : find_up(stage.up, "");
		CHECK(slot);
		*slot = *t;
	}
	return 0;
}

int template_start(struct template_run *run, const struct config *config,
		   enum template_operation operation, const struct tunnel *tunnel,
		   struct buf *output)
{
	CHECK(config == &stage_config);
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
		.state = LEASE_PRESENT,
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
	struct table *t = &stage.tables[pool];

	CHECK(!index_add(t, lease) && !table_write(t, lease));
	tunnel_describe(&stage_config, pool, lease, &lease->tunnel, stage_config.address,
			find_up(stage.up, ""));
}

static void write_users(void)
{
	char alice[USERS_DIGEST_LEN], text[1024];

	users_digest("alice", 5, stage_config.realm, "s3cret", 6, alice);
	snprintf(text, sizeof(text), "alice:%s:%s\ncanary:%s:%s\n", stage_config.realm,
		 alice, stage_config.realm, "0123456789abcdef0123456789abcdef");
	strcpy(stage_config.users, fuzz_file("users", text, strlen(text)));
}

/** make_file() - an empty allocation file with a key that is always the same */
static void make_file(enum pool_kind pool)
{
	struct header header = {.kind = pool, .capacity = CAPACITY, .key = {1, 2}};
	char path[PATH_MAX + 32], line[LINE_LEN];
	struct table *t = &stage.tables[pool];

	snprintf(path, sizeof(path), "%s/%s.leases", stage_config.state, pool_name(pool));
	CHECK(!table_create(path, pool, CAPACITY, NULL));
	CHECK(!table_open(t, path, pool));
	header_encode(&header, line);
	CHECK(!table_raw_write(t, 0, line, sizeof(line)));
	memcpy(t->key, header.key, sizeof(t->key));
	CHECK(!table_raw_read(t, 0, stage.empty[pool], sizeof(stage.empty[pool])));
}

/** make_stage() - make the part that is the same for all inputs */
static void make_stage(void)
{
	strcpy(stage_config.state, fuzz_scratch());
	stage_peer.client.addr.s_addr = htonl(PEER);
	stage_peer.client.port = 40000;
	stage_peer.server.s_addr = htonl(0xc0000201U);
	stage_config.address = stage_peer.server;
	CHECK(!prefix4_parse("192.0.2.0/24", &stage_config.accept[0]));
	CHECK(!prefix6_parse("2001:db8:a::/64", &stage_config.anonymous_pool.link));
	CHECK(!prefix6_parse("2001:db8:ffff::/64", &stage_config.users_pool.link));
	CHECK(!prefix6_parse("2001:db8:1000::/36", &stage_config.users_pool.prefix));
	write_users();
	make_file(POOL_USERS);
	make_file(POOL_ANONYMOUS);
}

/**
 * set_options() - what this input begins with
 *
 * a: alice has a lease from another address. d: a session of hers died while it offered
 * that. n: the peer has an anonymous lease. r: conflict = replace. s: static_nat = yes.
 * u: the peer signals over UDP, and so proves nothing. 1 to 9: the template fails from this call on.
 */
static void set_options(struct fuzz_span options)
{
	struct lease alice = make_lease(1, "alice", ALICE_BEFORE);
	struct lease nobody = make_lease(3, "192.0.2.7", PEER);

	if (options.len && memchr(options.p, 'd', options.len))
		alice.state = LEASE_OFFERED;
	stage_config.conflict = CONFLICT_REFUSE;
	stage_config.static_nat = false;
	stage_peer.udp = false;
	stage.calls = stage.fails_from = 0;
	for (; options.len; options.p++, options.len--) {
		if (*options.p == 'a' && !find_up(stage.up, "tsp1"))
			put_lease(POOL_USERS, &alice);
		if (*options.p == 'n' && !find_up(stage.up, "tspac0000207"))
			put_lease(POOL_ANONYMOUS, &nobody);
		if (*options.p == 'r')
			stage_config.conflict = CONFLICT_REPLACE;
		if (*options.p == 's')
			stage_config.static_nat = true;
		if (*options.p == 'u')
			stage_peer.udp = true;
		if (*options.p >= '1' && *options.p <= '9')
			stage.fails_from = (unsigned)(*options.p - '0');
	}
}

/** stage_begin() - everything as it was, then the options */
void stage_begin(struct fuzz_span options)
{
	struct lease canary = make_lease(CANARY_NUMBER, "canary", CANARY_ADDRESS);
	struct tunnel *up;
	int pool;

	if (!*stage_config.state)
		make_stage();
	for (pool = 0; pool < POOL_KINDS; pool++)
		CHECK(!table_raw_write(&stage.tables[pool], 0, stage.empty[pool],
				       sizeof(stage.empty[pool])));
	memset(stage.up, 0, sizeof(stage.up));
	canary.tunnel.prefix_len = 56;
	put_lease(POOL_USERS, &canary);
	up = find_up(stage.up, "tsp2");
	CHECK(up);
	stage.canary = *up;
	CHECK(!table_raw_read(&stage.tables[POOL_USERS], header_line_at(CANARY_NUMBER),
			      stage.canary_line, LINE_LEN));
	set_options(options);
	memcpy(stage.before, stage.up, sizeof(stage.before));
}

/** forgive() - this offer of a dead session, or its tunnel, has not been found yet */
static void forgive(enum pool_kind pool, const struct lease *lease)
{
	struct tunnel was, *is;

	/* A failed teardown leaves an offer, as its tunnel may be up */
	CHECK(stage.fails_from ||
	      (pool == POOL_USERS &&
	       lease->tunnel.endpoint.addr.s_addr == htonl(ALICE_BEFORE)));
	tunnel_describe(&stage_config, pool, lease, &lease->tunnel, stage_config.address,
			&was);
	is = find_up(stage.up, was.interface);
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
	tunnel_describe(&stage_config, pool, &settled, &settled.tunnel,
			stage_config.address, &should);
	is = find_up(stage.up, should.interface);
	CHECK(stage.fails_from || (is && endpoint_equal(&is->client, &should.client)));
	CHECK(stage.fails_from || is->ipv6.prefix.len == should.ipv6.prefix.len);
	if (is)
		is->interface[0] = '\0';
	return 0;
}

/** stage_check() - after the session: leases and tunnels agree, and canary is untouched */
void stage_check(void)
{
	char line[LINE_LEN];
	enum pool_kind pool;
	size_t i;

	CHECK(!table_raw_read(&stage.tables[POOL_USERS], header_line_at(CANARY_NUMBER),
			      line, LINE_LEN));
	CHECK(!memcmp(line, stage.canary_line, LINE_LEN));
	for (pool = 0; pool < POOL_KINDS; pool++)
		CHECK(!table_each(&stage.tables[pool], check_line, &pool));
	for (i = 0; i < TUNNELS_MAX && !stage.fails_from; i++)
		CHECK(!*stage.up[i].interface);
}

/** stage_check_secret() - these bytes for the session hold nothing of canary's */
void stage_check_secret(const void *data, size_t len)
{
	const struct tunnel *t = &stage.canary;

	CHECK(!memmem(data, len, "canary", strlen("canary")));
	CHECK(!memmem(data, len, &t->client.addr, sizeof(t->client.addr)));
	CHECK(!memmem(data, len, &t->ipv6.server, sizeof(t->ipv6.server)));
	CHECK(!memmem(data, len, &t->ipv6.client, sizeof(t->ipv6.client)));
	CHECK(!memmem(data, len, &t->ipv6.prefix.addr, sizeof(t->ipv6.prefix.addr)));
}

/** stage_allows() - broker.h allows this request in this state */
bool stage_allows(enum broker_state state, uint32_t kind)
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
