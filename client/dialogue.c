/* SPDX-License-Identifier: MIT */
/*
 * dialogue.c - one TSP conversation, the client's side (RFC 5572, 4)
 *
 * The session process runs this. It turns a server's bytes into reports; it decides only
 * whether they are well-formed and in the right order. Each phase has one function, which
 * says how the conversation goes on; a status from the server may come in any phase and
 * ends it, as a fault does.
 *
 * The mechanism follows from the settings alone. The server's list of mechanisms can be
 * forged on the way: it can end the conversation, but never change the choice.
 */
#include "client/dialogue.h"

#include <string.h>

#include "client/wire.h"
#include "lib/base64.h"
#include "lib/clock.h"
#include "lib/tunnel_type.h"
#include "tsp/frame.h"

#define CONVERSATION_MS 60000
#define BODY_MAX        8192 /* of an answer; known servers stay below 4096 */
#define SASL_STEPS      4

/**
 * struct dialogue - a conversation
 * @job:	What it is about
 * @wire:	The server
 * @report:	What there is to tell; its kind is 0 as long as all is well
 * @body:	Room for an answer's XML
 */
struct dialogue {
	const struct dialogue_job *job;
	struct wire wire;
	struct report report;
	char body[BODY_MAX + 1];
};

/**
 * dialogue_mechanism() - how to log in
 * @settings:	auth_method, userid
 * @configured:	The server is the configured one
 *
 * Return: the one mechanism that may be used; 0: none, the password is not for this server
 */
enum mechanism dialogue_mechanism(const struct settings *settings, bool configured)
{
	switch ((enum settings_auth)settings->auth) {
	case AUTH_ANONYMOUS:
		return MECHANISM_ANONYMOUS;
	case AUTH_PLAIN:
		return configured ? MECHANISM_PLAIN : 0;
	case AUTH_DIGEST_MD5:
		return MECHANISM_DIGEST_MD5;
	default:
		return settings->userid[0] ? MECHANISM_DIGEST_MD5 : MECHANISM_ANONYMOUS;
	}
}

/** fail() - end the conversation and report why; false, for the caller to return */
static bool fail(struct dialogue *d, enum report_fault fault)
{
	d->report.kind = REPORT_FAULT;
	d->report.fault = fault;
	return false;
}

/** say() - send a message, over UDP also receive its answer */
static bool say(struct dialogue *d, const char *data, size_t len)
{
	enum report_fault fault = wire_say(&d->wire, data, len);

	return fault == FAULT_NONE ? true : fail(d, fault);
}

/** hear() - the next line of an answer */
static bool hear(struct dialogue *d, char **line, size_t *len)
{
	enum report_fault fault = wire_line(&d->wire, line, len);

	return fault == FAULT_NONE ? true : fail(d, fault);
}

/** end_with() - the server ended it with a status, perhaps with other brokers */
static bool end_with(struct dialogue *d, unsigned status, char *list, size_t len)
{
	d->report.kind = REPORT_STATUS;
	d->report.status = status;
	if (status < STATUS_WITH_BROKERS ||
	    answer_brokers_read(list, len, &d->report.brokers))
		d->report.brokers.count = 0;
	return false;
}

/** is_status() - a line is a status, and not base64 that begins with digits */
static bool is_status(const char *line, size_t len, unsigned *status)
{
	return !frame_status(line, len, status) &&
	       (len == 3 || len == 4 || line[3] == ' ' || line[4] == ' ');
}

/** end_line() - a status arrived in place of another line; 200 is invalid there */
static bool end_line(struct dialogue *d, unsigned status)
{
	size_t len = 0;

	if (status == STATUS_SUCCESS)
		return fail(d, FAULT_PROTOCOL);
	if (status >= STATUS_WITH_BROKERS &&
	    wire_rest(&d->wire, d->body, sizeof(d->body), &len) != FAULT_NONE)
		len = 0;
	return end_with(d, status, d->body, len);
}

/** succeed() - the server's next line has to be 200 */
static bool succeed(struct dialogue *d)
{
	unsigned status;
	char *line;
	size_t len;

	if (!hear(d, &line, &len))
		return false;
	if (!is_status(line, len, &status))
		return fail(d, FAULT_PROTOCOL);
	return status == STATUS_SUCCESS ? true : end_line(d, status);
}

