/* SPDX-License-Identifier: MIT */
/*
 * resize.c - entries of a map into a larger or smaller one
 *
 * Nobody writes tunnels meanwhile. The programs go on counting in the old map, and packets
 * that pass between the copy and the change of programs are not counted.
 */
#include "datapath/resize.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "datapath/bpf/maps.h"
#include "datapath/map.h"
#include "lib/log.h"

/** is_tunnel() - entry @n of an array is a tunnel's, not its counters */
static bool is_tunnel(const struct map_shape *info, const char *memory, size_t n)
{
	const struct tsp_tunnel *t = (const void *)(memory + n * sizeof(*t));

	return info->value_size == sizeof(*t) && tsp_word_load(&t->word);
}

/** copy_memory() - as many entries as both have; -1, logged, when a tunnel would be lost */
static int copy_memory(const struct map_shape *old, const struct map_shape *new,
		       const char *from, char *to, const char *name)
{
	size_t both =
		old->max_entries < new->max_entries ? old->max_entries : new->max_entries;
	size_t n;

	for (n = both; n < old->max_entries; n++) {
		if (!is_tunnel(old, from, n))
			continue;
		log_msg(LOG_ERR, "%s: capacity is %u now, and lease %zu has a tunnel",
			name, new->max_entries - 1, n);
		errno = EINVAL;
		return -1;
	}
	memcpy(to, from, both * old->value_size);
	return 0;
}

/** copy_array() - by memory; -1, logged */
static int copy_array(int from, int to, const struct map_shape *old,
		      const struct map_shape *new, const char *name)
{
	size_t old_len = (size_t)old->max_entries * old->value_size;
	size_t new_len = (size_t) new->max_entries *new->value_size;
	char *a = map_memory(from, old_len, false), *b = map_memory(to, new_len, true);
	int result = -1;

	if (a && b)
		result = copy_memory(old, new, a, b, name);
	else
		log_msg(LOG_ERR, "%s: %m", name);
	if (a)
		munmap(a, old_len);
	if (b)
		munmap(b, new_len);
	return result;
}

/** copy_index() - one key after the other; -1, logged */
static int copy_index(int from, int to, const char *name)
{
	uint64_t key;
	uint32_t value;
	int more;

	for (more = map_next(from, NULL, &key); !more;
	     more = map_next(from, &key, &key)) {
		if (map_lookup(from, &key, &value) ||
		    map_update(to, &key, &value, BPF_ANY)) {
			log_msg(LOG_ERR, "%s: %m", name);
			return -1;
		}
	}
	return 0;
}

/**
 * resize_copy() - copy all entries
 * @from:	Array or hash that nobody else writes
 * @to:		New one, of another size and otherwise equal
 * @name:	For the log
 *
 * Return: 0; -1, logged, when @to is too small for the tunnels of @from, or errno says
 */
int resize_copy(int from, int to, const char *name)
{
	struct map_shape old, new;

	if (map_shape(from, &old) || map_shape(to, &new)) {
		log_msg(LOG_ERR, "%s: %m", name);
		return -1;
	}
	if (old.type == BPF_MAP_TYPE_ARRAY)
		return copy_array(from, to, &old, &new, name);
	return copy_index(from, to, name);
}
