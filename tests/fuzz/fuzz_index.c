/* SPDX-License-Identifier: MIT */
/*
 * fuzz_index.c - endpoints, and the index lines of an allocation file
 *
 * Input: a line with an endpoint, then whatever shall stand in the index of a file of eight
 * leases, one of them in use. Whatever that is: a search gives numbers that the file has,
 * an entry that is added is found, one that is removed is not, and no lease line changes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc/header.h"
#include "alloc/index.h"
#include "tests/fuzz/fuzz.h"
#include "lib/endpoint.h"

#define CAPACITY    8
#define INDEX_AT    ((1 + CAPACITY) * LINE_LEN)
#define INDEX_LEN   (HEADER_INDEX_MIN * LINE_LEN)
#define USED_NUMBER 3

static const struct lease used = {
	.number = USED_NUMBER,
	.state = LEASE_PRESENT,
	.owner = "alice",
	.tunnel = {.mode = TUNNEL_V6V4,
		   .endpoint.addr.s_addr = 0x0100000a,
		   .granted = 1,
		   .expires = 2},
};

/** check_endpoint() - text that is accepted has one spelling but for that of 1 to 5 digits */
static struct endpoint check_endpoint(struct fuzz_span text)
{
	char *copy = fuzz_copy(text, 1), plain[ENDPOINT_LEN];
	struct endpoint e = {0}, again = {0};

	if (endpoint_parse(copy, &e)) {
		CHECK(errno == EINVAL);
		e = used.tunnel.endpoint;
	}
	endpoint_format(&e, plain);
	CHECK(!endpoint_parse(plain, &again));
	CHECK(endpoint_equal(&e, &again));
	free(copy);
	return e;
}

/** finds() - a search leads to @number; all it leads to are leases of the file */
static bool finds(const struct table *t, struct index_key key, uint32_t number)
{
	uint32_t numbers[INDEX_WINDOW_ENTRIES];
	int n = index_find(t, key, numbers);
	bool found = false;

	CHECK(n >= 0 && n <= INDEX_WINDOW_ENTRIES);
	while (n-- > 0) {
		CHECK(numbers[n] >= 1 && numbers[n] <= CAPACITY);
		found |= numbers[n] == number;
	}
	return found;
}

/** check_search() - add @lease and look for it, end it and look again */
static void check_search(struct table *t, const struct lease *lease)
{
	struct lease ended = *lease, nobody = {.number = lease->number};
	struct index_key keys[INDEX_KEYS_MAX];
	size_t i, n = index_keys(t, lease, keys);

	CHECK(n >= 1 && n <= INDEX_KEYS_MAX);
	if (index_add(t, lease)) {
		CHECK(errno == EXFULL);
		return;
	}
	for (i = 0; i < n; i++)
		CHECK(finds(t, keys[i], lease->number));

	ended.state = LEASE_EXPIRED;
	CHECK(!index_remove(t, lease, &ended));
	for (i = 0; i < n; i++)
		CHECK(finds(t, keys[i], lease->number) == (keys[i].kind == INDEX_OWNER));
	CHECK(!index_remove(t, &ended, &nobody));
	for (i = 0; i < n; i++)
		CHECK(!finds(t, keys[i], lease->number));
}

/** open_file() - a file with one lease, the same for all inputs */
static void open_file(struct table *t)
{
	char path[PATH_MAX];
	struct header header = {.kind = POOL_USERS, .capacity = CAPACITY, .key = {1, 2}};
	char line[LINE_LEN];

	snprintf(path, sizeof(path), "%s/users.leases", fuzz_scratch());
	CHECK(!table_create(path, POOL_USERS, CAPACITY, NULL));
	CHECK(!table_open(t, path, POOL_USERS));
	header_encode(&header, line); /* not a random key: findings shall stay findings */
	CHECK(!table_raw_write(t, 0, line, sizeof(line)));
	memcpy(t->key, header.key, sizeof(t->key));
	CHECK(!table_write(t, &used));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct table t;
	static char lines[INDEX_AT];
	char index[INDEX_LEN], after[INDEX_AT];
	struct fuzz_span rest = {data, size}, text = {data, 0};
	struct lease coming = used;

	if (!*lines) {
		open_file(&t);
		CHECK(!table_raw_read(&t, 0, lines, sizeof(lines)));
	}
	fuzz_line(&rest, &text);
	coming.number = 5;
	strcpy(coming.owner, "bob");
	coming.tunnel.endpoint = check_endpoint(text);

	memset(index, ' ', sizeof(index));
	if (rest.len)
		memcpy(index, rest.p,
		       rest.len < sizeof(index) ? rest.len : sizeof(index));
	CHECK(!table_raw_write(&t, INDEX_AT, index, sizeof(index)));
	finds(&t, index_owner_key(&t, used.owner), USED_NUMBER);
	finds(&t, index_endpoint_key(&t, &used.tunnel.endpoint), USED_NUMBER);
	check_search(&t, &coming);
	check_search(&t, &used);

	CHECK(!table_raw_read(&t, 0, after, sizeof(after)));
	CHECK(!memcmp(lines, after, sizeof(after)));
	return 0;
}
