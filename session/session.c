/* SPDX-License-Identifier: MIT */
/*
 * session.c - one TSP conversation, from VERSION to accept (RFC 5572, 4)
 *
 * The session turns the network's bytes into requests to the broker, and the broker's
 * replies into bytes. It decides only whether input is well-formed and comes in order; the
 * broker checks the order again. The session notes to the broker what it refuses by itself
 * (IPC_NOTE), since only the broker can log.
 *
 * Every state has one function, which takes the client's next line or request and returns
 * the next state. Every conversation ends in STATE_END.
 */
#include "session/session.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/ipc.h"
#include "lib/status.h"
#include "session/reply.h"
#include "tsp/capability.h"
#include "tsp/frame.h"
#include "tsp/io.h"
#include "tsp/message.h"

#define REQUEST_MAX  65536 /* largest request_bytes of a configuration */
#define HEADER_BYTES 1024  /* for the lines before a request */
#define LOGIN_BYTES  16384 /* for everything before the first request */
#define REQUESTS_MAX 16    /* in one session */
#define STEPS_MAX    8     /* of one SASL exchange */
#define BODY_IDLE_MS 5000  /* after such a pause a body is shorter than announced */

/**
 * enum state - what is expected of the client
 * @STATE_VERSION:	VERSION line, for tspc 2.1.1 without a line end -> STATE_AUTHENTICATE; else
 *			302 and end
 * @STATE_AUTHENTICATE:	AUTHENTICATE line: ANONYMOUS -> STATE_COMMAND, PLAIN -> STATE_PLAIN
 *			(or STATE_COMMAND if the message is on the same line), DIGEST-MD5
 *			-> STATE_STEP; else 300 and end
 * @STATE_PLAIN:	PLAIN's message, raw or in base64 -> STATE_COMMAND; else 300 and end
 * @STATE_STEP:		answer to a challenge, in base64 -> STATE_COMMAND, or STATE_STEP
 *			again; else 300 and end
 * @STATE_COMMAND:	create -> STATE_OFFERED if there is an offer; a refused create over UDP
 *			-> end, since its client begins anew from another port and nothing else
 *			would tell that it left; info, delete and invalid requests ->
 *			STATE_COMMAND. Broken framing: 500 and end, since the beginning of the
 *			next request is unknown
 * @STATE_OFFERED:	accept -> end without a reply; reject -> 200 and end; any other request
 *			is answered with 500 and leaves the offer in place
 * @STATE_END:		nothing
 */
enum state {
	STATE_VERSION,
	STATE_AUTHENTICATE,
	STATE_PLAIN,
	STATE_STEP,
	STATE_COMMAND,
	STATE_OFFERED,
	STATE_END,
};

/**
 * struct session - a conversation
 * @config:	Limits, mechanisms, and the server's data in replies
 * @link:	The connection
 * @io:		The client
 * @broker:	The broker's end of the packet pair
 * @state:	What is expected next
 * @end_at:	When the session is over, as clock_ms() counts
 * @request, @reply: Last packets to and from the broker
 * @steps:	SASL messages taken from the client
 * @requests:	Requests taken from it
 * @proven:	The client knew the nonce of DIGEST-MD5: its path is not forged
 * @linger:	The last reply must reach the client before the connection closes
 * @error:	errno of a failure on the server's side; 0: none
 * @body:	REQUEST_MAX + 1 bytes for a request's XML
 */
struct session {
	const struct config *config;
	const struct session_link *link;
	struct io io;
	int broker;
	enum state state;
	int64_t end_at;
	struct ipc_request request;
	struct ipc_reply reply;
	unsigned steps;
	unsigned requests;
	bool proven;
	bool linger;
	int error;
	char *body;
};

/** ask_broker() - send s->request, receive s->reply; 0, or -1 with s->error set */
static int ask_broker(struct session *s, enum ipc_request_kind kind)
{
	s->request.kind = kind;
	if (!ipc_call(s->broker, &s->request, &s->reply))
		return 0;
	s->error = errno;
	return -1;
}

/** send_reply() - send a reply; @next, or STATE_END if the client is gone */
static enum state send_reply(struct session *s, const struct buf *reply, enum state next)
{
	if (io_write(&s->io, reply->data, reply->len) != IO_OK)
		return STATE_END;
	s->linger = next == STATE_END;
	return next;
}

/** send_result() - send a status; only proven paths get the list of brokers */
static enum state send_result(struct session *s, const struct ipc_result *result,
			      enum state next)
{
	char text[REPLY_SIZE];
	struct buf reply = BUF_ON(text);
	const struct config *list = s->proven || !s->link->packets ? s->config : NULL;

	if (s->state < STATE_COMMAND)
		reply_line(&reply, list, result);
	else
		reply_status(&reply, list, result);
	return send_reply(s, &reply, next);
}

/** send_status() - send_result() of a status without further data */
static enum state send_status(struct session *s, enum status status, enum state next)
{
	struct ipc_result result = {.status = status};

	return send_result(s, &result, next);
}

