/* SPDX-License-Identifier: MIT */
/*
 * presence.c - secrets that are computed instead of stored, for offers that take no state
 *
 * An anonymous client of UDP may be forged: its offer is kept nowhere until its secret comes
 * back. So the secret is a keyed hash of both ends and of the time, in epochs of ten minutes:
 * with the key it is computed again. A secret is good in its epoch and in the next one.
 *
 * The key stands in a file that only the service's user can read. The process that talks to
 * a client never has it.
 */
#include "lib/presence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/log.h"
#include "lib/random.h"
#include "lib/siphash.h"

#define EPOCH_SECONDS 600
#define KEY_BYTES     16

/** read_key() - the key out of its file; 0, or -1 with errno, EBADMSG for another content */
static int read_key(const char *path, uint64_t key[2])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, key, KEY_BYTES);
	close(fd);
	if (n == KEY_BYTES)
		return 0;
	errno = EBADMSG;
	return -1;
}

/** write_key() - a new key in a new file, whole or not at all; 0, or -1 with errno */
static int write_key(const char *path)
{
	char fresh[PATH_MAX + 24];
	uint8_t key[KEY_BYTES];
	int fd, failed;

	snprintf(fresh, sizeof(fresh), "%s.%ld", path, (long)getpid());
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	failed = random_get(key, sizeof(key)) ||
		 write(fd, key, sizeof(key)) != KEY_BYTES || fsync(fd);
	failed |= close(fd);
	/* of two that begin at once, the first one's key counts */
	failed = failed || (link(fresh, path) && errno != EEXIST);
	unlink(fresh);
	explicit_bzero(key, sizeof(key));
	return failed ? -1 : 0;
}

/**
 * presence_key() - the server's key
 * @config:	Configuration: state
 * @make:	Make it if it does not exist
 * @key:	Result
 *
 * Return: 0; -1 with errno, logged
 */
int presence_key(const struct config *config, bool make, uint64_t key[2])
{
	char path[PATH_MAX];

	if (!file_path(path, "%s/presence.key", config->state)) {
		if (!read_key(path, key))
			return 0;
		if (errno == ENOENT && make && !write_key(path) && !read_key(path, key))
			return 0;
	}
	log_msg(LOG_ERR, "%s/presence.key: %m", config->state);
	return -1;
}

/** presence_epoch() - number of the epoch that a time is in, from 1 */
uint64_t presence_epoch(time_t now)
{
	return (uint64_t)now / EPOCH_SECONDS + 1;
}

/**
 * presence_secret() - what a client between these ends is told in this epoch
 * @key:	Server's key
 * @client:	Client's end
 * @server:	Server's end
 * @epoch:	Epoch
 *
 * Return: secret, not 0; its highest bit is 0, as some addresses have no room for it
 */
uint64_t presence_secret(const uint64_t key[2], const struct endpoint *client,
			 const struct endpoint *server, uint64_t epoch)
{
	const uint64_t words[] = {
		(uint64_t)ntohl(client->addr.s_addr) << 32 | client->port,
		(uint64_t)ntohl(server->addr.s_addr) << 32 | server->port,
		epoch,
	};
	uint64_t secret = siphash(key, words, sizeof(words)) >> 1;

	return secret ? secret : 1;
}
