/* SPDX-License-Identifier: MIT */
/*
 * hostile_server.h - a server inside the test, honest in all replies but one
 *
 * send(), recv() and poll() on HOSTILE_WIRE are this file's: each message of the client is
 * answered at once, and nothing waits. A reply that does not come is silence over UDP, and
 * over TCP the end of the connection, or silence with hostile.silent.
 */
#ifndef TESTS_UNIT_HOSTILE_SERVER_H
#define TESTS_UNIT_HOSTILE_SERVER_H

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "client/dialogue.h"
#include "client/report.h"
#include "lib/base64.h"
#include "lib/seqpacket.h"
#include "tests/unit/auth/sasl_fixture.h"
#include "tsp/frame.h"
#include "tsp/udp_header.h"

#define HOSTILE_WIRE    1000
#define HOSTILE_REPLIES 6
#define HOSTILE_SIZE    (128 * 1024)

#define HOSTILE_CAPABILITY                                                               \
	"CAPABILITY TUNNEL=V6V4 TUNNEL=V6UDPV4 AUTH=ANONYMOUS AUTH=PLAIN "               \
	"AUTH=DIGEST-MD5\r\n"
#define HOSTILE_SUCCESS "200 Success\r\n"

/** enum hostile_way - what becomes of the reply with the number hostile.which */
enum hostile_way {
	HOSTILE_NONE,    /* the server is honest */
	HOSTILE_CUT,     /* its first hostile.at bytes, and nothing after them */
	HOSTILE_REPLACE, /* hostile.text in its place, and nothing after it */
	HOSTILE_SWAP,    /* hostile.text in its place, and the server goes on */
	HOSTILE_FLIP,    /* a bit of byte hostile.at is another, and the server goes on */
	HOSTILE_TWICE,   /* it comes two times */
	HOSTILE_EARLY,   /* the reply after it comes in its place */
	HOSTILE_LATE,    /* the reply before it comes once more in its place */
	HOSTILE_WAYS,
};

struct hostile_reply {
	size_t len;
	char data[2048];
};

struct hostile {
	/* what the server does */
	bool udp, silent;
	enum mechanism mechanism;
	enum hostile_way way;
	unsigned which;
	size_t at;
	const char *text;
	const char *xml; /* of the offer */

	/* state of a conversation */
	unsigned next;
	bool over;
	uint32_t sequence;
	struct sasl *sasl;
	struct hostile_reply before;
	uint8_t header[UDP_HEADER_LEN];
	char waiting[HOSTILE_SIZE]; /* for recv() */
	size_t waiting_len;
	bool has_datagram;

	/* results */
	unsigned reports;
	struct report first, last;
	bool password_heard, request_heard, accept_heard, proven;
	size_t reply_len[HOSTILE_REPLIES];
} hostile;

/** hostile_replies() - replies of a whole conversation */
static unsigned hostile_replies(void)
{
	static const unsigned udp[] = {4, 5, 6}, tcp[] = {3, 3, 4};
	unsigned i = hostile.mechanism == MECHANISM_ANONYMOUS ? 0
		     : hostile.mechanism == MECHANISM_PLAIN   ? 1
							      : 2;

	return hostile.udp ? udp[i] : tcp[i];
}

static void hostile_add(struct hostile_reply *r, const char *text, size_t len)
{
	assert_true(r->len + len <= sizeof(r->data));
	memcpy(r->data + r->len, text, len);
	r->len += len;
}

static void hostile_add_text(struct hostile_reply *r, const char *text)
{
	hostile_add(r, text, strlen(text));
}

/** hostile_challenge() - the server's half of DIGEST-MD5 */
static void hostile_challenge(struct hostile_reply *r, const char *message, size_t len)
{
	struct sasl_output output;
	struct ipc_sasl response;
	char text[2 * IPC_SASL_MAX];
	struct buf out = BUF_ON(text);

	if (!hostile.sasl) {
		assert_int_equal(sasl_start(&config, MECHANISM_DIGEST_MD5, NULL, 0,
					    &hostile.sasl, &output),
				 SASL_MORE);
	} else {
		while (len && strchr("\r\n", message[len - 1]))
			len--;
		if (frame_base64(message, len, &response) ||
		    sasl_step(hostile.sasl, response.data, response.len, &output) !=
			    SASL_DONE) {
			hostile_add_text(r, "300 Authentication failed\r\n");
			return;
		}
		hostile.proven = true;
	}
	buf_clear(&out);
	base64_encode(&out, output.data, output.len);
	hostile_add(r, out.data, out.len);
	hostile_add_text(r, "\r\n");
}

