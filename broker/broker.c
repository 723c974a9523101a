/* SPDX-License-Identifier: MIT */
/*
 * broker.c - the deciding side of a session: what may be asked when, and by whom
 *
 * Requests come from a process that reads the internet's bytes and may be in enemy
 * hands. A table says which request is allowed in which state; any other request, and any
 * packet that is not exactly a request, ends the conversation.
 */
#include "broker/broker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "auth/users.h"
#include "broker/create.h"
#include "broker/offer.h"
#include "broker/refused_login.h"
#include "lib/addr.h"
#include "lib/log.h"
#include "lib/log_quota.h"

/* Seconds after a session's own deadline until it is taken to be out of control */
#define GRACE_SECONDS 5

/* A login, its steps, 16 requests and a note on each: an honest session needs half as many */
#define REQUESTS_MAX 64

#define IN(state) (1u << (state))

static const char *const state_names[] = {
	[BROKER_LOGIN] = "login",     [BROKER_STEP] = "step",
	[BROKER_COMMAND] = "command", [BROKER_OFFERED] = "offered",
	[BROKER_DONE] = "done",
};

_Static_assert(sizeof(state_names) / sizeof(state_names[0]) == BROKER_STATES,
	       "every state has a name");

/** set_status() - make a status the reply */
static void set_status(struct ipc_reply *reply, enum status status)
{
	reply->kind = IPC_STATUS;
	reply->result.status = status;
}

/** refuse_request() - make an error the reply, and log it with the rule that refused it */
static void refuse_request(struct broker *b, struct ipc_reply *reply, enum status status,
			   const char *asked)
{
	const char *user = sasl_user(b->sasl);
	struct log_fields f = {.peer = b->peer->text,
			       .user = user,
			       .reason = b->why ? b->why : status_text(status),
			       .status = (unsigned)status};

	set_status(reply, status);
	log_event(EVENT_REFUSED, LOG_NOTICE, &f, "%s %s: %s refused: %d %s%s%s",
		  b->peer->text, user ? user : "anonymous", asked, status,
		  status_text(status), b->why ? ": " : "", b->why ? b->why : "");
	b->reported = true;
	b->why = NULL;
}

/** conclude_login() - turn a mechanism's result into a reply and the next state */
static void conclude_login(struct broker *b, enum sasl_result result,
			   const struct sasl_output *output, struct ipc_reply *reply)
{
	if (b->sasl && sasl_proves_path(b->sasl))
		log_quota_proven();
	switch (result) {
	case SASL_MORE:
		b->state = BROKER_STEP;
		reply->kind = IPC_CHALLENGE;
		reply->sasl.len = (uint32_t)output->len;
		memcpy(reply->sasl.data, output->data, output->len);
		return;
	case SASL_DONE:
		b->state = BROKER_COMMAND;
		set_status(reply, STATUS_SUCCESS);
		reply->result.final_len = (uint32_t)output->len;
		memcpy(reply->result.final, output->data, output->len);
		return;
	case SASL_REFUSED:
		refused_login_report(b);
		break;
	case SASL_ERROR:
		break;
	}
	b->state = BROKER_DONE;
	set_status(reply, STATUS_AUTH_FAILED);
}

static void on_login(struct broker *b, const struct ipc_request *request,
		     struct ipc_reply *reply)
{
	struct sasl_output output = {.len = 0};
	uint32_t mechanism = request->sasl.mechanism;
	enum sasl_result result = SASL_REFUSED;

	if (mechanism_name(mechanism))
		b->mechanism = mechanism;
	if (request->sasl.len <= IPC_SASL_MAX && mechanism_name(mechanism) &&
	    (b->config->mechanisms & mechanism)) {
		result = sasl_start(b->config, b->mechanism, request->sasl.data,
				    request->sasl.len, &b->sasl, &output);
	}
	conclude_login(b, result, &output, reply);
	explicit_bzero(&output, sizeof(output));
}

static void on_step(struct broker *b, const struct ipc_request *request,
		    struct ipc_reply *reply)
{
	struct sasl_output output = {.len = 0};
	enum sasl_result result = SASL_REFUSED;

	if (request->sasl.len <= IPC_SASL_MAX)
		result = sasl_step(b->sasl, request->sasl.data, request->sasl.len,
				   &output);
	conclude_login(b, result, &output, reply);
}

