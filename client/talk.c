/* SPDX-License-Identifier: MIT */
/*
 * talk.c - one conversation with one server, seen from the main process
 *
 * The main process makes the socket and never reads from it: the session process does, and
 * sends back reports (report.h). The main process decides on the offer.
 */
#include "client/talk.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/child.h"
#include "client/dialogue.h"
#include "client/events.h"
#include "client/trust.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "sandbox/sandbox.h"
#include "tsp/io.h"

#define TALK_MS 90000 /* longer than the session's own deadline */

/** struct session - what the session process is started with */
struct session {
	struct dialogue_job job;
	struct sasl_client_login login;
	enum mechanism mechanism;
};

/** be_session() - in the session process */
static int be_session(int fd, void *context)
{
	struct session *s = context;

	if (s->mechanism & (MECHANISM_PLAIN | MECHANISM_DIGEST_MD5)) {
		s->job.sasl = sasl_client_start(s->mechanism, &s->login);
		if (!s->job.sasl)
			return 1;
	}
	/* The sandbox of a session leaves 0 and 1 for the connection */
	if (dup2(s->job.fd, 0) < 0 || dup2(s->job.fd, 1) < 0)
		return 1;
	s->job.fd = 0;
	s->job.main = fd;
	return sandbox_session(fd) || dialogue_run(&s->job);
}

/** bind_own() - bind our end: the configured address, and over UDP the previous port */
static int bind_own(int fd, const struct settings *settings,
		    const struct talk_server *server)
{
	struct sockaddr_in own = {.sin_family = AF_INET};

	if (!settings->proxy)
		own.sin_addr = settings->client_v4;
	if (!own.sin_addr.s_addr && !server->own_port)
		return 0;
	own.sin_port = htons(server->udp ? server->own_port : 0);
	if (!bind(fd, (struct sockaddr *)&own, sizeof(own)))
		return 0;
	own.sin_port = 0; /* another program has the port by now */
	return bind(fd, (struct sockaddr *)&own, sizeof(own));
}

/** open_socket() - connected; over TCP perhaps not yet. -1 with errno */
static int open_socket(const struct settings *settings, const struct talk_server *server,
		       struct talk_result *out)
{
	struct sockaddr_in peer = {.sin_family = AF_INET,
				   .sin_addr = server->address,
				   .sin_port = htons(server->port)},
			   own = {.sin_family = AF_UNSPEC};
	socklen_t size = sizeof(own);
	int type = server->udp ? SOCK_DGRAM : SOCK_STREAM | SOCK_NONBLOCK;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), saved;

	if (fd < 0)
		return -1;
	if (bind_own(fd, settings, server) ||
	    (connect(fd, (struct sockaddr *)&peer, sizeof(peer)) &&
	     errno != EINPROGRESS) ||
	    getsockname(fd, (struct sockaddr *)&own, &size)) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	out->own = settings->proxy ? settings->client_v4 : own.sin_addr;
	out->own_port = server->udp ? ntohs(own.sin_port) : 0;
	return fd;
}

/** judge() - the offer is one that we take; -1: the session is gone */
static int judge(const struct settings *settings, const struct talk_server *server,
		 const struct child *child, struct talk_result *out)
{
	const struct trust_link link = {.server = server->address, .udp = server->udp};

	out->refused = trust_check(settings, &link, &out->report.offer);
	return report_judge(child->fd, !out->refused);
}

/** listen_to() - take reports until the conversation is over */
static int listen_to(const struct settings *settings, enum request_action action,
		     const struct talk_server *server, const struct child *child,
		     struct talk_result *out)
{
	int64_t until = clock_ms() + TALK_MS;
	struct report next;
	bool offered = false;
	int got;

	for (;;) {
		if (events_wait_fd(child->fd, until) != EVENTS_READY)
			return events_stopping() ? 0 : -1;
		got = report_receive(child->fd, &next);
		if (got <= 0 || (next.kind == REPORT_OFFER && offered) ||
		    (next.kind == REPORT_DONE && !offered))
			return -1;
		if (next.kind == REPORT_DONE)
			return 0;
		out->report = next;
		if (next.kind != REPORT_OFFER || action == REQUEST_INFO)
			return 0;
		offered = true;
		if (judge(settings, server, child, out))
			return -1;
	}
}

/**
 * talk() - hold a conversation
 * @settings:	Account and tunnel
 * @action:	What to ask for
 * @server:	Whom
 * @out:	Result. With an offer that was accepted @out->fd is open, the caller's to close
 */
void talk(const struct settings *settings, enum request_action action,
	  const struct talk_server *server, struct talk_result *out)
{
	struct session session = {
		.job = {.settings = settings,
			.action = action,
			.version = server->version,
			.configured = server->configured,
			.udp = server->udp},
		.login = {.user = settings->userid,
			  .password = settings->passwd,
			  .host = server->name},
		.mechanism = dialogue_mechanism(settings, server->configured),
	};
	struct child child;

	memset(out, 0, sizeof(*out));
	out->report.kind = REPORT_FAULT;
	out->report.fault = FAULT_NETWORK;
	out->fd = open_socket(settings, server, out);
	if (out->fd < 0) {
		if (errno != ENETUNREACH && errno != EHOSTUNREACH) {
			log_msg(LOG_ERR, "socket to %s: %m", server->name);
			out->local = errno != ECONNREFUSED;
		}
		return;
	}
	session.job.fd = out->fd;
	session.job.own = out->own;
	if (child_start(&child, be_session, &session)) {
		out->local = true;
	} else if (listen_to(settings, action, server, &child, out)) {
		log_msg(LOG_ERR, "the session with %s broke off", server->name);
		out->local = true;
	}
	child_end(&child);
	if (out->report.kind != REPORT_OFFER || out->refused || out->local ||
	    action != REQUEST_CREATE) {
		close(out->fd);
		out->fd = -1;
	}
}
