/* SPDX-License-Identifier: MIT */
/*
 * log_quota.c - how many lines a session, and an address, may write into the journal
 *
 * Theory of operation
 *
 * A stranger makes a session log what he likes: refused requests, failed logins, templates
 * that fail. Without a limit one address fills the disk, and pushes out of the journal what
 * happened to the leases of others. So these lines are counted; events of leases are not,
 * and always pass.
 *
 * A session may write LOG_QUOTA_SESSION lines. All sessions of an address share a bucket of
 * LOG_QUOTA_SOURCE, which is refilled by one line each LOG_QUOTA_REFILL seconds. Debug
 * lines have half of a bucket. Lines that do not pass are counted, and the next line that
 * does is followed by their number.
 *
 * The buckets are in STATE/log.quota, a word of 64 bits for each: the time when it was
 * brought up to date, its lines, and how many did not pass. An address finds its bucket by a
 * hash, and may share it with others. The kernel gives the lock of a bucket back with its
 * process; nobody waits for it: a line that meets a locked bucket four times does not pass.
 *
 * Without the file, as on a full disk, the limit of the session is in force.
 */
#include "lib/log_quota.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"

#define BUCKETS     16384
#define LINES_FULL  LOG_QUOTA_SOURCE
#define LINES_DEBUG (LOG_QUOTA_SOURCE / 2)
#define LOCK_TRIES  4
#define LOCK_PAUSE  200000 /* nanoseconds */
#define MISSED_MAX  0xffffff

/** struct bucket - of an address; all zero: full */
struct bucket {
	uint32_t time; /* seconds; 0: never used */
	uint8_t lines; /* that may be written */
	uint32_t missed;
};

static struct {
	char path[PATH_MAX + sizeof("/log.quota")];
	bool open; /* it was tried */
	int fd;    /* -1: no buckets */
	off_t at;
	unsigned lines;  /* of this session */
	unsigned missed; /* lines of this session that did not pass */
	bool telling;    /* the number of missed lines is being logged */
} quota = {.fd = -1};

/**
 * log_quota_begin() - this process serves a client at @source
 * @state:	State directory
 * @source:	The client's address
 */
void log_quota_begin(const char *state, struct in_addr source)
{
	uint32_t hash = ntohl(source.s_addr) * UINT32_C(2654435761);

	snprintf(quota.path, sizeof(quota.path), "%s/log.quota", state);
	quota.at = (off_t)(hash >> 18) * (off_t)sizeof(uint64_t);
	_Static_assert(BUCKETS == 1 << (32 - 18), "a hash leads to each of them");
	quota.lines = quota.missed = 0;
	log_set_gate(log_quota_pass);
}

/** open_buckets() - for the first line: most sessions have none */
static void open_buckets(void)
{
	if (!quota.open)
		quota.fd =
			open(quota.path,
			     O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0600);
	quota.open = true;
}

/** lock() - lock or unlock the bucket; 0, or -1 when another process has it */
static int lock(short type)
{
	struct flock bytes = {.l_type = type,
			      .l_whence = SEEK_SET,
			      .l_start = quota.at,
			      .l_len = sizeof(uint64_t)};
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE};
	int tries;

	for (tries = 0; fcntl(quota.fd, F_OFD_SETLK, &bytes); tries++) {
		if (tries == LOCK_TRIES)
			return -1;
		nanosleep(&pause, NULL);
	}
	return 0;
}

/** refill() - bring a bucket up to date */
static void refill(struct bucket *b, uint32_t now)
{
	uint32_t more;

	if (!b->time) {
		b->lines = LINES_FULL;
		b->time = now;
	}
	if (now < b->time) /* the clock was set back */
		b->time = now;
	more = (now - b->time) / LOG_QUOTA_REFILL;
	b->time += more * LOG_QUOTA_REFILL;
	b->lines = more > (uint32_t)(LINES_FULL - b->lines) ? LINES_FULL
							    : (uint8_t)(b->lines + more);
}

/** read_bucket() - with its lock held */
static struct bucket read_bucket(void)
{
	struct bucket b;
	uint64_t word = 0;

	if (pread(quota.fd, &word, sizeof(word), quota.at) != sizeof(word))
		word = 0;
	b = (struct bucket){.time = (uint32_t)word,
			    .lines = (uint8_t)(word >> 32),
			    .missed = (uint32_t)(word >> 40)};
	if (b.lines > LINES_FULL)
		b.lines = 0;
	return b;
}

/** write_bucket() - with its lock held; 0 or -1 */
static int write_bucket(const struct bucket *b)
{
	uint64_t word = b->time | (uint64_t)b->lines << 32 | (uint64_t)b->missed << 40;

	return pwrite(quota.fd, &word, sizeof(word), quota.at) == sizeof(word) ? 0 : -1;
}

/**
 * take() - one line out of the bucket
 * @priority:	Of the line
 * @missed:	Result: lines that did not pass before
 *
 * Return: it passes
 */
static bool take(int priority, uint32_t *missed)
{
	struct bucket b;
	bool passes;

	*missed = 0;
	open_buckets();
	if (quota.fd < 0)
		return true;
	if (lock(F_WRLCK))
		return false;
	b = read_bucket();
	refill(&b, (uint32_t)time(NULL));
	passes = b.lines > (priority == LOG_DEBUG ? LINES_DEBUG : 0);
	if (passes) {
		b.lines--;
		*missed = b.missed;
		b.missed = 0;
	} else if (b.missed < MISSED_MAX) {
		b.missed++;
	}
	if (write_bucket(&b)) /* a full disk: the session's limit has to do */
		passes = true;
	lock(F_UNLCK);
	return passes;
}

/** tell() - the number of lines that did not pass */
static void tell(const char *whose, unsigned count)
{
	quota.telling = true;
	log_msg(LOG_NOTICE, "and %u more lines of %s, which are not logged", count,
		whose);
	quota.telling = false;
}

/**
 * log_quota_pass() - a line that is no event of a lease may be logged
 * @priority:	Its priority
 */
bool log_quota_pass(int priority)
{
	uint32_t missed;
	int saved = errno;
	bool passes;

	if (quota.telling)
		return true;
	if (quota.lines >= LOG_QUOTA_SESSION) {
		quota.missed++;
		return false;
	}
	passes = take(priority, &missed);
	quota.lines += passes;
	if (missed)
		tell("this address", missed);
	errno = saved;
	return passes;
}

/** log_quota_end() - the session is over: tell what it did not log */
void log_quota_end(void)
{
	uint32_t missed;

	if (quota.missed && take(LOG_NOTICE, &missed))
		tell("this session", quota.missed + missed);
	if (quota.fd >= 0)
		close(quota.fd);
	quota.fd = -1;
	quota.open = false;
	log_set_gate(NULL);
}
