/* SPDX-License-Identifier: MIT */
/*
 * conversation.h - session_run() between a client, which is the test, and a broker, which
 * reads its answers from a script and writes down what it was asked
 *
 * The client's connection is a packet socket: one packet is one write() of the session,
 * so a test that gets the bytes it wants also knows that they came in one piece. The
 * session takes it for a stream, unless link.packets says otherwise.
 */
#ifndef TESTS_UNIT_DIALOGUE_H
#define TESTS_UNIT_DIALOGUE_H

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/config.h"
#include "lib/ipc.h"
#include "lib/seqpacket.h"
#include "session/session.h"

#define DIALOGUE_ASKED_MAX 40

/** struct dialogue - a session under test */
struct dialogue {
	struct config config;
	struct session_link link; /* packets and v6udpv4 to choose */
	int client;               /* the test's end of the connection */

	const struct ipc_reply *script; /* IPC_NOTE is answered beside it */
	size_t script_len;              /* after the last one the broker is gone */
	struct ipc_request asked[DIALOGUE_ASKED_MAX];
	size_t asked_count;

	int server, broker, session; /* ends that the threads hold */
	pthread_t session_thread, broker_thread;
	int result, error; /* of session_run() */
};

static inline void *dialogue_session(void *context)
{
	struct dialogue *d = context;

	d->link.in = d->link.out = d->server;
	d->result = session_run(&d->config, &d->link, d->session);
	d->error = errno;
	close(d->server);
	close(d->session);
	return NULL;
}

static inline void *dialogue_broker(void *context)
{
	static const struct ipc_reply noted = {.kind = IPC_STATUS,
					       .result.status = STATUS_SUCCESS};
	struct dialogue *d = context;
	struct ipc_request request;
	size_t next = 0;

	while (d->asked_count < DIALOGUE_ASKED_MAX &&
	       ipc_receive(d->broker, &request) == 1) {
		struct ipc_reply reply = noted;

		d->asked[d->asked_count++] = request;
		if (request.kind != IPC_NOTE) {
			if (next == d->script_len)
				break;
			reply = d->script[next++];
		}
		ipc_answer(d->broker, &reply);
	}
	close(d->broker);
	return NULL;
}

/** dialogue_init() - a configuration to change before dialogue_start() */
static inline void dialogue_init(struct dialogue *d)
{
	memset(d, 0, sizeof(*d));
	d->config.mechanisms =
		MECHANISM_ANONYMOUS | MECHANISM_PLAIN | MECHANISM_DIGEST_MD5;
	d->config.login_seconds = 30;
	d->config.session_seconds = 60;
	d->config.request_bytes = 8192;
}

