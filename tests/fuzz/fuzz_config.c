/* SPDX-License-Identifier: MIT */
/*
 * fuzz_config.c - tsp.conf
 *
 * Input: a file. A refusal is explained in the log. An accepted configuration keeps the
 * promises that the rest of the program relies on, and written out again with every key
 * gives the same configuration.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc/pool.h"
#include "lib/buf.h"
#include "lib/config.h"
#include "lib/parse.h"
#include "tests/fuzz/fuzz.h"
#include "lib/prefix.h"

static void check_link(const struct pool_config *pool, unsigned max)
{
	CHECK(pool->link.len >= 1 && pool->link.len <= max);
	CHECK(pool->capacity >= 1);
}

/** check_pools() - no address can be given twice, none lies outside its range */
static void check_pools(const struct config *c)
{
	const struct pool_config *users = &c->users_pool, *anonymous = &c->anonymous_pool;

	CHECK(users->present || anonymous->present);
	if (anonymous->present)
		check_link(anonymous, 64);
	if (!users->present)
		return;
	check_link(users, 125);
	CHECK(users->capacity <= config_pool_room(users));
	CHECK(!users->prefix.len || users->delegate > users->prefix.len);
	CHECK(users->delegate <= 64);
	CHECK(!users->prefix.len || !prefix6_overlaps(&users->link, &users->prefix));
	if (!anonymous->present)
		return;
	CHECK(!prefix6_overlaps(&users->link, &anonymous->link));
	CHECK(!users->prefix.len || !prefix6_overlaps(&anonymous->link, &users->prefix));
}

static void check_auth(const struct config *c)
{
	CHECK(c->mechanisms && !(c->mechanisms & ~7U));
	CHECK(!(c->mechanisms & MECHANISM_ANONYMOUS) || c->anonymous_pool.present);
	CHECK(!(c->mechanisms & ~(unsigned)MECHANISM_ANONYMOUS) || c->users_pool.present);
	CHECK(*c->realm && strnlen(c->realm, CONFIG_NAME_MAX) < CONFIG_NAME_MAX);
	CHECK(!strpbrk(c->realm, ":\",\\"));
}

static void check_limits(const struct config *c)
{
	CHECK(c->login_seconds && c->session_seconds && c->template_seconds);
	CHECK(c->request_bytes >= 512 && c->request_bytes <= 65536);
	CHECK(c->per_address >= 1);
	CHECK(c->lifetime_minutes >= 1);
	CHECK(c->dns_count <= CONFIG_LIST_MAX && c->accept_count <= CONFIG_LIST_MAX &&
	      c->redirect_count <= CONFIG_LIST_MAX);
	CHECK(c->template[0] == '/' && c->state[0] == '/' && c->users[0] == '/');
	CHECK(!*c->domain || parse_is_domain(c->domain));
	CHECK(*c->user && strnlen(c->user, sizeof(c->user)) < sizeof(c->user));
}

static void put(struct buf *out, const char *key, const char *value)
{
	if (*value)
		buf_printf(out, "%s = %s\n", key, value);
}

static void put_ip(struct buf *out, const char *key, int family, const void *address)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family, address, text, sizeof(text));
	put(out, key, text);
}

static void put_prefix6(struct buf *out, const char *key, const struct prefix6 *p)
{
	char text[PREFIX6_TEXT_LEN];

	prefix6_format(p, text);
	if (p->len)
		put(out, key, text);
}

