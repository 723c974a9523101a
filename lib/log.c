/* SPDX-License-Identifier: MIT */
/*
 * log.c - the one way to the journal, to syslog or to standard error
 *
 * Where lines go is decided once, in log_open(). Under inetd standard error is the
 * client's connection, where a log line would be taken for an answer: it is used only
 * when the caller knows better. errno survives every function here.
 */
#include "lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "lib/buf.h"

#define LINE_MAX_LEN 1024

static const struct {
	const char *name; /* TSP_EVENT */
	const char *message_id;
} events[] = {
	[EVENT_OFFERED] = {"offered", "a80f5e464aa14a74b84e20aa346b3162"},
	[EVENT_ACCEPTED] = {"accepted", "433fea4791764e4bbd12a4d1c73a7fe6"},
	[EVENT_WITHDRAWN] = {"withdrawn", "42c859516b6140269677531beddec037"},
	[EVENT_REFUSED] = {"refused", "abe02bdeeaa84331b9315bcb2508f350"},
	[EVENT_ENDED] = {"ended", "ac960317270a4fce8abeb2d2c70fbe5e"},
	[EVENT_RESTORED] = {"restored", "09f430686a1e4ec9b602fec68641ad60"},
	[EVENT_AUTH_FAILED] = {"auth-failed", "e15532e5fabc4abfa05f6d92961a4c3d"},
	[EVENT_TEMPLATE_FAILED] = {"template-failed", "74b7ba1f553b493382f373f96deec9f6"},
	[EVENT_LEASE_DAMAGED] = {"lease-damaged", "9542788a5d2244fe9ca4c9fd79adaa3a"},
};

_Static_assert(sizeof(events) / sizeof(events[0]) == EVENT_COUNT,
	       "every event has a name");

static enum { SINK_STDERR, SINK_JOURNAL, SINK_SYSLOG } sink = SINK_STDERR;
static const char *program_name = "tsp";

/** stderr_is_journal() - systemd connected standard error to the journal (systemd.exec(5)) */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == device && st.st_ino == inode;
}

/**
 * log_open() - decide where lines go
 * @program:		Name in front of each line; must stay valid
 * @stderr_is_peer:	Standard error is the client's connection
 */
void log_open(const char *program, bool stderr_is_peer)
{
	int saved = errno;

	program_name = program;
	if (stderr_is_journal()) {
		sink = SINK_JOURNAL;
	} else if (!stderr_is_peer) {
		sink = SINK_STDERR;
	} else if (!access("/run/systemd/journal/socket", W_OK)) {
		sink = SINK_JOURNAL;
	} else {
		sink = SINK_SYSLOG;
		openlog(program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	}
	errno = saved;
}

/**
 * clean() - replace what could forge a line or reach a terminal
 * @out:	Result
 * @text:	Formatted line; printable ASCII passes unchanged
 */
static void clean(struct buf *out, const char *text)
{
	buf_clear(out);
	for (; *text && !out->full; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= ' ' && c < 0x7f)
			buf_add(out, &c, 1);
		else
			buf_printf(out, "\\x%02x", c);
	}
}

/** struct entry - the fields of one journal entry */
struct entry {
	struct iovec fields[16];
	size_t count;
	char space[LINE_MAX_LEN * 2];
	size_t used;
};

/** add_field() - add "NAME=value", unless there is no value or no room */
static void add_field(struct entry *e, const char *name, const char *value)
{
	size_t room = sizeof(e->space) - e->used;
	int n;

	if (!value || e->count == sizeof(e->fields) / sizeof(e->fields[0]))
		return;
	n = snprintf(e->space + e->used, room, "%s=%s", name, value);
	if (n < 0 || (size_t)n >= room)
		return;
	e->fields[e->count].iov_base = e->space + e->used;
	e->fields[e->count++].iov_len = (size_t)n;
	e->used += (size_t)n + 1;
}

static void add_number(struct entry *e, const char *name, unsigned long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu", value);
	if (value)
		add_field(e, name, text);
}

/** to_journal() - an entry with its fields; @id is EVENT_COUNT for a plain line */
static void to_journal(enum log_event_id id, int priority, const struct log_fields *f,
		       const char *text)
{
	struct entry e = {.count = 0};
	char level[2] = {(char)('0' + priority), '\0'};

	add_field(&e, "MESSAGE", text);
	add_field(&e, "PRIORITY", level);
	add_field(&e, "SYSLOG_IDENTIFIER", program_name);
	if (id < EVENT_COUNT) {
		add_field(&e, "MESSAGE_ID", events[id].message_id);
		add_field(&e, "TSP_EVENT", events[id].name);
		add_field(&e, "TSP_PEER", f->peer);
		add_field(&e, "TSP_USER", f->user);
		add_field(&e, "TSP_ADDRESS", f->address);
		add_field(&e, "TSP_PREFIX", f->prefix);
		add_field(&e, "TSP_POOL", f->pool);
		add_number(&e, "TSP_STATUS", f->status);
		add_number(&e, "TSP_LEASE", f->lease);
	}
	sd_journal_sendv(e.fields, (int)e.count);
}

/** emit() - one cleaned line to wherever lines go */
__attribute__((format(printf, 4, 0))) static void emit(enum log_event_id id, int priority,
						       const struct log_fields *fields,
						       const char *format, va_list args)
{
	char raw[LINE_MAX_LEN], text[LINE_MAX_LEN];
	struct buf line = BUF_ON(text);

	vsnprintf(raw, sizeof(raw), format, args);
	clean(&line, raw);
	switch (sink) {
	case SINK_STDERR:
		dprintf(STDERR_FILENO, "%s[%d]: %s\n", program_name, (int)getpid(), text);
		break;
	case SINK_JOURNAL:
		to_journal(id, priority, fields, text);
		break;
	case SINK_SYSLOG:
		syslog(priority, "%s", text);
		break;
	}
}

/**
 * log_msg() - a line about the program itself
 * @priority:	LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG
 * @format:	As for printf(); %m is the errno of the caller
 */
void log_msg(int priority, const char *format, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, format);
	emit(EVENT_COUNT, priority, NULL, format, args);
	va_end(args);
	errno = saved;
}

/**
 * log_event() - something happened to a client or a lease
 * @id:		What
 * @priority:	As for log_msg()
 * @fields:	Whom and what it is about, for the journal's fields
 * @format:	The same for people, whole in itself
 */
void log_event(enum log_event_id id, int priority, const struct log_fields *fields,
	       const char *format, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, format);
	emit(id, priority, fields, format, args);
	va_end(args);
	errno = saved;
}
