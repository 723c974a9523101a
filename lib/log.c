/* SPDX-License-Identifier: MIT */
/*
 * log.c - the one way to the journal, to syslog or to standard error
 *
 * Where lines go is decided once, in log_open(). Under inetd standard error is the
 * client's connection, where a client would take a log line for an answer: it is used
 * only when the caller says that it is not. errno survives every function here.
 */
#include "lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/buf.h"

#define LINE_MAX_LEN 1024

static const struct {
	const char *name; /* TSP_EVENT */
	const char *message_id;
	bool for_people; /* also to standard error of a command, if the journal has it */
} events[] = {
	[EVENT_OFFERED] = {"offered", "a80f5e464aa14a74b84e20aa346b3162"},
	[EVENT_ACCEPTED] = {"accepted", "433fea4791764e4bbd12a4d1c73a7fe6"},
	[EVENT_PRESENT] = {"present", "c83c82900cbb4b75a6bae8908fb0a468"},
	[EVENT_SILENT] = {"silent", "d9938ef7ef7a4ad6a123aec8ff7388a7"},
	[EVENT_TWO_PLACES] = {"two-places", "10318835c13b4ab1a160aafb94769ac9"},
	[EVENT_WITHDRAWN] = {"withdrawn", "42c859516b6140269677531beddec037"},
	[EVENT_REFUSED] = {"refused", "abe02bdeeaa84331b9315bcb2508f350"},
	[EVENT_ENDED] = {"ended", "ac960317270a4fce8abeb2d2c70fbe5e"},
	[EVENT_EXTENDED] = {"extended", "75d11b174ef04a5d890ef089f591afe8"},
	[EVENT_RESTORED] = {"restored", "09f430686a1e4ec9b602fec68641ad60"},
	[EVENT_MOVED] = {"moved", "d7bec50f0eb9457fb6dd80836113c521"},
	[EVENT_AUTH_FAILED] = {"auth-failed", "e15532e5fabc4abfa05f6d92961a4c3d"},
	[EVENT_TEMPLATE_FAILED] = {"template-failed", "74b7ba1f553b493382f373f96deec9f6"},
	[EVENT_LEASE_DAMAGED] = {"lease-damaged", "9542788a5d2244fe9ca4c9fd79adaa3a"},
	[EVENT_UP] = {"up", "d2956c2f86594abba70fe9eac6729ccb", true},
	[EVENT_DOWN] = {"down", "84696b671b9f438c969bb2d8b42ec825", true},
	[EVENT_NO_TUNNEL] = {"no-tunnel", "56be660edd10468fa41574c0e3f3cfd3", true},
};

_Static_assert(sizeof(events) / sizeof(events[0]) == EVENT_COUNT,
	       "every event has a name");

static enum { SINK_STDERR, SINK_JOURNAL, SINK_SYSLOG } sink = SINK_STDERR;
static const char *program_name = "tsp";
static bool is_tool; /* a command at a terminal: people read standard error */
static int journal = -1;
static log_gate *gate;

/** stderr_is_journal() - systemd connected standard error to the journal (systemd.exec(5)) */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == device && st.st_ino == inode;
}