/** hostile_login() - the honest reply to message @number after VERSION, up to the login's end */
static bool hostile_login(struct hostile_reply *r, unsigned number, const char *message,
			  size_t len)
{
	if (hostile.mechanism == MECHANISM_DIGEST_MD5 && number <= 2) {
		hostile_challenge(r, message, len);
		if (number == 2 && !hostile.udp)
			hostile_add_text(r, HOSTILE_SUCCESS);
		return true;
	}
	if (hostile.mechanism == MECHANISM_PLAIN && hostile.udp && number == 1)
		return true;
	if (number > (hostile.mechanism == MECHANISM_ANONYMOUS || !hostile.udp ? 1u
		      : hostile.mechanism == MECHANISM_PLAIN                   ? 2u
									       : 3u) ||
	    (hostile.mechanism == MECHANISM_DIGEST_MD5 && !hostile.udp))
		return false;
	hostile_add_text(r, HOSTILE_SUCCESS);
	return true;
}

/** hostile_honest() - the honest reply to message @number, which is @message */
static void hostile_honest(struct hostile_reply *r, unsigned number, const char *message,
			   size_t len)
{
	char head[64];

	r->len = 0;
	if (!number) {
		hostile_add_text(r, HOSTILE_CAPABILITY);
		return;
	}
	if (hostile_login(r, number, message, len))
		return;
	if (number + 1 == hostile_replies() && hostile.udp)
		return; /* a bare header answers "accept" */
	snprintf(head, sizeof(head), "Content-length: %zu\r\n",
		 strlen(hostile.xml) + strlen(HOSTILE_SUCCESS));
	hostile_add_text(r, head);
	hostile_add_text(r, HOSTILE_SUCCESS);
	hostile_add_text(r, hostile.xml);
}

/** hostile_queue() - bytes for recv() */
static void hostile_queue(const char *data, size_t len)
{
	if (hostile.udp)
		hostile.waiting_len = 0;
	assert_true(hostile.waiting_len + len <= sizeof(hostile.waiting));
	memcpy(hostile.waiting + hostile.waiting_len, data, len);
	hostile.waiting_len += len;
	hostile.has_datagram = true;
}

/** hostile_reply() - say what is said to message @number */
static void hostile_reply(unsigned number, const char *message, size_t len)
{
	struct hostile_reply r, after;

	hostile_honest(&r, number, message, len);
	if (number < HOSTILE_REPLIES)
		hostile.reply_len[number] = r.len;
	if (hostile.way == HOSTILE_NONE || number != hostile.which) {
		hostile_queue(r.data, r.len);
	} else if (hostile.way == HOSTILE_CUT) {
		hostile.over = true;
		if (hostile.at || !hostile.udp)
			hostile_queue(r.data, hostile.at);
	} else if (hostile.way == HOSTILE_REPLACE) {
		hostile.over = true;
		hostile_queue(hostile.text, strlen(hostile.text));
	} else if (hostile.way == HOSTILE_SWAP) {
		hostile_queue(hostile.text, strlen(hostile.text));
	} else if (hostile.way == HOSTILE_FLIP) {
		r.data[hostile.at] ^= 1;
		hostile_queue(r.data, r.len);
	} else if (hostile.way == HOSTILE_TWICE) {
		hostile_queue(r.data, r.len);
		if (!hostile.udp)
			hostile_queue(r.data, r.len);
	} else if (hostile.way == HOSTILE_EARLY) {
		hostile_honest(&after, number + 1, "", 0);
		hostile_queue(after.data, after.len);
	} else {
		hostile_queue(hostile.before.data, hostile.before.len);
	}
	hostile.before = r;
}

