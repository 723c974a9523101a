/* SPDX-License-Identifier: MIT */
/* fuzz_sides.c - the programs and the model, with the same tunnels */
#include "tests/datapath/fuzz_sides.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>

/** store() - a six in network byte order */
static void store(uint8_t *at, struct six a)
{
	for (int i = 0; i < 8; i++) {
		at[i] = (uint8_t)(a.high >> (56 - 8 * i));
		at[8 + i] = (uint8_t)(a.low >> (56 - 8 * i));
	}
}

/** prefix() - for the model */
static struct model_prefix prefix(struct six a, unsigned len)
{
	struct model_prefix p = {.len = len};

	store(p.address, a);
	return p;
}

/** ipv4_of() - endpoint of lease @n; some have no way or a narrow one: bpf_network.c */
static uint32_t ipv4_of(uint32_t n)
{
	static const uint32_t special[] = {0xcb007105, 0xc6336487, 0xc63364c7};

	return n < 9 ? special[n % 3] : 0x0a800000 + n / 2;
}

/** secret() - three of four tunnels have a keepalive address; nobody gets a turn */
static void secret(struct tsp_tunnel *to, struct tsp_seen *seen, struct model_tunnel *t,
		   uint32_t n)
{
	uint64_t value = RUN_SECRET | n * 0x123456789ull;

	to->secret = 0;
	if (n % 4 == 0)
		return;
	bpf_run_secret(to, value);
	store(t->keepalive, (struct six){RUN_LINK, value});
	*seen = (struct tsp_seen){.word = to->word,
				  .proofs = tsp_proofs(0, UINT32_MAX >> 1, 0)};
}

/** user() - lease @n for both sides, kinds by its number */
static void user(struct sides *s, uint32_t n)
{
	static const unsigned lengths[] = {0, 56, 57, 60, 63, 64};
	struct model_tunnel *t = &s->model.tunnels[s->model.count++];
	unsigned len = lengths[n % 6];

	*t = (struct model_tunnel){.ipv4 = ipv4_of(n),
				   .port = n % 3 ? 0 : (uint16_t)(1000 + n),
				   .server = n % 5 ? RUN_SERVER : RUN_SERVER_2};
	store(t->client, six_link(n, 1));
	store(t->server_end, six_link(n, 0));
	t->share = prefix(six_prefix(n, 0, 0), RUN_DELEGATE);
	t->delegated = prefix(six_prefix(n, 0, 0), len);
	if (t->port)
		t->server_port = n % 2 ? RUN_PORT : RUN_PORT_2;
	bpf_run_user(&s->run, n, t->ipv4, t->port, len);
	s->run.users[n].server = __builtin_bswap32(t->server);
	s->run.users[n].port = t->server_port == RUN_PORT_2;
	secret(&s->run.users[n], &s->run.users_seen[n], t, n);
}

/** anon() - anonymous lease @n for both sides */
static void anon(struct sides *s, uint32_t n)
{
	struct model_tunnel *t = &s->model.tunnels[s->model.count++];

	*t = (struct model_tunnel){.ipv4 = 0x0a800000 + n,
				   .port = n % 2 ? (uint16_t)(1000 + n) : 0,
				   .server_port = n % 2 ? RUN_PORT : 0,
				   .server = RUN_SERVER};
	store(t->client, six_anon(t->ipv4, t->port, 3));
	store(t->server_end, six_anon(t->ipv4, t->port, 2));
	if (bpf_run_anon(&s->run, n, t->ipv4, t->port))
		exit(111);
	secret(&s->run.anon[n], &s->run.anon_seen[n], t, n + SIDES_USERS);
}

/** sides_begin() - all tunnels anew */
void sides_begin(struct sides *s, uint64_t round)
{
	struct tsp_block key = {.len = 30, .ipv4 = __builtin_bswap32(0x0a800010)};
	uint64_t value = 1, far = UINT64_MAX / 2;

	s->model.count = 0;
	for (uint32_t i = 0; i < TSP_MAX_LIMITS; i++) /* no token is left, nor will be */
		if (bpf_run_put(&s->run, "tsp_limits", &i, &far))
			exit(111);
	for (uint32_t n = 1; n <= SIDES_USERS; n++)
		user(s, n);
	for (uint32_t n = 1; n <= SIDES_ANON; n++)
		anon(s, n);
	s->run.shared->blocking = round % 2;
	s->model.blocked = 0x0a800010;
	s->model.blocked_mask = round % 2 ? 0xfffffffc : 0;
	if (bpf_run_put(&s->run, "tsp_blocked", &key, &value))
		exit(111);
}

/**
 * sides_counted() - the counters that the last run changed
 * @s:		Both sides
 * @which:	Result; TSP_COUNTERS_END: none
 *
 * Return: 0; -1: more than two, or one by more than one
 */
int sides_counted(struct sides *s, uint32_t which[2])
{
	uint32_t keys[TSP_COUNTERS_END], count = TSP_COUNTERS_END, at, n = 0;
	long rc = bpf_map_lookup_batch(bpf_run_map(&s->run, "tsp_counters"), NULL, &at,
				       keys, s->values, &count, NULL);

	which[0] = which[1] = TSP_COUNTERS_END;
	if (rc && count != TSP_COUNTERS_END)
		return -1;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t sum = 0, before = s->counts[keys[i]];

		for (unsigned cpu = 0; cpu < s->cpus; cpu++)
			sum += s->values[i * s->cpus + cpu];
		s->counts[keys[i]] = sum;
		if (sum == before)
			continue;
		if (n == 2 || sum != before + 1)
			return -1;
		which[n++] = keys[i];
	}
	return 0;
}

/** sides_open() - the programs and the model with this configuration */
int sides_open(struct sides *s, const struct tsp_config *config)
{
	s->cpus = (unsigned)libbpf_num_possible_cpus();
	s->values = calloc((size_t)TSP_COUNTERS_END * s->cpus, sizeof(*s->values));
	s->model = (struct model){.servers = {RUN_SERVER, RUN_SERVER_2},
				  .ports = {RUN_PORT, RUN_PORT_2},
				  .others = config->flags & TSP_OTHERS,
				  .key = {config->id_key[0], config->id_key[1]}};
	memcpy(s->model.mac, config->mac, 6);
	s->model.pools[0] = prefix((struct six){RUN_LINK, 0}, 64);
	s->model.pools[1] = prefix((struct six){RUN_PREFIX, 0}, 36);
	s->model.pools[2] = prefix((struct six){RUN_ANONYMOUS, 0}, 64);
	s->model.keepalive = prefix((struct six){RUN_LINK, RUN_SECRET}, 65);
	return s->values ? bpf_run_open(&s->run, config, 100, 100) : -1;
}
