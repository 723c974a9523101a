/* SPDX-License-Identifier: MIT */
/*
 * fuzz_settings.c - tspc.conf
 *
 * Input: the file. What is accepted is in the ranges that tspc.conf(5) has; what is not, has
 * at least one line in the log.
 */
#include <string.h>

#include "client/settings.h"
#include "lib/parse.h"
#include "tests/fuzz/fuzz.h"

/** is_device() - empty, or a name without a slash and a blank */
static bool is_device(const char *name)
{
	return strlen(name) < IFNAMSIZ && !strpbrk(name, "/ \t\n;$`'\"");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings s;
	unsigned before = fuzz_log_lines;
	uint32_t i;

	if (settings_load(fuzz_file("tspc.conf", data, size), &s)) {
		CHECK(fuzz_log_lines > before);
		return 0;
	}
	CHECK(parse_is_domain(s.server.host) && s.server.port);
	CHECK(s.mode == TUNNEL_V6V4 || s.mode == TUNNEL_V6UDPV4 ||
	      s.mode == TUNNEL_V6ANYV4);
	CHECK(is_device(s.if_v6v4) && is_device(s.if_v6udpv4) && is_device(s.if_prefix));
	CHECK(s.if_v6v4[0] && s.if_v6udpv4[0]);
	CHECK(!s.router || s.if_prefix[0]);
	CHECK(s.prefix_len <= 64);
	CHECK(s.mtu >= 1280 && s.mtu <= 1480);
	CHECK(s.keepalive_interval >= 5 && s.keepalive_interval <= 600);
	CHECK(s.retry_delay_max >= s.retry_delay && s.retry_delay);
	CHECK(s.auth <= AUTH_ANONYMOUS || (s.userid[0] && s.passwd[0]));
	CHECK(s.dns_count <= SETTINGS_DNS_MAX);
	for (i = 0; i < s.dns_count; i++)
		CHECK(parse_is_domain(s.dns[i]));
	CHECK(s.template[0] == '/' || s.tsp_dir[0]);
	return 0;
}