/** send_base64() - send a message of a SASL mechanism */
static enum state send_base64(struct session *s, const uint8_t *data, size_t len,
			      enum state next)
{
	char text[REPLY_SIZE];
	struct buf reply = BUF_ON(text);

	reply_base64(&reply, data, len < IPC_SASL_MAX ? len : IPC_SASL_MAX);
	return send_reply(s, &reply, next);
}

/** end_broken() - end with 310: the broker is gone, or its reply is invalid */
static enum state end_broken(struct session *s)
{
	if (!s->error)
		s->error = EBADMSG;
	return send_status(s, STATUS_SERVER_ERROR, STATE_END);
}

/** refuse_request() - answer with an error that the session found, and have it logged */
static enum state refuse_request(struct session *s, enum status status, enum state next)
{
	s->request.status = status;
	if (ask_broker(s, IPC_NOTE))
		return end_broken(s);
	return send_status(s, status, next);
}

/** on_version() - STATE_VERSION */
static enum state on_version(struct session *s)
{
	char text[REPLY_SIZE], *line;
	struct buf reply = BUF_ON(text);
	size_t len;
	enum io_result got = io_line_or(&s->io, frame_version, &line, &len);

	if (got != IO_OK && got != IO_TOO_LONG)
		return STATE_END;
	if (got == IO_TOO_LONG || frame_version(line, len))
		return refuse_request(s, STATUS_VERSION, STATE_END);
	capability_write(&reply, s->config->mechanisms, s->link->v6udpv4);
	return send_reply(s, &reply, STATE_AUTHENTICATE);
}

/** welcome() - after a login: send the mechanism's last message, if any, and 200 */
static enum state welcome(struct session *s)
{
	const struct ipc_result *result = &s->reply.result;

	s->io.deadline = s->end_at;
	s->proven = result->final_len > 0;
	if (result->final_len) {
		if (send_base64(s, result->final, result->final_len, s->state) ==
			    STATE_END ||
		    io_gap(&s->io) != IO_OK)
			return STATE_END;
	}
	return send_status(s, STATUS_SUCCESS, STATE_COMMAND);
}

/** pass_login() - pass s->request.sasl to the broker and wipe it here */
static enum state pass_login(struct session *s, enum ipc_request_kind kind)
{
	int failed = ask_broker(s, kind);

	explicit_bzero(&s->request.sasl, sizeof(s->request.sasl));
	io_forget(&s->io);
	if (failed)
		return end_broken(s);
	if (s->reply.kind == IPC_CHALLENGE)
		return send_base64(s, s->reply.sasl.data, s->reply.sasl.len, STATE_STEP);
	if (s->reply.kind != IPC_STATUS)
		return end_broken(s);
	if (s->reply.result.status == STATUS_SUCCESS)
		return welcome(s);
	return send_result(s, &s->reply.result, STATE_END);
}

/** login_plain() - pass PLAIN's message on */
static enum state login_plain(struct session *s, const char *line, size_t len)
{
	if (frame_plain(line, len, &s->request.sasl)) {
		explicit_bzero(&s->request.sasl, sizeof(s->request.sasl));
		io_forget(&s->io);
		return refuse_request(s, STATUS_AUTH_FAILED, STATE_END);
	}
	return pass_login(s, IPC_LOGIN);
}

/** on_authenticate() - STATE_AUTHENTICATE */
static enum state on_authenticate(struct session *s)
{
	struct frame_authenticate wish;
	char *line;
	size_t len;
	enum io_result got = io_line_filled(&s->io, &line, &len);

	if (got != IO_OK && got != IO_TOO_LONG)
		return STATE_END;
	if (got == IO_TOO_LONG || frame_authenticate(line, len, &wish))
		return refuse_request(s, STATUS_AUTH_FAILED, STATE_END);

	memset(&s->request.sasl, 0, sizeof(s->request.sasl));
	s->request.sasl.mechanism = wish.mechanism & s->config->mechanisms;
	if (s->request.sasl.mechanism != MECHANISM_PLAIN)
		return pass_login(s, IPC_LOGIN); /* 0 too: the broker refuses it */
	if (wish.initial_len)
		return login_plain(s, wish.initial, wish.initial_len);
	return STATE_PLAIN; /* clients send the message unasked and expect no reply */
}

/** on_plain() - STATE_PLAIN */
static enum state on_plain(struct session *s)
{
	char *line;
	size_t len;
	enum io_result got = io_line(&s->io, &line, &len);

	if (got == IO_TOO_LONG)
		return refuse_request(s, STATUS_AUTH_FAILED, STATE_END);
	return got == IO_OK ? login_plain(s, line, len) : STATE_END;
}

/** on_step() - STATE_STEP */
static enum state on_step(struct session *s)
{
	char *line;
	size_t len;
	enum io_result got = io_line(&s->io, &line, &len);

	if (got != IO_OK && got != IO_TOO_LONG)
		return STATE_END;
	if (got == IO_TOO_LONG || ++s->steps > STEPS_MAX)
		return refuse_request(s, STATUS_AUTH_FAILED, STATE_END);
	frame_skip_nuls(&line, &len);
	memset(&s->request.sasl, 0, sizeof(s->request.sasl));
	if (frame_base64(line, len, &s->request.sasl))
		return refuse_request(s, STATUS_AUTH_FAILED, STATE_END);
	return pass_login(s, IPC_STEP);
}