/** name_request() - "create", with the IPv4 address that it is for if that is another one */
static void name_request(const struct broker *b, const struct ipc_tunnel_request *request,
			 char out[sizeof("create for ") + INET_ADDRSTRLEN])
{
	strcpy(out, "create");
	if (!request->has_ipv4 || request->ipv4.s_addr == b->peer->client.addr.s_addr)
		return;
	strcpy(out, "create for ");
	addr_format4(request->ipv4, out + strlen(out));
}

static void on_create(struct broker *b, const struct ipc_request *request,
		      struct ipc_reply *reply)
{
	enum status status = create_tunnel(b, &request->tunnel);
	char asked[sizeof("create for ") + INET_ADDRSTRLEN];

	if (status == STATUS_SUCCESS) {
		b->state = b->promised ? BROKER_DONE : BROKER_OFFERED;
		reply->kind = IPC_OFFER;
		offer_describe(b, &b->tunnel, &reply->tunnel);
		return;
	}
	name_request(b, &request->tunnel, asked);
	refuse_request(b, reply, status, asked);
	if (status == STATUS_BAD_IPV4) {
		reply->result.has_seen = true;
		reply->result.seen = b->peer->client.addr;
	}
}

static void on_info(struct broker *b, const struct ipc_request *request,
		    struct ipc_reply *reply)
{
	struct tunnel tunnel;
	enum status status = offer_info(b, &tunnel);

	(void)request;
	if (status != STATUS_SUCCESS) {
		refuse_request(b, reply, status, "info");
		return;
	}
	reply->kind = IPC_OFFER;
	offer_describe(b, &tunnel, &reply->tunnel);
}

static void on_delete(struct broker *b, const struct ipc_request *request,
		      struct ipc_reply *reply)
{
	enum status status = offer_delete(b);

	(void)request;
	if (status == STATUS_SUCCESS)
		set_status(reply, status);
	else
		refuse_request(b, reply, status, "delete");
}

/** why_gone() - what happened to the account since its login; NULL: nothing */
static const char *why_gone(const struct broker *b)
{
	const char *id = sasl_user(b->sasl), *why = NULL;
	struct user user = {.locked = false};
	int found = 1;

	if (id)
		found = users_find(b->config->users, b->config->realm, id, strlen(id),
				   &user);
	if (found == 0)
		why = "the account was deleted";
	else if (user.locked)
		why = "the account was locked";
	explicit_bzero(&user, sizeof(user));
	return why;
}

/*
 * `tspctl user del` ends the leases of the account that it finds. One that this session is
 * about to accept would come after that. After `tspctl user lock` the account gets none.
 */
static void on_accept(struct broker *b, const struct ipc_request *request,
		      struct ipc_reply *reply)
{
	const char *gone = why_gone(b);
	char what[40];

	(void)request;
	b->state = BROKER_DONE;
	if (gone) {
		snprintf(what, sizeof(what), "%s:", gone);
		offer_withdraw(b, what);
		b->why = gone;
		refuse_request(b, reply, STATUS_AUTH_FAILED, "accept");
		return;
	}
	set_status(reply, offer_accept(b));
}

static void on_reject(struct broker *b, const struct ipc_request *request,
		      struct ipc_reply *reply)
{
	(void)request;
	b->state = BROKER_DONE;
	offer_withdraw(b, "rejected");
	set_status(reply, STATUS_SUCCESS);
}

/* The session refused a request by itself; its status is used in the log only */
static void on_note(struct broker *b, const struct ipc_request *request,
		    struct ipc_reply *reply)
{
	if (status_text(request->status))
		refuse_request(b, reply, request->status, "input");
	set_status(reply, STATUS_SUCCESS);
}

static const struct {
	unsigned states; /* set of states that allow it */
	void (*serve)(struct broker *b, const struct ipc_request *request,
		      struct ipc_reply *reply);
} dispatch[IPC_REQUEST_KINDS] = {
	[IPC_LOGIN] = {IN(BROKER_LOGIN), on_login},
	[IPC_STEP] = {IN(BROKER_STEP), on_step},
	[IPC_CREATE] = {IN(BROKER_COMMAND), on_create},
	[IPC_INFO] = {IN(BROKER_COMMAND), on_info},
	[IPC_DELETE] = {IN(BROKER_COMMAND), on_delete},
	[IPC_ACCEPT] = {IN(BROKER_OFFERED), on_accept},
	[IPC_REJECT] = {IN(BROKER_OFFERED), on_reject},
	[IPC_NOTE] = {~0u, on_note},
};