/** offers() - what the server serves includes what is wanted */
static bool offers(struct dialogue *d, const struct frame_capability *c)
{
	const struct dialogue_job *job = d->job;
	unsigned wanted = 1u << job->settings->mode;

	if (job->settings->mode == TUNNEL_V6ANYV4)
		wanted |= 1u << TUNNEL_V6V4 | 1u << TUNNEL_V6UDPV4;
	if (!(c->types & wanted))
		return fail(d, FAULT_TYPE);
	if (c->mechanisms & dialogue_mechanism(job->settings, job->configured))
		return true;
	d->report.offered = c->mechanisms;
	return fail(d, FAULT_LOGIN);
}

/** on_version() - PHASE_VERSION: VERSION, and what the server serves */
static bool on_version(struct dialogue *d)
{
	char text[32];
	struct buf out = BUF_ON(text);
	struct frame_capability capability;
	unsigned status;
	char *line;
	size_t len;

	d->report.phase = PHASE_VERSION;
	buf_clear(&out);
	request_version(&out, d->job->version);
	if (!say(d, out.data, out.len) || !hear(d, &line, &len))
		return false;
	if (!frame_capability(line, len, &capability))
		return offers(d, &capability);
	return is_status(line, len, &status) ? end_line(d, status)
					     : fail(d, FAULT_PROTOCOL);
}

/** login_plain() - the message follows the mechanism's name at once, and is not base64 */
static bool login_plain(struct dialogue *d)
{
	static const char start[] = "AUTHENTICATE PLAIN\r\n";
	struct sasl_output message;
	char text[sizeof(start) + IPC_SASL_MAX + 2];
	struct buf out = BUF_ON(text);
	bool done;

	if (sasl_client_step(d->job->sasl, NULL, 0, &message) != SASL_DONE)
		return fail(d, FAULT_LOGIN);
	buf_clear(&out);
	buf_text(&out, start);
	if (d->wire.udp) {
		if (!say(d, out.data, out.len))
			return false;
		buf_clear(&out);
	}
	buf_add(&out, message.data, message.len);
	buf_text(&out, "\r\n");
	done = say(d, out.data, out.len) && succeed(d);
	explicit_bzero(&message, sizeof(message));
	explicit_bzero(text, sizeof(text));
	return done;
}

/** answer_challenge() - a line of base64 from the server, and what the mechanism says to it */
static bool answer_challenge(struct dialogue *d, enum sasl_result *result)
{
	struct sasl_output message;
	struct ipc_sasl challenge;
	char text[2 * IPC_SASL_MAX];
	struct buf out = BUF_ON(text);
	unsigned status;
	char *line;
	size_t len;

	if (!hear(d, &line, &len))
		return false;
	/* 200 counts only after the server has proved that it knows the password, too */
	if (is_status(line, len, &status))
		return status == STATUS_SUCCESS ? fail(d, FAULT_UNPROVEN)
						: end_line(d, status);
	if (frame_base64(line, len, &challenge))
		return fail(d, FAULT_PROTOCOL);
	*result = sasl_client_step(d->job->sasl, challenge.data, challenge.len, &message);
	if (*result == SASL_DONE)
		return true;
	if (*result != SASL_MORE)
		return fail(d, FAULT_UNPROVEN);
	buf_clear(&out);
	base64_encode(&out, message.data, message.len);
	buf_text(&out, "\r\n");
	return out.full ? fail(d, FAULT_PROTOCOL) : say(d, out.data, out.len);
}

/** login_digest() - challenge, response, rspauth, and then a separate status */
static bool login_digest(struct dialogue *d)
{
	static const char start[] = "AUTHENTICATE DIGEST-MD5\r\n";
	enum sasl_result result = SASL_MORE;
	unsigned step;

	if (!say(d, start, sizeof(start) - 1))
		return false;
	for (step = 0; result != SASL_DONE; step++) {
		if (step == SASL_STEPS)
			return fail(d, FAULT_PROTOCOL);
		if (!answer_challenge(d, &result))
			return false;
	}
	/* Over UDP an empty message asks for the status, if it did not come along */
	if (d->wire.udp && wire_is_empty(&d->wire) && !say(d, "", 0))
		return false;
	return succeed(d);
}