/** request_limit() - largest body allowed, in bytes */
static uint32_t request_limit(const struct config *config)
{
	return config->request_bytes < REQUEST_MAX ? config->request_bytes : REQUEST_MAX;
}

/** execute_request() - pass a request to the broker, if the state allows it */
static enum state execute_request(struct session *s, const struct message *message)
{
	static const struct {
		enum ipc_request_kind kind;
		enum state when; /* the state it belongs to */
		enum state next; /* where it leads when the broker grants it */
	} actions[MESSAGE_ACTIONS] = {
		[MESSAGE_CREATE] = {IPC_CREATE, STATE_COMMAND, STATE_OFFERED},
		[MESSAGE_INFO] = {IPC_INFO, STATE_COMMAND, STATE_COMMAND},
		[MESSAGE_DELETE] = {IPC_DELETE, STATE_COMMAND, STATE_COMMAND},
		[MESSAGE_ACCEPT] = {IPC_ACCEPT, STATE_OFFERED, STATE_END},
		[MESSAGE_REJECT] = {IPC_REJECT, STATE_OFFERED, STATE_END},
	};
	enum state next = actions[message->action].next;
	char text[REPLY_SIZE];
	struct buf reply = BUF_ON(text);

	if (s->state != actions[message->action].when)
		return refuse_request(s, STATUS_BAD_REQUEST, s->state);
	s->request.tunnel = message->tunnel;
	if (ask_broker(s, actions[message->action].kind))
		return message->action == MESSAGE_ACCEPT ? STATE_END : end_broken(s);
	if (message->action == MESSAGE_ACCEPT)
		return STATE_END; /* clients read no reply to this */
	if (s->reply.kind == IPC_OFFER &&
	    !reply_offer(&reply, s->config, &s->reply.tunnel))
		return send_reply(s, &reply, s->reply.tunnel.promised ? STATE_END : next);
	if (s->reply.kind != IPC_STATUS)
		return end_broken(s);
	if (next == STATE_END || (s->link->packets && message->action == MESSAGE_CREATE))
		return send_result(s, &s->reply.result, STATE_END);
	return send_result(s, &s->reply.result, s->state);
}

/** on_request() - STATE_COMMAND and STATE_OFFERED */
static enum state on_request(struct session *s)
{
	struct message message;
	uint32_t body_len;
	char *line;
	size_t len;
	enum io_result got = io_line_filled(&s->io, &line, &len);

	if (got != IO_OK && got != IO_TOO_LONG)
		return STATE_END;
	if (got == IO_TOO_LONG || ++s->requests > REQUESTS_MAX ||
	    frame_content_length(line, len, request_limit(s->config), &body_len))
		return refuse_request(s, STATUS_BAD_REQUEST, STATE_END);

	if (io_bytes(&s->io, s->body, body_len, BODY_IDLE_MS) != IO_OK)
		return refuse_request(s, STATUS_BAD_REQUEST, STATE_END);
	s->body[body_len] = '\0';
	if (message_read(s->body, body_len, &message))
		return refuse_request(s, STATUS_BAD_REQUEST, s->state);
	return execute_request(s, &message);
}

/**
 * session_run() - talk TSP with one client until one of the two is done
 * @config:	Configuration
 * @link:	The connection
 * @broker:	This process's end of the pair
 *
 * Writes replies to @link and requests to @broker, and nothing else.
 *
 * Return: 0 when the conversation ended, also by an error of the client; -1 with errno when
 * the broker failed
 */
int session_run(const struct config *config, const struct session_link *link, int broker)
{
	static enum state (*const on[])(struct session *) = {
		[STATE_VERSION] = on_version, [STATE_AUTHENTICATE] = on_authenticate,
		[STATE_PLAIN] = on_plain,     [STATE_STEP] = on_step,
		[STATE_COMMAND] = on_request, [STATE_OFFERED] = on_request,
	};
	_Static_assert(sizeof(on) / sizeof(on[0]) == STATE_END,
		       "a function for each state");
	char body[REQUEST_MAX + 1]; /* only the pages that a request fills are touched */
	struct session s = {
		.config = config, .link = link, .broker = broker, .body = body};
	uint32_t login_seconds = config->login_seconds;
	int64_t now = clock_ms();

	if (login_seconds > config->session_seconds)
		login_seconds = config->session_seconds;
	s.end_at = now + (int64_t)config->session_seconds * 1000;
	io_open(&s.io, link->in, link->out, now + (int64_t)login_seconds * 1000,
		LOGIN_BYTES +
			REQUESTS_MAX * (size_t)(HEADER_BYTES + request_limit(config)));
	s.io.packets = link->packets;
	s.io.watch = broker;

	while (s.state != STATE_END)
		s.state = on[s.state](&s);
	if (s.linger)
		io_finish(&s.io);
	if (!s.error)
		return 0;
	errno = s.error;
	return -1;
}
