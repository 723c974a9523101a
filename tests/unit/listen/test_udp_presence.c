/* SPDX-License-Identifier: MIT */
/* test_udp_presence.c - who knows the secret of an offer that takes no state */
#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/keepalive.h"
#include "lib/presence.h"
#include "listen/udp_presence.h"

static struct config config;
static struct udp_presence *p;
static struct udp_path path;
static const time_t now = 1800000000;

/** client_of() - 2001:db8:a:0:ADDRESS:PORT:3, as pools have it */
static struct in6_addr client_of(const struct endpoint *client)
{
	struct in6_addr a;

	inet_pton(AF_INET6, "2001:db8:a::3", &a);
	memcpy(a.s6_addr + 8, &client->addr, 4);
	return a;
}

/** hear() - udp_presence_hear() of a packet that is answered, if at all, by one as long */
static uint64_t hear(const struct udp_presence *with, const struct udp_path *by,
		     void *packet, size_t len, time_t when)
{
	size_t answer = len;
	uint64_t epoch = udp_presence_hear(with, by, packet, &answer, when);

	assert_int_equal(answer, len);
	return epoch;
}

static int set_up(void **state)
{
	(void)state;
	memset(&config, 0, sizeof(config));
	strcpy(config.state, "/tmp/tsp-presence.XXXXXX");
	assert_non_null(mkdtemp(config.state));
	config.keepalive_seconds = 30;
	config.mechanisms = MECHANISM_ANONYMOUS;
	config.anonymous_pool.present = config.users_pool.present = true;
	prefix6_parse("2001:db8:ffff::/64", &config.users_pool.link);
	p = calloc(1, sizeof(*p));
	assert_int_equal(udp_presence_init(p, &config, client_of), 0);
	assert_true(p->served);
	endpoint_parse("192.0.2.7:40000", &path.client);
	endpoint_parse("198.51.100.1:3653", &path.server);
	return 0;
}

static int tear_down(void **state)
{
	char file[PATH_MAX + 16];

	(void)state;
	snprintf(file, sizeof(file), "%s/presence.key", config.state);
	unlink(file);
	free(p);
	return rmdir(config.state);
}

/** ping_sum() - checksum by the book, for packets of even length */
static uint16_t ping_sum(const uint8_t *packet, size_t len)
{
	uint32_t total = (uint32_t)len - 40 + 58;
	size_t i;

	for (i = 8; i < len; i += 2)
		total += (uint32_t)packet[i] << 8 | packet[i + 1];
	total = (total >> 16) + (total & 0xffff);
	total += total >> 16;
	return (uint16_t)~total;
}

/** ping() - an echo request of 56 bytes to the address with this secret */
static void ping(uint8_t packet[56], uint64_t secret)
{
	struct ip6_hdr *ip = (struct ip6_hdr *)packet;
	uint16_t sum;

	memset(packet, 0, 56);
	packet[0] = 0x60;
	ip->ip6_plen = htons(16);
	ip->ip6_nxt = 58;
	ip->ip6_hlim = 3;
	inet_pton(AF_INET6, "2001:db8:a::3", &ip->ip6_src);
	assert_int_equal(keepalive_address(&config, secret, &ip->ip6_dst), 0);
	packet[40] = 128;
	memcpy(packet + 44, "id01payload!", 12);
	sum = ping_sum(packet, 56);
	packet[42] = (uint8_t)(sum >> 8);
	packet[43] = (uint8_t)sum;
}

static uint64_t secret_at(time_t when)
{
	return presence_secret(p->key, &path.client, &path.server, presence_epoch(when));
}

static void the_right_ping_is_answered(void **state)
{
	uint8_t packet[56], sent[56];

	(void)state;
	ping(packet, secret_at(now));
	memcpy(sent, packet, sizeof(sent));
	assert_int_equal(hear(p, &path, packet, 56, now), presence_epoch(now));
	assert_memory_equal(packet + 8, sent + 24, 16);
	assert_memory_equal(packet + 24, sent + 8, 16);
	assert_int_equal(packet[40], 129);
	assert_int_equal(packet[7], 64);
	assert_memory_equal(packet + 44, sent + 44, 12);
	assert_int_equal(ping_sum(packet, 56), 0);
}

static void a_secret_is_good_in_two_epochs(void **state)
{
	uint8_t packet[56];

	(void)state;
	ping(packet, secret_at(now));
	assert_int_equal(hear(p, &path, packet, 56, now + 600), presence_epoch(now));
	ping(packet, secret_at(now));
	assert_int_equal(hear(p, &path, packet, 56, now + 1200), 0);
	assert_int_equal(hear(p, &path, packet, 56, now - 600), 0);
}