/** on_login() - PHASE_LOGIN */
static bool on_login(struct dialogue *d)
{
	static const char anonymous[] = "AUTHENTICATE ANONYMOUS\r\n";

	d->report.phase = PHASE_LOGIN;
	switch (dialogue_mechanism(d->job->settings, d->job->configured)) {
	case MECHANISM_ANONYMOUS:
		return say(d, anonymous, sizeof(anonymous) - 1) && succeed(d);
	case MECHANISM_PLAIN:
		return login_plain(d);
	case MECHANISM_DIGEST_MD5:
		return login_digest(d);
	default:
		return fail(d, FAULT_LOGIN);
	}
}

/** read_body() - an answer with its length before it: status, and XML behind it */
static bool read_body(struct dialogue *d, size_t len)
{
	enum report_fault fault = wire_bytes(&d->wire, d->body, len);
	unsigned status;
	size_t first;
	char *lf;

	if (fault != FAULT_NONE)
		return fail(d, fault);
	d->body[len] = '\0';
	lf = memchr(d->body, '\n', len);
	first = lf ? (size_t)(lf - d->body) : len;
	if (frame_status(d->body, first - (first && d->body[first - 1] == '\r'), &status))
		return fail(d, FAULT_PROTOCOL);
	first += lf != NULL;
	if (status != STATUS_SUCCESS)
		return end_with(d, status, d->body + first, len - first);
	if (d->job->action == REQUEST_DELETE)
		return end_with(d, status, NULL, 0);
	if (answer_offer_read(d->body + first, len - first, &d->report.offer))
		return fail(d, FAULT_PROTOCOL);
	d->report.kind = REPORT_OFFER;
	return true;
}

/** on_request() - PHASE_REQUEST: ask, and read the answer */
static bool on_request(struct dialogue *d)
{
	char text[REQUEST_SIZE];
	struct buf out = BUF_ON(text);
	unsigned status;
	uint32_t length;
	char *line;
	size_t len;

	d->report.phase = PHASE_REQUEST;
	buf_clear(&out);
	request_tunnel(&out, d->job->settings, d->job->action, d->job->own);
	if (out.full)
		return fail(d, FAULT_PROTOCOL);
	if (!say(d, out.data, out.len) || !hear(d, &line, &len))
		return false;
	if (is_status(line, len, &status))
		return end_line(d, status);
	if (frame_content_length(line, len, BODY_MAX, &length))
		return fail(d, FAULT_PROTOCOL);
	return read_body(d, length);
}

/** on_answer() - PHASE_ANSWER: tell the server the main process's verdict on its offer */
static bool on_answer(struct dialogue *d)
{
	char text[128];
	struct buf out = BUF_ON(text);
	int accept;

	if (report_send(d->job->main, &d->report))
		return false;
	if (d->job->action == REQUEST_INFO || report_verdict(d->job->main, &accept))
		return false;
	memset(&d->report, 0, sizeof(d->report));
	d->report.phase = PHASE_ANSWER;
	buf_clear(&out);
	request_answer(&out, accept);
	if (!say(d, out.data, out.len))
		return false;
	d->report.kind = REPORT_DONE;
	return true;
}

/**
 * dialogue_run() - hold the conversation
 * @job:	What it is about
 *
 * Return: 0; -1 when the main process is gone
 */
int dialogue_run(const struct dialogue_job *job)
{
	static struct dialogue d;
	enum report_fault fault;

	memset(&d, 0, sizeof(d));
	d.job = job;
	d.report.phase = PHASE_CONNECT;
	fault = wire_open(&d.wire, job->fd, job->udp, clock_ms() + CONVERSATION_MS);
	if (fault != FAULT_NONE)
		fail(&d, fault);
	else if (on_version(&d) && on_login(&d) && on_request(&d) && !on_answer(&d) &&
		 d.report.kind == REPORT_OFFER)
		return 0; /* the answer to "info" needs no verdict */
	return report_send(job->main, &d.report);
}