/** serve_request() - answer one request; 0, or -1 with errno when the session misbehaves */
static int serve_request(struct broker *b, int fd, const struct ipc_request *request)
{
	struct ipc_reply reply;
	int result;

	if (!(dispatch[request->kind].states & IN(b->state))) {
		log_msg(LOG_ERR, "%s: request %u is not allowed in state %s",
			b->peer->text, request->kind, state_names[b->state]);
		errno = EPROTO;
		return -1;
	}
	memset(&reply, 0, sizeof(reply));
	dispatch[request->kind].serve(b, request, &reply);
	result = ipc_answer(fd, &reply);
	explicit_bzero(&reply, sizeof(reply));
	if (!result || errno == EPIPE)
		return 0;
	log_msg(LOG_ERR, "%s: session is not reading replies: %m", b->peer->text);
	return -1;
}

static volatile sig_atomic_t asked_to_stop;

static void on_stop(int signal)
{
	asked_to_stop = signal;
}

/**
 * listen_for_stop() - let SIGTERM and SIGINT end the session as if its client had left
 * @waiting:	Result: signal mask for ppoll(). Only that lets them in, so that no template
 *		is cut off and no lease is left between two states
 */
static void listen_for_stop(sigset_t *waiting)
{
	struct sigaction action = {.sa_handler = on_stop};
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, waiting);
	sigdelset(waiting, SIGTERM);
	sigdelset(waiting, SIGINT);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

/**
 * wait_for_request() - wait for the session's next request
 * @fd:		The broker's end of the packet pair
 * @deadline:	Second of CLOCK_MONOTONIC at which to give up
 * @waiting:	Signal mask while waiting
 *
 * Return: 1: there is something to receive; 0: time is up; -1 with errno: EINTR when the
 * process is asked to stop
 */
static int wait_for_request(int fd, time_t deadline, const sigset_t *waiting)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct timespec now, left = {0};
	int n;

	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec >= deadline)
			return 0; /* even if a request waits: a flood would never end */
		left.tv_sec = deadline - now.tv_sec;
		n = ppoll(&p, 1, &left, waiting);
	} while (n < 0 && errno == EINTR && !asked_to_stop);
	return n;
}

/** serve_requests() - serve requests until the session ends or misbehaves */
static int serve_requests(struct broker *b, int fd)
{
	struct ipc_request request;
	struct timespec now;
	sigset_t waiting;
	time_t deadline;
	unsigned served = 0;
	int got;

	listen_for_stop(&waiting);
	clock_gettime(CLOCK_MONOTONIC, &now);
	deadline = now.tv_sec + (time_t)b->config->session_seconds + GRACE_SECONDS;
	for (;;) {
		got = wait_for_request(fd, deadline, &waiting);
		if (got == 0) {
			log_msg(LOG_ERR, "%s: session did not end in time",
				b->peer->text);
			errno = ETIMEDOUT;
			return -1;
		}
		if (got > 0)
			got = ipc_receive(fd, &request);
		if (got == 0)
			return 0;
		if (got < 0) {
			if (!asked_to_stop)
				log_msg(LOG_ERR, "%s: session: %m", b->peer->text);
			return -1;
		}
		if (++served > REQUESTS_MAX) {
			log_msg(LOG_ERR, "%s: session exceeded %u requests",
				b->peer->text, REQUESTS_MAX);
			errno = EPROTO;
			return -1;
		}
		got = serve_request(b, fd, &request);
		explicit_bzero(&request, sizeof(request)); /* it may hold a password */
		if (got)
			return -1;
	}
}

/**
 * broker_serve() - serve one session to its end
 * @config:	Configuration
 * @peer:	The client
 * @fd:		The broker's end of the packet pair
 *
 * An offer that was not accepted is withdrawn, however the session ends.
 *
 * Return: 0; -1 with errno when the session misbehaved, already logged
 */
int broker_serve(const struct config *config, const struct peer *peer, int fd)
{
	struct broker b = {.config = config, .peer = peer, .state = BROKER_LOGIN};
	int result = serve_requests(&b, fd), saved = errno;

	if (b.state == BROKER_OFFERED)
		offer_withdraw(&b, "left without accepting");
	if (!b.reported)
		log_msg(LOG_INFO, "%s: left without a request", peer->text);
	if (b.store_open)
		store_close(&b.store);
	sasl_end(b.sasl);
	errno = saved;
	return result;
}
