/* SPDX-License-Identifier: MIT */
/* bpf_run.c - the BPF programs with a configuration for tests, run on frames */
#include "tests/datapath/bpf_run.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "datapath/bpf/anon_index.h"

/**
 * bpf_run_config() - two servers and ports, all three pools, epoch 7
 * @config:	Result; tests change what they are about
 */
void bpf_run_config(struct tsp_config *config)
{
	*config = (struct tsp_config){
		.version = TSP_MAPS_VERSION,
		.epoch = 7,
		.inner = 1,
		.outer = 1,
		.mac = {2, 0, 0, 0, 0, 9},
		.ttl = 64,
		.mtu_41 = 1480,
		.mtu_udp = 1280,
		.server_count = 2,
		.servers = {htonl(RUN_SERVER), htonl(RUN_SERVER_2)},
		.ports = {RUN_PORT, RUN_PORT_2},
		.id_key = {0x0123456789abcdef, 0xfedcba9876543210},
		.source = {RUN_LINK, 1},
		.keepalive = RUN_LINK,
		.keepalive_set = RUN_SECRET,
	};
	tsp_pool_set(&config->pools[0], TSP_POOL_LINK, RUN_LINK, 0, 64, 0);
	tsp_pool_set(&config->pools[1], TSP_POOL_PREFIX, RUN_PREFIX, 0, 36, RUN_DELEGATE);
	tsp_pool_set(&config->pools[2], TSP_POOL_ANONYMOUS, RUN_ANONYMOUS, 0, 64, 0);
}

/** object_path() - where the compiled programs are */
static const char *object_path(void)
{
	static char path[4096];
	const char *build = getenv("TSP_BUILD");

	snprintf(path, sizeof(path), "%s/datapath/bpf/tsp.bpf.o",
		 build ? build : "build");
	return path;
}

/** find_map() - by its name */
static struct bpf_map *find_map(const struct bpf_run *run, const char *name)
{
	return bpf_object__find_map_by_name(run->object, name);
}

/** bpf_run_map() - descriptor of the map @name */
int bpf_run_map(const struct bpf_run *run, const char *name)
{
	return bpf_map__fd(find_map(run, name));
}

/** set_config() - the constants of the programs */
static int set_config(struct bpf_run *run)
{
	struct bpf_map *map;
	const void *now;
	char value[4096];
	size_t size;

	bpf_object__for_each_map(map, run->object)
	{
		if (!strstr(bpf_map__name(map), ".rodata"))
			continue;
		now = bpf_map__initial_value(map, &size);
		if (!now || size < sizeof(run->config) || size > sizeof(value))
			return -1;
		memcpy(value, now, size);
		memcpy(value, &run->config, sizeof(run->config));
		return bpf_map__set_initial_value(map, value, size);
	}
	return -1;
}

/** set_sizes() - entries of the maps by lease number */
static int set_sizes(struct bpf_run *run)
{
	static const char *const users[] = {"tsp_users", "tsp_users_seen"};
	static const char *const anon[] = {"tsp_anon", "tsp_anon_seen"};

	for (size_t i = 0; i < 2; i++)
		if (bpf_map__set_max_entries(find_map(run, users[i]), run->user_count))
			return -1;
	for (size_t i = 0; i < 2; i++)
		if (bpf_map__set_max_entries(find_map(run, anon[i]), run->anon_count))
			return -1;
	return bpf_map__set_max_entries(find_map(run, "tsp_anon_index"),
					run->config.index_mask + 1);
}

/** map_entries() - @count entries of @size bytes of the map @name, in memory */
static void *map_entries(const struct bpf_run *run, const char *name, size_t size,
			 size_t count)
{
	size_t bytes = (size * count + 4095) / 4096 * 4096;
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			bpf_run_map(run, name), 0);

	if (at == MAP_FAILED) {
		perror(name);
		return NULL;
	}
	return at;
}

