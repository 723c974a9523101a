/* SPDX-License-Identifier: MIT */
/* old_file.h - an allocation file of format 1 with a lease in each state */
#ifndef OLD_FILE_H
#define OLD_FILE_H

#include "tests/unit/alloc/format1_fixture.h"
#include "tests/unit/alloc/store_fixture.h"

#define CAPACITY 12
#define NOW      time(NULL)

static const struct old_tunnel none;

/** put() - bytes of the old file */
static inline void put(unsigned line, const char *text)
{
	char path[PATH_MAX];
	int fd;

	path_of("users.leases", path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, text, OLD_LEN, (off_t)line * OLD_LEN), OLD_LEN);
	close(fd);
}

static inline struct old_tunnel tunnel(const char *endpoint, long granted, long expires)
{
	return (struct old_tunnel){strchr(endpoint, ':') ? "v6udpv4" : "v6v4", endpoint,
				   "56", NOW + granted, NOW + expires};
}

static inline void put_lease(unsigned number, const char *state, const char *owner,
			     struct old_tunnel t, struct old_tunnel before)
{
	char line[OLD_LEN];

	old_line(line, number, state, owner, t, before);
	put(number, line);
}

/** old_file() - a lease in each state, and three behind one address */
static inline void old_file(void)
{
	char line[OLD_LEN];
	unsigned i;

	old_header(line, "users", CAPACITY);
	put(0, line);
	for (i = 1; i <= CAPACITY; i++)
		put_lease(i, "free", "-", none, none);
	put_lease(1, "active", "alice", tunnel("192.0.2.1", -600, 3000), none);
	put_lease(2, "active", "bob", tunnel("192.0.2.2:4000", -20, 100), none);
	put_lease(3, "expired", "carol", tunnel("192.0.2.3", -900, -300), none);
	put_lease(4, "offered", "dave", tunnel("192.0.2.4", -10, 50),
		  tunnel("192.0.2.5:5000", -60, 60));
	put_lease(5, "offered", "erin", tunnel("192.0.2.6", -10, 50), none);
	put_lease(6, "active", "u6", tunnel("198.51.100.1:1", -600, 3000), none);
	put_lease(7, "active", "u7", tunnel("198.51.100.1:2", -600, 3000), none);
	put_lease(8, "active", "u8", tunnel("198.51.100.1:3", -600, 3000), none);
	put_lease(12, "active", "zoe", tunnel("192.0.2.9", -600, 3000), none);
	memset(line, ' ', sizeof(line));
	line[OLD_LEN - 1] = '\n';
	for (i = 0; i < old_index_lines(CAPACITY); i++)
		put(CAPACITY + 1 + i, line);
}

#endif
