/* SPDX-License-Identifier: MIT */
/*
 * log_quota.c - how many lines sessions, addresses and leases may write into the journal
 *
 * Theory of operation
 *
 * A stranger can make sessions log lines: refused requests, failed logins, templates that
 * fail, leases that begin and end. Without a limit one address could fill the disk, and push
 * the events of other clients' leases out of the journal. So lines are counted:
 *
 *	lines of a session			LOG_QUOTA_SESSION
 *	other lines of its address		a bucket for each address
 *	events of a lease			a bucket for each lease, by its number
 *	both, of a client over UDP that		one bucket for all of them: they can come
 *	has proven nothing			from any address
 *
 * A bucket holds a number of lines, and is refilled by one line each few seconds. Debug lines
 * have half of it. Lines that do not pass are counted, and the next line that does is followed
 * by their number. The first event of a lease that has a new owner always passes if the owner
 * is proven: a lease that changes hands is in the journal, whatever its last owner did.
 *
 * The buckets are in STATE/log.quota, a word of 64 bits for each: the time when it was brought
 * up to date, its lines, and how many did not pass. An address finds its bucket by a hash, and
 * may share it with others; a lease has its own. The kernel gives the lock of a bucket back
 * with its process; nobody waits for it: a line that meets a locked bucket four times does not
 * pass.
 *
 * Without the file, as on a full disk, the limit of the session is in force.
 */
#include "lib/log_quota.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SOURCES    16384
#define LOCK_TRIES 4
#define LOCK_PAUSE 200000 /* nanoseconds */
#define MISSED_MAX 0xffffff

/** struct kind - whose lines are counted */
struct kind {
	const char *whose;
	uint8_t full; /* lines at once */
	uint8_t refill;
};

static const struct kind of_source = {"this address", LOG_QUOTA_LINES, LOG_QUOTA_REFILL};
static const struct kind of_lease = {"this lease", LOG_QUOTA_LINES, LOG_QUOTA_REFILL};
static const struct kind of_unproven = {"clients that have proven nothing",
					LOG_QUOTA_UNPROVEN, LOG_QUOTA_UNPROVEN_REFILL};

/** struct place - a bucket in the file */
struct place {
	const struct kind *kind;
	off_t at;
};

/** struct bucket - its content; all zero: full */
struct bucket {
	uint32_t time; /* seconds; 0: never used */
	uint8_t lines; /* that may be written */
	uint32_t missed;
};

static struct {
	char path[PATH_MAX + sizeof("/log.quota")];
	bool open; /* it was tried */
	int fd;    /* -1: no buckets */
	struct place source;
	bool proven;
	bool only_leases; /* other lines all pass */
	unsigned lines;   /* of this session */
	unsigned missed;  /* lines of this session that did not pass */
	bool telling;     /* the number of missed lines is being logged */
} quota = {.fd = -1};

/** bucket_at() - the place of bucket @number of the file */
static struct place bucket_at(const struct kind *kind, uint64_t number)
{
	return (struct place){kind, (off_t)(number * sizeof(uint64_t))};
}

/** place_of_unproven() - behind the buckets of addresses */
static struct place place_of_unproven(void)
{
	return bucket_at(&of_unproven, SOURCES);
}

/** place_of_lease() - behind that bucket: two for each number, one for each pool */
static struct place place_of_lease(const struct log_fields *lease)
{
	bool users = lease->pool && !strcmp(lease->pool, "users");

	return bucket_at(&of_lease, SOURCES + 1 + UINT64_C(2) * lease->lease + users);
}

static void begin(const char *state)
{
	snprintf(quota.path, sizeof(quota.path), "%s/log.quota", state);
	quota.lines = quota.missed = 0;
	quota.only_leases = false;
	log_set_gate(log_quota_pass);
}

/**
 * log_quota_begin() - this process serves a client
 * @state:	State directory
 * @source:	The client's address
 * @proven:	The client is there; else its lines count as those of all strangers until
 *		log_quota_proven()
 */
void log_quota_begin(const char *state, struct in_addr source, bool proven)
{
	uint32_t hash = ntohl(source.s_addr) * UINT32_C(2654435761);

	_Static_assert(SOURCES == 1 << (32 - 18), "a hash leads to each of them");
	begin(state);
	quota.source = bucket_at(&of_source, hash >> 18);
	quota.proven = proven;
}

/**
 * log_quota_begin_leases() - this process works on many leases: only their events are counted
 * @state:	State directory
 */
void log_quota_begin_leases(const char *state)
{
	begin(state);
	quota.only_leases = true;
}