static void another_path_has_another_secret(void **state)
{
	struct udp_path other[4] = {path, path, path, path};
	uint8_t packet[56];
	size_t i;

	(void)state;
	other[0].client.port++;
	other[1].client.addr.s_addr ^= htonl(1);
	other[2].server.port++;
	other[3].server.addr.s_addr ^= htonl(1);
	ping(packet, secret_at(now));
	for (i = 0; i < 4; i++)
		assert_int_equal(hear(p, &other[i], packet, 56, now), 0);
	assert_int_not_equal(hear(p, &path, packet, 56, now), 0);
}

static void every_bit_of_the_packet_counts(void **state)
{
	static const uint8_t none[] = {1, 2, 3, 7}; /* traffic class, flow, hop limit */
	uint8_t packet[56];
	unsigned bit;

	(void)state;
	for (bit = 0; bit < 56 * 8; bit++) {
		ping(packet, secret_at(now));
		packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (memchr(none, (int)(bit / 8), sizeof(none)) || bit < 4)
			continue;
		assert_int_equal(hear(p, &path, packet, 56, now), 0);
	}
	ping(packet, secret_at(now));
	for (bit = 0; bit < 56; bit++)
		assert_int_equal(hear(p, &path, packet, bit, now), 0);
}

static void a_reply_to_our_ping_proves_as_much(void **state)
{
	const uint64_t epoch = presence_epoch(now);
	uint8_t packet[UDP_PRESENCE_PING];
	struct ip6_hdr *ip = (struct ip6_hdr *)packet;
	struct in6_addr secret, client = client_of(&path.client);
	size_t len = sizeof(packet);
	uint16_t sum;

	(void)state;
	udp_presence_ping(p, &path, epoch, packet);
	assert_int_equal(packet[0], 0x60);
	assert_int_equal(packet[40], 128);
	assert_int_equal(ping_sum(packet, sizeof(packet)), 0);
	keepalive_address(&config, secret_at(now), &secret);
	assert_memory_equal(&ip->ip6_src, &secret, 16);
	assert_memory_equal(&ip->ip6_dst, &client, 16);
	/* what a kernel makes of it */
	ip->ip6_src = client;
	ip->ip6_dst = secret;
	packet[40] = 129;
	packet[42] = packet[43] = 0;
	sum = ping_sum(packet, sizeof(packet));
	packet[42] = (uint8_t)(sum >> 8);
	packet[43] = (uint8_t)sum;
	assert_int_equal(udp_presence_hear(p, &path, packet, &len, now), epoch);
	assert_int_equal(len, 0); /* and has no answer */
}

static void the_key_is_made_once_and_is_secret(void **state)
{
	char file[PATH_MAX + 16];
	uint64_t key[2];
	struct stat st;

	(void)state;
	snprintf(file, sizeof(file), "%s/presence.key", config.state);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, 16);
	assert_int_equal(presence_key(&config, false, key), 0);
	assert_memory_equal(key, p->key, sizeof(key));
	assert_true(key[0] || key[1]);
}

static void without_such_offers_nothing_is_heard(void **state)
{
	struct udp_presence none;
	uint8_t packet[56];

	(void)state;
	ping(packet, secret_at(now));
	config.keepalive_seconds = 0;
	assert_int_equal(udp_presence_init(&none, &config, client_of), 0);
	assert_int_equal(hear(&none, &path, packet, 56, now), 0);
	config.keepalive_seconds = 30;
	config.mechanisms = MECHANISM_PLAIN;
	assert_int_equal(udp_presence_init(&none, &config, client_of), 0);
	assert_false(none.served);
}

static void a_path_is_built_once(void **state)
{
	struct udp_path other = path;

	(void)state;
	other.client.port++;
	assert_true(udp_presence_first(p, &path, 1000));
	assert_false(udp_presence_first(p, &path, 5999));
	assert_true(udp_presence_first(p, &other, 2000));
	assert_true(udp_presence_first(p, &path, 6000));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_right_ping_is_answered),
		TEST(a_secret_is_good_in_two_epochs),
		TEST(another_path_has_another_secret),
		TEST(every_bit_of_the_packet_counts),
		TEST(a_reply_to_our_ping_proves_as_much),
		TEST(the_key_is_made_once_and_is_secret),
		TEST(without_such_offers_nothing_is_heard),
		TEST(a_path_is_built_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