/** open_maps() - all that are memory */
static int open_maps(struct bpf_run *run)
{
	run->shared = map_entries(run, "tsp_shared", sizeof(*run->shared), 1);
	run->users = map_entries(run, "tsp_users", sizeof(*run->users), run->user_count);
	run->anon = map_entries(run, "tsp_anon", sizeof(*run->anon), run->anon_count);
	run->users_seen = map_entries(run, "tsp_users_seen", sizeof(*run->users_seen),
				      run->user_count);
	run->anon_seen = map_entries(run, "tsp_anon_seen", sizeof(*run->anon_seen),
				     run->anon_count);
	run->index = map_entries(run, "tsp_anon_index", sizeof(*run->index),
				 run->config.index_mask + 1);
	if (!run->index || !run->shared || !run->users || !run->anon ||
	    !run->users_seen || !run->anon_seen)
		return -1;
	run->shared->epoch = run->config.epoch;
	return 0;
}

/**
 * bpf_run_open() - load the programs and map their maps
 * @run:	Result
 * @config:	Configuration
 * @users:	Entries of the maps of users
 * @anon:	... of anonymous clients
 *
 * Return: 0; -1 after a message
 */
int bpf_run_open(struct bpf_run *run, const struct tsp_config *config, uint32_t users,
		 uint32_t anon)
{
	const char *path = object_path();

	*run = (struct bpf_run){
		.config = *config, .user_count = users, .anon_count = anon};
	run->config.index_mask = tsp_index_buckets(anon) - 1;
	run->object = bpf_object__open_file(path, NULL);
	if (!run->object || set_config(run) || set_sizes(run) ||
	    bpf_object__load(run->object)) {
		fprintf(stderr, "cannot load %s: %s\n", path, strerror(errno));
		return -1;
	}
	run->in =
		bpf_program__fd(bpf_object__find_program_by_name(run->object, "tsp_in"));
	run->out =
		bpf_program__fd(bpf_object__find_program_by_name(run->object, "tsp_out"));
	return open_maps(run);
}

/** bpf_run_close() - unload; memory of the maps stays until the process ends */
void bpf_run_close(struct bpf_run *run)
{
	bpf_object__close(run->object);
}

/** test_run() - run and take the result over */
static int test_run(int prog, struct bpf_test_run_opts *opts, struct bpf_result *out)
{
	opts->data_out = out->frame;
	opts->data_size_out = sizeof(out->frame);
	if (bpf_prog_test_run_opts(prog, opts))
		return -1;
	out->verdict = opts->retval;
	out->len = opts->data_size_out;
	out->ns = opts->duration;
	return 0;
}

/**
 * bpf_run_in() - run the program of the uplinks
 * @run:	Programs
 * @frame:	Frame from its Ethernet header on
 * @len:	Its length, 14 to FRAME_MAX
 * @repeat:	How often, for measurements; else 1
 * @out:	Result
 *
 * Return: 0; -1 with errno
 */
int bpf_run_in(const struct bpf_run *run, const void *frame, size_t len, uint32_t repeat,
	       struct bpf_result *out)
{
	struct bpf_test_run_opts opts = {.sz = sizeof(opts),
					 .data_in = frame,
					 .data_size_in = (uint32_t)len,
					 .repeat = (int)repeat};

	return test_run(run->in, &opts, out);
}

/**
 * bpf_run_out() - run the program of the device
 * @run:	Programs
 * @frame:	Frame from its Ethernet header on
 * @len:	Its length
 * @gso:	The packet stands for several; NULL: it does not
 * @repeat:	How often
 * @out:	Result
 *
 * Return: 0; -1 with errno
 */
int bpf_run_out(const struct bpf_run *run, const void *frame, size_t len,
		const struct bpf_gso *gso, uint32_t repeat, struct bpf_result *out)
{
	struct __sk_buff skb = {.gso_size = gso ? gso->size : 0,
				.gso_segs = gso ? gso->segments : 0};
	struct bpf_test_run_opts opts = {.sz = sizeof(opts),
					 .data_in = frame,
					 .data_size_in = (uint32_t)len,
					 .ctx_in = &skb,
					 .ctx_size_in = sizeof(skb),
					 .repeat = (int)repeat};

	return test_run(run->out, &opts, out);
}