/** log_quota_proven() - the client has shown that it is at its address */
void log_quota_proven(void)
{
	quota.proven = true;
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

/** lock() - lock or unlock a bucket; 0, or -1 when another process has it */
static int lock(off_t at, short type)
{
	struct flock bytes = {.l_type = type,
			      .l_whence = SEEK_SET,
			      .l_start = at,
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
static void refill(struct bucket *b, const struct kind *kind, uint32_t now)
{
	uint32_t more;

	if (!b->time) {
		b->lines = kind->full;
		b->time = now;
	}
	if (now < b->time) /* the clock was set back */
		b->time = now;
	more = (now - b->time) / kind->refill;
	b->time += more * kind->refill;
	b->lines = more > (uint32_t)(kind->full - b->lines) ? kind->full
							    : (uint8_t)(b->lines + more);
}

/** read_bucket() - with its lock held */
static struct bucket read_bucket(const struct place *p)
{
	struct bucket b;
	uint64_t word = 0;

	if (pread(quota.fd, &word, sizeof(word), p->at) != sizeof(word))
		word = 0;
	b = (struct bucket){.time = (uint32_t)word,
			    .lines = (uint8_t)(word >> 32),
			    .missed = (uint32_t)(word >> 40)};
	if (b.lines > p->kind->full)
		b.lines = 0;
	return b;
}

/** write_bucket() - with its lock held; 0 or -1 */
static int write_bucket(const struct place *p, const struct bucket *b)
{
	uint64_t word = b->time | (uint64_t)b->lines << 32 | (uint64_t)b->missed << 40;

	return pwrite(quota.fd, &word, sizeof(word), p->at) == sizeof(word) ? 0 : -1;
}

/**
 * take() - one line out of a bucket
 * @p:		Bucket
 * @priority:	Of the line
 * @missed:	Result: lines that did not pass before
 *
 * Return: it passes
 */
static bool take(const struct place *p, int priority, uint32_t *missed)
{
	struct bucket b;
	bool passes;

	*missed = 0;
	open_buckets();
	if (quota.fd < 0)
		return true;
	if (lock(p->at, F_WRLCK))
		return false;
	b = read_bucket(p);
	refill(&b, p->kind, (uint32_t)time(NULL));
	passes = b.lines > (priority == LOG_DEBUG ? p->kind->full / 2 : 0);
	if (passes) {
		b.lines--;
		*missed = b.missed;
		b.missed = 0;
	} else if (b.missed < MISSED_MAX) {
		b.missed++;
	}
	if (write_bucket(p, &b)) /* a full disk: the session's limit is left */
		passes = true;
	lock(p->at, F_UNLCK);
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

/** take_and_tell() - take(), and log how many lines did not pass before */
static bool take_and_tell(struct place p, int priority)
{
	uint32_t missed;
	bool passes = take(&p, priority, &missed);

	if (missed)
		tell(p.kind->whose, missed);
	return passes;
}

/** pass_lease() - log_quota_pass() for events of leases */
static bool pass_lease(int priority, const struct log_fields *lease)
{
	if (lease->unproven)
		return take_and_tell(place_of_unproven(), priority);
	return take_and_tell(place_of_lease(lease), priority) || lease->new_owner;
}

/** pass_line() - log_quota_pass() for other lines */
static bool pass_line(int priority)
{
	bool passes;

	if (quota.only_leases)
		return true;
	if (quota.lines >= LOG_QUOTA_SESSION) {
		quota.missed++;
		return false;
	}
	passes = take_and_tell(quota.proven ? quota.source : place_of_unproven(),
			       priority);
	quota.lines += passes;
	return passes;
}

/**
 * log_quota_pass() - log_gate() of a session, and of a process that works on many leases
 * @priority:	As in log_gate()
 * @lease:	As in log_gate()
 */
bool log_quota_pass(int priority, const struct log_fields *lease)
{
	int saved = errno;
	bool passes = quota.telling ||
		      (lease ? pass_lease(priority, lease) : pass_line(priority));

	errno = saved;
	return passes;
}

/** log_quota_end() - the session is over: tell what it did not log */
void log_quota_end(void)
{
	struct place p = quota.proven ? quota.source : place_of_unproven();
	uint32_t missed;

	if (quota.missed && take(&p, LOG_NOTICE, &missed))
		tell("this session", quota.missed + missed);
	if (quota.fd >= 0)
		close(quota.fd);
	quota.fd = -1;
	quota.open = false;
	log_set_gate(NULL);
}
