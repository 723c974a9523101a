/* SPDX-License-Identifier: MIT */
/*
 * fuzz_offer.c - a server's XML: an offer, and a list of brokers
 *
 * Input: what follows the status line. What is read stays in the ranges that a template and
 * the main process rely on, and reads the same once more, with comments blanked.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/parse.h"
#include "tests/fuzz/fuzz.h"
#include "tsp/answer.h"

/** is_name() - nothing that a shell or a log would mind, and an end */
static bool is_name(const char *text, size_t size)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789._@+-";

	return memchr(text, '\0', size) && !text[strspn(text, set)];
}

static void check_offer(char *xml, size_t size)
{
	struct answer_offer o, again;
	unsigned bit;

	if (answer_offer_read(xml, size, &o)) {
		CHECK(errno == EINVAL);
		return;
	}
	CHECK(o.type < TUNNEL_TYPES);
	CHECK(o.prefix.len <= 128);
	for (bit = o.prefix.len; bit < 128; bit++)
		CHECK(!(o.prefix.addr.s6_addr[bit / 8] >> (7 - bit % 8) & 1));
	CHECK(is_name(o.name, sizeof(o.name)));
	CHECK(!answer_offer_read(xml, size, &again));
	CHECK(!memcmp(&o, &again, sizeof(o)));
}

static void check_brokers(char *xml, size_t size)
{
	struct answer_brokers b;
	uint32_t i;

	if (answer_brokers_read(xml, size, &b))
		return;
	CHECK(b.count <= ANSWER_BROKERS_MAX);
	for (i = 0; i < b.count; i++) {
		CHECK(b.list[i].kind == BROKER_IPV4 || b.list[i].kind == BROKER_NAME);
		CHECK(b.list[i].kind == BROKER_IPV4 || parse_is_domain(b.list[i].name));
		CHECK(b.list[i].kind == BROKER_NAME || !b.list[i].name[0]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *xml = fuzz_copy((struct fuzz_span){data, size}, 1);

	check_offer(xml, size);
	free(xml);
	xml = fuzz_copy((struct fuzz_span){data, size}, 1);
	check_brokers(xml, size);
	free(xml);
	return 0;
}