/** bpf_run_count() - value of one counter, over all processors */
uint64_t bpf_run_count(const struct bpf_run *run, uint32_t counter)
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t sum = 0, *values = calloc((size_t)cpus, sizeof(*values));

	if (values &&
	    !bpf_map_lookup_elem(bpf_run_map(run, "tsp_counters"), &counter, values))
		for (int i = 0; i < cpus; i++)
			sum += values[i];
	free(values);
	return sum;
}

/** bpf_run_counts() - values of all counters */
void bpf_run_counts(const struct bpf_run *run, uint64_t counts[TSP_COUNTERS_END])
{
	for (uint32_t i = 0; i < TSP_COUNTERS_END; i++)
		counts[i] = bpf_run_count(run, i);
}

/** bpf_run_put() - store an entry of the map @map */
int bpf_run_put(const struct bpf_run *run, const char *map, const void *key,
		const void *value)
{
	return bpf_map_update_elem(bpf_run_map(run, map), key, value, BPF_ANY);
}

/** bpf_run_take() - delete an entry of the map @map */
int bpf_run_take(const struct bpf_run *run, const char *map, const void *key)
{
	return bpf_map_delete_elem(bpf_run_map(run, map), key);
}

/** bpf_run_get() - read an entry of the map @map */
int bpf_run_get(const struct bpf_run *run, const char *map, const void *key, void *value)
{
	return bpf_map_lookup_elem(bpf_run_map(run, map), key, value);
}

/** tunnel_store() - by the rule of writers */
static void tunnel_store(struct tsp_tunnel *t, uint32_t ipv4, uint16_t port, uint32_t len)
{
	tsp_word_store(&t->word, 0);
	t->beyond = tsp_beyond(RUN_DELEGATE, len);
	t->server = htonl(RUN_SERVER);
	t->port = 0;
	t->generation = tsp_next_generation(t->generation);
	tsp_word_store(&t->word, tsp_word(ipv4, port, t->generation));
}

/**
 * bpf_run_user() - make the tunnel of a user
 * @run:	Programs
 * @n:		Lease number
 * @ipv4:	Endpoint, host byte order
 * @port:	... 0: protocol 41
 * @prefix_len:	What was delegated, 0 or RUN_DELEGATE to 64
 */
void bpf_run_user(const struct bpf_run *run, uint32_t n, uint32_t ipv4, uint16_t port,
		  uint32_t prefix_len)
{
	tunnel_store(&run->users[n], ipv4, port, prefix_len);
}

/** bpf_run_secret() - the tunnel at @t gets a keepalive address with this second half */
void bpf_run_secret(struct tsp_tunnel *t, uint64_t secret)
{
	uint64_t word = tsp_endpoint(t->word);

	tsp_word_store(&t->word, 0);
	t->secret = secret;
	t->generation = tsp_next_generation(t->generation);
	tsp_word_store(&t->word, word | t->generation);
}

/** places() - of this endpoint in the index */
static struct tsp_places places(const struct bpf_run *run, uint64_t endpoint)
{
	return tsp_index_places(endpoint, run->config.id_key[1], run->config.index_mask);
}

/** bpf_run_point() - lead from @endpoint to lease @n, right or wrong; 0: away */
void bpf_run_point(const struct bpf_run *run, uint64_t endpoint, uint32_t n)
{
	struct tsp_places p = places(run, endpoint);
	__u64 *slot = tsp_index_at(run->index, p);

	if (!slot)
		slot = tsp_index_free(run->index, p);
	if (!slot)
		abort(); /* an index without room would make a test that proves nothing */
	*slot = n ? tsp_index_slot(p.tag, n) : 0;
}

/** bpf_run_anon() - make the tunnel of an anonymous client; see bpf_run_user() */
int bpf_run_anon(const struct bpf_run *run, uint32_t n, uint32_t ipv4, uint16_t port)
{
	struct tsp_places p = places(run, tsp_endpoint(tsp_word(ipv4, port, 0)));

	tunnel_store(&run->anon[n], ipv4, port, 0);
	return tsp_index_put(run->index, run->anon, p, n);
}
