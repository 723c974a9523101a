/* SPDX-License-Identifier: MIT */
/*
 * table.c - one allocation file: lease lines, locks, durability
 *
 * Theory of operation
 *
 * An allocation file is text, in lines of 512 bytes:
 *
 *	line 0				header: format, pool, capacity, key (header.c)
 *	lines 1 to capacity		lease i in line i (lease.c)
 *	max(4, capacity / 3) more	the index, 18 entries a line (index.c)
 *
 * It has its full size from the start and never grows, so a disk that fills up later loses
 * nothing. Lease lines are the truth; the index only helps to find them.
 *
 * Three kinds of protection:
 *
 * the lock of the file	A process holds it to search for a lease or to change a line, for
 *			microseconds and never while waiting for a client, a template or
 *			the disk. `tspctl resize` renames another file into place: after
 *			taking the lock we check whether the name still leads to our
 *			file, and if not, open it again.
 * a lock on the line	A session that has claimed a lease holds it until it is done. Nobody
 *			waits for it: it tells whether a session works on the lease. The
 *			kernel releases it with the process, so an "offered" line without
 *			this lock was left by a session that died, and lease_settle() gives
 *			its state. No clock is involved. table_locks.c has both kinds.
 * the checksum		A line that a power cut left half written, or that was edited, is
 *			out of use: it is not found, assigned or overwritten.
 *
 * A line changes by one pwrite() of one whole line. Killing the writer leaves the old or
 * the new line in the page cache, never a mixture, and other processes see it there at
 * once. Against power cuts, table_sync() follows after the lock is released, and the client
 * is told only then. Since the lock does not wait for the disk, many handlers can share one
 * commit of the journal. A line is aligned to its length and so lies in one sector; if a
 * disk tears a sector nonetheless, the checksum reveals it.
 */
#include "alloc/table.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "alloc/header.h"
#include "alloc/line.h"
#include "lib/file.h"
#include "lib/log.h"

#define READ_AGAIN 3 /* tries of a reader, a millisecond apart */

/** table_is_current() - the name still leads to the file that is open */
bool table_is_current(const struct table *t)
{
	return file_is_named(t->fd, t->path);
}

/**
 * table_sync() - write all changes to the disk; call it unlocked
 *
 * Return: 0; -1 with errno, logged
 */
int table_sync(struct table *t)
{
	if (!t->dirty)
		return 0;
	if (fdatasync(t->fd)) {
		log_msg(LOG_ERR, "%s: cannot sync: %m", t->path);
		return -1;
	}
	t->dirty = false;
	return 0;
}

/**
 * table_decode() - decode a line that was read under the lock
 *
 * Damage is logged if the table is open for TABLE_SERVE.
 *
 * Return: 0; -1 with EBADMSG: the lease is out of use
 */
int table_decode(const struct table *t, const char line[LEASE_LINE_LEN], uint32_t number,
		 struct lease *out)
{
	struct log_fields fields = {.pool = pool_name(t->kind), .lease = number};
	const char *why;

	if (!lease_decode(line, number, out, &why))
		return 0;
	if (t->use == TABLE_SERVE) /* checkers report damage themselves */
		log_event(EVENT_LEASE_DAMAGED, LOG_ERR, &fields,
			  "%s:%u: %s; lease %u is out of use", t->path, number + 1, why,
			  number);
	errno = EBADMSG;
	return -1;
}

/**
 * table_read() - read a lease, with the lock held
 *
 * A reader has no lock: it reads a damaged line again, which may be under a write.
 *
 * Return: 0; -1 with ERANGE for a number that the file does not have, EBADMSG for a
 * damaged line (logged), else errno (logged)
 */
int table_read(struct table *t, uint32_t number, struct lease *out)
{
	const struct timespec pause = {.tv_nsec = 1000 * 1000L};
	char line[LINE_LEN];
	int tries = 0;

	if (number < 1 || number > t->capacity) {
		errno = ERANGE;
		return -1;
	}
	do {
		if (table_raw_read(t, header_line_at(number), line, sizeof(line)))
			return -1;
		if (!table_decode(t, line, number, out))
			return 0;
	} while (t->use == TABLE_READ && errno == EBADMSG && tries++ < READ_AGAIN &&
		 !nanosleep(&pause, NULL));
	errno = EBADMSG;
	return -1;
}

/**
 * table_read_run() - read the lines of leases whose numbers follow each other
 * @t:		Table, with the lock held
 * @first:	First number
 * @count:	How many; all of them are in the file
 * @lines:	Result, @count lines for lease_decode()
 *
 * Return: 0; -1 with errno, logged
 */
int table_read_run(struct table *t, uint32_t first, uint32_t count, char *lines)
{
	return table_raw_read(t, header_line_at(first), lines, (size_t)count * LINE_LEN);
}

/**
 * table_look() - read a lease without holding it: lock, read, unlock
 *
 * Return: as table_read()
 */
int table_look(struct table *t, uint32_t number, struct lease *out)
{
	int r, saved;

	if (table_lock(t))
		return -1;
	r = table_read(t, number, out);
	saved = errno;
	table_unlock(t);
	errno = saved;
	return r;
}

/** table_write() - write a lease, with the lock held; 0, or -1 with errno, logged */
int table_write(struct table *t, const struct lease *lease)
{
	char line[LINE_LEN];

	if (lease_encode(lease, line)) {
		log_msg(LOG_ERR, "%s: lease %u contradicts itself", t->path,
			lease->number);
		return -1;
	}
	return table_raw_write(t, header_line_at(lease->number), line, sizeof(line));
}

/** table_restore() - table_write() unless the line already holds this lease */
int table_restore(struct table *t, const struct lease *lease)
{
	char wanted[LINE_LEN], line[LINE_LEN];

	if (!lease_encode(lease, wanted) &&
	    !table_raw_read(t, header_line_at(lease->number), line, sizeof(line)) &&
	    !memcmp(line, wanted, sizeof(line)))
		return 0;
	return table_write(t, lease);
}