static void write_server(struct buf *out, const struct config *c)
{
	char text[INET_ADDRSTRLEN];
	size_t i;

	buf_text(out, "[server]\n");
	put(out, "user", c->user);
	if (c->address.s_addr)
		put_ip(out, "address", AF_INET, &c->address);
	if (c->local.s_addr)
		put_ip(out, "local", AF_INET, &c->local);
	buf_printf(out, "lifetime = %u\nkeepalive = %u\n", c->lifetime_minutes,
		   c->keepalive_seconds);
	put_prefix6(out, "keepalive_prefix", &c->keepalive_prefix);
	for (i = 0; i < c->dns_count; i++)
		put_ip(out, "dns", AF_INET6, &c->dns[i]);
	put(out, "domain", c->domain);
	put(out, "template", c->template);
	for (i = 0; i < c->accept_count; i++) {
		inet_ntop(AF_INET, &c->accept[i].addr, text, sizeof(text));
		buf_printf(out, "accept = %s/%u\n", text, c->accept[i].len);
	}
	put(out, "static_nat", c->static_nat ? "yes" : "no");
	put(out, "stale_address", c->stale_address ? "yes" : "no");
	put(out, "proxy", c->proxy ? "yes" : "no");
	buf_printf(out, "udp_port = %u\n", c->udp_port);
	put(out, "conflict", c->conflict == CONFLICT_REPLACE ? "replace" : "refuse");
	for (i = 0; i < c->redirect_count; i++)
		put(out, "redirect", c->redirect[i]);
	put(out, "state", c->state);
	for (i = 0; i < c->writable_count; i++)
		put(out, "writable", c->writable[i]);
	put(out, "device", c->device);
	for (i = 0; i < c->uplink_count; i++)
		put(out, "uplink", c->uplink[i]);
}

static void write_pools(struct buf *out, const struct config *c)
{
	if (c->anonymous_pool.present) {
		buf_text(out, "[pool anonymous]\n");
		put_prefix6(out, "link", &c->anonymous_pool.link);
		buf_printf(out, "capacity = %u\n", c->anonymous_pool.capacity);
	}
	buf_printf(out, "%s", c->users_pool.present ? "[pool users]\n" : "");
	if (c->users_pool.present) {
		put_prefix6(out, "link", &c->users_pool.link);
		put_prefix6(out, "prefix", &c->users_pool.prefix);
		buf_printf(out, "delegate = %u\n", c->users_pool.delegate);
		buf_printf(out, "capacity = %u\n", c->users_pool.capacity);
	}
}

/** write_config() - every key that struct config has a value of */
static void write_config(struct buf *out, const struct config *c)
{
	unsigned m;

	buf_clear(out);
	write_server(out, c);
	buf_text(out, "[auth]\n");
	for (m = MECHANISM_ANONYMOUS; m <= MECHANISM_DIGEST_MD5; m <<= 1) {
		if (c->mechanisms & m)
			put(out, "mechanisms", mechanism_name(m));
	}
	put(out, "users", c->users);
	put(out, "realm", c->realm);
	write_pools(out, c);
	buf_printf(out, "[limits]\nlogin_seconds = %u\nlogin_delay = %u\n",
		   c->login_seconds, c->login_delay);
	buf_printf(out, "session_seconds = %u\n", c->session_seconds);
	buf_printf(out, "template_seconds = %u\nrequest_bytes = %u\nper_address = %u\n",
		   c->template_seconds, c->request_bytes, c->per_address);
	buf_printf(out, "sessions = %u\nsessions_per_address = %u\n", c->sessions,
		   c->sessions_per_address);
	CHECK(!out->full);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config config, again;
	static char text[65536];
	struct buf out = BUF_ON(text);
	unsigned lines = fuzz_log_lines;

	if (config_load(fuzz_file("tsp.conf", data, size), &config)) {
		CHECK(errno == EINVAL);
		CHECK(fuzz_log_lines > lines);
		return 0;
	}
	CHECK(fuzz_log_lines == lines);
	check_pools(&config);
	check_auth(&config);
	check_limits(&config);

	write_config(&out, &config);
	CHECK(!config_load(fuzz_file("tsp.conf", text, out.len), &again));
	/* notices are of keys without a meaning, which are not written */
	memset(config.notices, 0, sizeof(config.notices));
	config.notice_count = 0;
	CHECK(!memcmp(&config, &again, sizeof(config)));
	return 0;
}