/** hostile_hear() - a message of the client's */
static void hostile_hear(const char *message, size_t len)
{
	bool answered = hostile.accept_heard;
	uint32_t sequence;

	if (hostile.udp) {
		assert_true(len >= UDP_HEADER_LEN);
		memcpy(hostile.header, message, UDP_HEADER_LEN);
		memcpy(&sequence, message, sizeof(sequence));
		message += UDP_HEADER_LEN;
		len -= UDP_HEADER_LEN;
		if (hostile.next && sequence == hostile.sequence)
			return; /* once more */
		hostile.sequence = sequence;
	}
	hostile.password_heard |= memmem(message, len, "s3cret", 6) != NULL;
	if (memmem(message, len, "action=\"create\"", 15)) {
		hostile.request_heard = true;
		assert_true(hostile.mechanism != MECHANISM_DIGEST_MD5 || hostile.proven);
	}
	hostile.accept_heard |= memmem(message, len, "action=\"accept\"", 15) != NULL;
	if (!hostile.over && (hostile.udp || !(answered || hostile.accept_heard)))
		hostile_reply(hostile.next++, message, len);
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	if (fd != HOSTILE_WIRE)
		return syscall(SYS_sendto, fd, data, len, flags, NULL, 0);
	hostile_hear(data, len);
	return (ssize_t)len;
}

ssize_t recv(int fd, void *data, size_t len, int flags)
{
	size_t n = hostile.waiting_len, head = hostile.udp ? UDP_HEADER_LEN : 0;

	if (fd != HOSTILE_WIRE)
		return syscall(SYS_recvfrom, fd, data, len, flags, NULL, NULL);
	if (hostile.udp ? !hostile.has_datagram : !n && hostile.silent) {
		errno = EAGAIN;
		return -1;
	}
	hostile.has_datagram = false;
	if (n > len - head)
		n = len - head;
	memcpy(data, hostile.header, head);
	memcpy((char *)data + head, hostile.waiting, n);
	hostile.waiting_len -= n;
	memmove(hostile.waiting, hostile.waiting + n, hostile.waiting_len);
	return (ssize_t)(n + head);
}

/* glibc declares that poll() only writes to fds, and gcc warns of reading them */
#ifndef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	if (!count || fds->fd != HOSTILE_WIRE)
		return (int)syscall(SYS_poll, fds, count, timeout);
	if (fds->events & POLLIN &&
	    (hostile.udp ? !hostile.has_datagram
			 : !hostile.waiting_len && hostile.silent)) {
		errno = ETIMEDOUT; /* in place of waiting */
		return -1;
	}
	fds->revents = fds->events;
	return 1;
}
#ifndef __clang__
#pragma GCC diagnostic pop
#endif

/* NOLINTNEXTLINE(readability-non-const-parameter) */
int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	if (fd != HOSTILE_WIRE)
		return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
	memset(value, 0, *len);
	return 0;
}

/** hostile_converse() - a whole conversation with that server; judged by the caller */
static void hostile_converse(void)
{
	static struct settings settings;
	static const struct sasl_client_login login = {
		.user = "alice", .password = "s3cret", .host = "broker.example"};
	struct dialogue_job job = {.settings = &settings,
				   .configured = true,
				   .udp = hostile.udp,
				   .fd = HOSTILE_WIRE};
	struct report next;
	int pair[2];

	settings.mode = TUNNEL_V6ANYV4;
	settings.auth = hostile.mechanism == MECHANISM_ANONYMOUS ? AUTH_ANONYMOUS
			: hostile.mechanism == MECHANISM_PLAIN   ? AUTH_PLAIN
								 : AUTH_DIGEST_MD5;
	strcpy(settings.userid, "alice");
	strcpy(settings.passwd, "s3cret");
	hostile.next = hostile.reports = 0;
	hostile.over = hostile.has_datagram = hostile.proven = false;
	hostile.password_heard = hostile.request_heard = hostile.accept_heard = false;
	hostile.waiting_len = hostile.before.len = 0;
	hostile.sasl = NULL;
	assert_int_equal(seqpacket_pair(pair), 0);
	report_judge(pair[0], 1);
	job.main = pair[1];
	if (hostile.mechanism != MECHANISM_ANONYMOUS)
		job.sasl = sasl_client_start(hostile.mechanism, &login);
	assert_int_equal(dialogue_run(&job), 0);
	sasl_client_end(job.sasl);
	sasl_end(hostile.sasl);
	shutdown(pair[1], SHUT_WR);
	while (report_receive(pair[0], &next) == 1) {
		if (!hostile.reports++)
			hostile.first = next;
		hostile.last = next;
	}
	close(pair[0]);
	close(pair[1]);
	assert_in_range(hostile.reports, 1, 2);
	assert_true(!hostile.password_heard || hostile.mechanism == MECHANISM_PLAIN);
}

#endif