/** journal_connect() - 0, or -1 when there is no journal to talk to */
static int journal_connect(void)
{
	static const struct sockaddr_un address = {
		.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};

	journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (journal < 0)
		return -1;
	if (!connect(journal, (const struct sockaddr *)&address, sizeof(address)))
		return 0;
	close(journal);
	journal = -1;
	return -1;
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
	if ((stderr_is_journal() || stderr_is_peer) && !journal_connect()) {
		sink = SINK_JOURNAL;
	} else if (!stderr_is_peer) {
		sink = SINK_STDERR;
	} else {
		sink = SINK_SYSLOG;
		openlog(program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	}
	errno = saved;
}

/**
 * log_open_tool() - the same for a command that people type
 * @program:	Name in front of each line; must stay valid
 *
 * What the command has to say goes to standard error. What happens to leases goes to the
 * journal too, wherever the command was typed, so that an address's history there is
 * complete.
 */
void log_open_tool(const char *program)
{
	int saved = errno;

	log_open(program, false);
	is_tool = sink == SINK_STDERR;
	if (is_tool)
		journal_connect();
	errno = saved;
}

/** to_people() - a line on standard error */
static void to_people(int priority, const char *text)
{
	if (priority == LOG_DEBUG)
		return; /* people get one line for each session */
	if (is_tool)
		dprintf(STDERR_FILENO, "%s: %s\n", program_name, text);
	else
		dprintf(STDERR_FILENO, "%s[%d]: %s\n", program_name, (int)getpid(), text);
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

/** add_field() - add "NAME=value", unless there is no value */
static void add_field(struct buf *entry, const char *name, const char *value)
{
	if (value)
		buf_printf(entry, "%s=%s\n", name, value);
}

static void add_number(struct buf *entry, const char *name, unsigned long value)
{
	if (value)
		buf_printf(entry, "%s=%lu\n", name, value);
}

/**
 * to_journal() - an entry with its fields; @id is EVENT_COUNT for a plain line
 *
 * One datagram of NAME=value lines is all that the journal wants of values without a
 * newline (systemd's "native journal protocol"), and clean() leaves none. Loading
 * libsystemd for this would cost every session a third of its start (docs/design.md).
 */
static void to_journal(enum log_event_id id, int priority, const struct log_fields *f,
		       const char *text)
{
	char space[LINE_MAX_LEN * 2];
	struct buf entry = BUF_ON(space);

	buf_clear(&entry);
	add_field(&entry, "MESSAGE", text);
	buf_printf(&entry, "PRIORITY=%d\n", priority);
	add_field(&entry, "SYSLOG_IDENTIFIER", program_name);
	if (id < EVENT_COUNT) {
		add_field(&entry, "MESSAGE_ID", events[id].message_id);
		add_field(&entry, "TSP_EVENT", events[id].name);
		add_field(&entry, "TSP_PEER", f->peer);
		add_field(&entry, "TSP_USER", f->user);
		add_field(&entry, "TSP_CLAIMED", f->claimed);
		add_field(&entry, "TSP_REASON", f->reason);
		add_field(&entry, "TSP_ADDRESS", f->address);
		add_field(&entry, "TSP_PREFIX", f->prefix);
		add_field(&entry, "TSP_POOL", f->pool);
		add_field(&entry, "TSP_SERVER", f->server);
		add_field(&entry, "TSP_DEVICE", f->device);
		add_number(&entry, "TSP_STATUS", f->status);
		add_number(&entry, "TSP_LEASE", f->lease);
	}
	send(journal, entry.data, entry.len, MSG_NOSIGNAL);
}

/**
 * log_set_gate() - ask before a line goes to the journal or to syslog
 * @ask:	Says whether it may; NULL: all lines may
 */
void log_set_gate(log_gate *ask)
{
	gate = ask;
}

/** passes() - a line may be logged */
static bool passes(enum log_event_id id, int priority, const struct log_fields *fields)
{
	if (sink == SINK_STDERR || !gate)
		return true;
	switch (id) {
	case EVENT_PRESENT: /* these come minutes apart */
	case EVENT_SILENT:
	case EVENT_EXTENDED:
	case EVENT_RESTORED:
	case EVENT_MOVED:
		return true;
	case EVENT_ACCEPTED: /* these come as often as a client likes */
	case EVENT_ENDED:
		return gate(priority, fields);
	default:
		return gate(priority, NULL);
	}
}

/** emit() - one cleaned line to wherever lines go */
__attribute__((format(printf, 4, 0))) static void emit(enum log_event_id id, int priority,
						       const struct log_fields *fields,
						       const char *format, va_list args)
{
	char raw[LINE_MAX_LEN], text[LINE_MAX_LEN];
	struct buf line = BUF_ON(text);

	if (!passes(id, priority, fields))
		return;
	vsnprintf(raw, sizeof(raw), format, args);
	clean(&line, raw);
	switch (sink) {
	case SINK_STDERR:
		if (journal >= 0 && id < EVENT_COUNT)
			to_journal(id, priority, fields, text);
		if (journal < 0 || id == EVENT_COUNT || priority <= LOG_WARNING ||
		    events[id].for_people)
			to_people(priority, text);
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