/** dialogue_start() - connect the client; @script is what the broker will say */
static inline void dialogue_start(struct dialogue *d, const struct ipc_reply *script,
				  size_t len)
{
	struct timeval patience = {.tv_sec = 20};
	int fds[2];

	d->script = script;
	d->script_len = len;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	d->client = fds[0];
	d->server = fds[1];
	setsockopt(d->client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(seqpacket_pair(fds), 0);
	d->broker = fds[0];
	d->session = fds[1];
	assert_int_equal(pthread_create(&d->broker_thread, NULL, dialogue_broker, d), 0);
	assert_int_equal(pthread_create(&d->session_thread, NULL, dialogue_session, d),
			 0);
}

static inline void dialogue_send(struct dialogue *d, const char *data, size_t len)
{
	assert_int_equal(send(d->client, data, len, MSG_NOSIGNAL), len);
}

#define SEND(d, literal) dialogue_send(d, literal, sizeof(literal) - 1)

/** dialogue_expect() - the session's next write() is exactly @reply */
static inline void dialogue_expect(struct dialogue *d, const char *reply)
{
	char got[4096];
	ssize_t n = recv(d->client, got, sizeof(got) - 1, 0);

	assert_true(n >= 0);
	got[n] = '\0';
	assert_string_equal(got, reply);
}

/** dialogue_expect_xml() - the same for a body that has its length before it */
static inline void dialogue_expect_framed(struct dialogue *d, const char *body)
{
	char reply[4096];

	snprintf(reply, sizeof(reply), "Content-length: %zu\r\n%s", strlen(body), body);
	dialogue_expect(d, reply);
}

/** dialogue_finish() - the session says no more and ends with @error, 0 for none */
static inline void dialogue_finish(struct dialogue *d, int error)
{
	char got[4096];

	assert_int_equal(recv(d->client, got, sizeof(got), 0), 0);
	close(d->client); /* nothing keeps the session lingering now */
	pthread_join(d->session_thread, NULL);
	pthread_join(d->broker_thread, NULL);
	assert_int_equal(d->result, error ? -1 : 0);
	if (error)
		assert_int_equal(d->error, error);
}

/** dialogue_asked() - the @i-th request that the broker got is of that kind; return it */
static inline const struct ipc_request *dialogue_asked(const struct dialogue *d, size_t i,
						       enum ipc_request_kind kind)
{
	assert_true(i < d->asked_count);
	assert_int_equal(d->asked[i].kind, kind);
	return &d->asked[i];
}

/* What a broker can say */

static inline struct ipc_reply say_status(enum status status)
{
	return (struct ipc_reply){.kind = IPC_STATUS, .result.status = status};
}

static inline struct ipc_reply say_sasl(enum ipc_reply_kind kind, const char *data)
{
	struct ipc_reply r = {.kind = kind};

	if (kind == IPC_CHALLENGE) {
		r.sasl.len = (uint32_t)strlen(data);
		memcpy(r.sasl.data, data, r.sasl.len);
	} else {
		r.result.status = STATUS_SUCCESS;
		r.result.final_len = (uint32_t)strlen(data);
		memcpy(r.result.final, data, r.result.final_len);
	}
	return r;
}

static inline struct ipc_reply say_offer(void)
{
	struct ipc_reply r = {.kind = IPC_OFFER,
			      .tunnel = {.type = TUNNEL_V6V4, .lifetime_minutes = 1440}};

	r.tunnel.server_ipv4.s_addr = inet_addr("127.0.0.1");
	r.tunnel.client_ipv4.s_addr = inet_addr("127.0.0.1");
	inet_pton(AF_INET6, "2001:db8:ffff::2", &r.tunnel.server_ipv6);
	inet_pton(AF_INET6, "2001:db8:ffff::3", &r.tunnel.client_ipv6);
	return r;
}

#define CAPABILITY "CAPABILITY TUNNEL=V6V4 AUTH=ANONYMOUS AUTH=PLAIN AUTH=DIGEST-MD5\r\n"
#define SUCCESS    "200 Success\r\n"
#define BAD        "500 Invalid request format or specified length\r\n"
#define OFFER                                                                            \
	SUCCESS "<tunnel action=\"info\" type=\"v6v4\" lifetime=\"1440\">\r\n"           \
		" <server>\r\n"                                                          \
		"  <address type=\"ipv4\">127.0.0.1</address>\r\n"                       \
		"  <address "                                                            \
		"type=\"ipv6\">2001:0db8:ffff:0000:0000:0000:0000:0002</address>"        \
		"\r\n </server>\r\n"                                                     \
		" <client>\r\n"                                                          \
		"  <address type=\"ipv4\">127.0.0.1</address>\r\n"                       \
		"  <address "                                                            \
		"type=\"ipv6\">2001:0db8:ffff:0000:0000:0000:0000:0003</address>"        \
		"\r\n </client>\r\n"                                                     \
		"</tunnel>\r\n"

/* What the recorded client says */

#define VERSION   "VERSION=2.0.2\r\n"
#define ANONYMOUS "AUTHENTICATE ANONYMOUS\r\n\0"
#define CREATE                                                                           \
	"Content-length: 211\r\n"                                                        \
	"<tunnel action=\"create\" type=\"v6v4\" proxy=\"no\">\r\n"                      \
	" <client>\r\n"                                                                  \
	"  <address type=\"ipv4\">127.0.0.1</address>\r\n"                               \
	"  <keepalive interval=\"30\">\r\n"                                              \
	"    <address type=\"ipv6\">::</address>\r\n"                                    \
	"  </keepalive>\r\n"                                                             \
	" </client>\r\n"                                                                 \
	"</tunnel>\r\n"
#define ACCEPT "Content-length: 35\r\n<tunnel action=\"accept\"></tunnel>\r\n"
#define REJECT "Content-length: 35\r\n<tunnel action=\"reject\"></tunnel>\r\n"
#define INFO   "Content-length: 33\r\n<tunnel action=\"info\"></tunnel>\r\n"
#define DELETE "Content-length: 35\r\n<tunnel action=\"delete\"></tunnel>\r\n"

#endif
