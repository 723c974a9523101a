/* SPDX-License-Identifier: MIT */
/*
 * fuzz_session.c - a whole conversation: session_run() over a socket pair
 *
 * Input: a line of options (see set_options()), then all that the client sends; over UDP
 * form feeds part its packets. The broker is ipc_call() here, which answers plausibly and checks that it is asked only what the
 * real one would serve. Whatever the client says:
 *
 * - every reply leaves in one piece and is one well-formed answer of at most 4,095 bytes
 * - nothing follows a refused login
 * - the client's bytes one by one get the same replies as all of them at once
 * - over UDP, no packet of the client gets more than one
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "broker/broker.h"
#include "lib/ipc.h"
#include "lib/status.h"
#include "session/session.h"
#include "tests/fuzz/stage.h"
#include "tsp/xml.h"
#include "lib/prefix.h"

#define REPLIES_MAX 64
#define BROKER_FD   (-2) /* nothing is sent to it */

static const char challenge[] = "realm=\"tsp.example\",nonce=\"bm9uY2U=\",qop=\"auth\","
				"charset=utf-8,algorithm=md5-sess";

/** struct run - one conversation and its outcome */
static struct run {
	struct fuzz_span input; /* what the client has yet to send */
	size_t chunk;           /* bytes that one recv() gives */
	unsigned unanswered;    /* packets, over UDP */
	enum broker_state state;
	unsigned calls; /* of the broker */
	uint32_t kinds[128];
	struct {
		size_t len;
		char text[4096];
	} replies[REPLIES_MAX];
	size_t count;
	int result;
} runs[2], *run;

static struct {
	unsigned fails_at;  /* call in which the broker is gone; 0: none */
	bool nonsense;      /* its replies are of the wrong kind */
	uint32_t status;    /* with which it refuses; 0: it does not */
	bool router, named; /* offers have these */
	bool udp;           /* the client talks by UDP */
} broker;

/** next_packet() - of a client that talks by UDP; recv() with MSG_TRUNC */
static ssize_t next_packet(void *data, size_t len)
{
	const uint8_t *end = NULL;
	size_t n;

	if (!run->input.p)
		return 0;
	end = memchr(run->input.p, '\f', run->input.len);
	n = end ? (size_t)(end - run->input.p) : run->input.len;
	memcpy(data, run->input.p, n < len ? n : len);
	run->input.p = end ? end + 1 : NULL;
	run->input.len -= n + (end != NULL);
	run->unanswered++;
	return (ssize_t)n;
}

/* In place of the C library's, for speed: the client's bytes in pieces of run->chunk */
ssize_t recv(int fd, void *data, size_t len, int flags)
{
	(void)fd;
	if (flags & MSG_TRUNC)
		return next_packet(data, len);
	if (len > run->chunk)
		len = run->chunk;
	if (len > run->input.len)
		len = run->input.len;
	if (len)
		memcpy(data, run->input.p, len);
	run->input.p += len;
	run->input.len -= len;
	return (ssize_t)len;
}

/* In place of the C library's: reads return the pieces of the input */
ssize_t send(int fd, const void *data, size_t len, int flags)
{
	(void)fd;
	(void)flags;
	CHECK(!broker.udp || run->unanswered-- == 1);
	CHECK(len || broker.udp); /* without content it is an acknowledgement */
	CHECK(run->count < REPLIES_MAX && len < sizeof(run->replies[0].text));
	run->replies[run->count].len = len;
	memcpy(run->replies[run->count].text, data, len);
	run->count += len != 0;
	return (ssize_t)len;
}

/* In place of the C library's: nobody sleeps here; a packet socket is asked for its end */
int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	if (n && timeout == 0) {
		fds[0].revents = run->input.p ? 0 : POLLHUP;
		return !run->input.p;
	}
	return n ? (int)syscall(SYS_poll, fds, n, timeout) : 0;
}

/** set_offer() - the largest there can be, if options say so */
static void set_offer(struct ipc_tunnel *t)
{
	*t = (struct ipc_tunnel){
		.type = broker.udp ? TUNNEL_V6UDPV4 : TUNNEL_V6V4,
		.lifetime_minutes = 1440,
		.keepalive_seconds = stage_config.keepalive_seconds,
		.server_ipv4.s_addr = htonl(0xc0000201U),
		.client_ipv4.s_addr = htonl(0xc0000207U),
	};
	memset(&t->server_ipv6, 0x20, sizeof(t->server_ipv6));
	memset(&t->client_ipv6, 0x21, sizeof(t->client_ipv6));
	if (broker.router)
		t->prefix = (struct prefix6){.addr = t->client_ipv6, .len = 56};
	if (broker.named)
		memset(t->name, 'a', sizeof(t->name) - 1);
}

static void set_status(struct ipc_reply *reply, uint32_t status)
{
	reply->kind = IPC_STATUS;
	reply->result.status = status;
	reply->result.has_seen = status == STATUS_BAD_IPV4;
	reply->result.seen.s_addr = htonl(0xc0000207U);
}

/** serve_login() - admit every user */
static void serve_login(const struct ipc_request *request, struct ipc_reply *reply)
{
	const struct ipc_sasl *sasl = &request->sasl;

	CHECK(sasl->len <= IPC_SASL_MAX);
	CHECK(!sasl->mechanism || mechanism_name(sasl->mechanism));
	CHECK(!(sasl->mechanism & ~stage_config.mechanisms));
	run->state = BROKER_DONE;
	set_status(reply, STATUS_AUTH_FAILED);
	if (!sasl->mechanism && request->kind == IPC_LOGIN)
		return;
	if (sasl->mechanism == MECHANISM_DIGEST_MD5) {
		run->state = BROKER_STEP;
		reply->kind = IPC_CHALLENGE;
		reply->sasl.len = sizeof(challenge) - 1;
		memcpy(reply->sasl.data, challenge, sizeof(challenge) - 1);
		return;
	}
	if (broker.status == STATUS_AUTH_FAILED)
		return;
	run->state = BROKER_COMMAND;
	set_status(reply, STATUS_SUCCESS);
	if (request->kind == IPC_STEP) {
		reply->result.final_len = 40;
		memset(reply->result.final, 'r', 40);
	}
}

static void serve_tunnel(const struct ipc_request *request, struct ipc_reply *reply)
{
	const struct ipc_tunnel_request *t = &request->tunnel;

	CHECK(t->type < TUNNEL_TYPES && t->proxy <= 1 && t->has_ipv4 <= 1);
	CHECK(t->router <= 1 && t->prefix_len <= 128);
	if (broker.status) {
		set_status(reply, broker.status);
	} else if (request->kind == IPC_DELETE) {
		set_status(reply, STATUS_SUCCESS);
	} else {
		reply->kind = IPC_OFFER;
		set_offer(&reply->tunnel);
		if (request->kind == IPC_CREATE)
			run->state = BROKER_OFFERED;
	}
}

/* In place of lib/ipc.c's: the broker */
int ipc_call(int fd, struct ipc_request *request, struct ipc_reply *reply)
{
	CHECK(fd == BROKER_FD && run->calls < 128);
	CHECK(stage_allows(run->state, request->kind));
	run->kinds[run->calls++] = request->kind;
	if (run->calls == broker.fails_at) {
		errno = EPIPE;
		return -1;
	}
	memset(reply, 0, sizeof(*reply));
	reply->version = IPC_VERSION;
	if (request->kind == IPC_LOGIN || request->kind == IPC_STEP) {
		serve_login(request, reply);
	} else if (request->kind == IPC_NOTE) {
		CHECK(status_text((enum status)request->status));
		set_status(reply, STATUS_SUCCESS);
	} else if (request->kind == IPC_ACCEPT || request->kind == IPC_REJECT) {
		run->state = BROKER_DONE;
		set_status(reply, STATUS_SUCCESS);
	} else {
		serve_tunnel(request, reply);
	}
	if (broker.nonsense)
		reply->kind = IPC_OFFER + 1;
	return 0;
}

/** check_text() - lines of printable ASCII that end in CRLF, with nothing clients fear */
static void check_text(const char *text, size_t len)
{
	size_t i;

	CHECK(len >= 2 && !memcmp(text + len - 2, "\r\n", 2));
	for (i = 0; i < len; i++) {
		if (text[i] == '\n' || text[i] == '\r')
			CHECK(text[i] == '\r' ? text[i + 1] == '\n'
					      : i && text[i - 1] == '\r');
		else
			CHECK(text[i] >= ' ' && text[i] <= '~' && text[i] != '\'');
	}
	CHECK(!strstr(text, "/>") && !strstr(text, "<?") && !strstr(text, "<!"));
}

/** check_status() - "NNN text", and XML where there is some to come */
static unsigned check_status(const char *text, size_t len)
{
	unsigned status = (unsigned)strtoul(text, NULL, 10);
	const char *xml = strstr(text, "\r\n") + 2;
	bool list = status > STATUS_WITH_BROKERS;
	char copy[4096];

	CHECK(status_text(list ? status - STATUS_WITH_BROKERS : status));
	CHECK(text[3 + list] == ' ' && isalpha(text[4 + list]));
	CHECK(!list || stage_config.redirect_count);
	CHECK(!list || !strncmp(xml, "<tunnel action=\"list\" type=\"broker\">", 36));
	if (!*xml)
		return status;
	CHECK(list || (status == STATUS_SUCCESS &&
		       !strncmp(xml, "<tunnel action=\"info\" type=\"v6", 30)));
	len -= (size_t)(xml - text);
	memcpy(copy, xml, len + 1);
	CHECK(!xml_check(copy, len));
	return status;
}

/** check_reply() - one answer; true when it lets the conversation go on */
static bool check_reply(const char *text, size_t len, bool first)
{
	static const char length[] = "Content-length: ", digits[] = "0123456789";
	size_t n = strlen(length), body;
	unsigned status;

	check_text(text, len);
	if (!strncmp(text, length, n)) {
		body = strtoul(text + n, NULL, 10);
		n += strspn(text + n, digits);
		CHECK(!first && !memcmp(text + n, "\r\n", 2) && n + 2 + body == len);
		check_status(text + n + 2, body);
		return true;
	}
	if (strspn(text, digits) >= 3 && text[strspn(text, digits)] == ' ') {
		status = check_status(text, len);
		CHECK(!first || status != STATUS_SUCCESS);
		return status == STATUS_SUCCESS;
	}
	CHECK(strchr(text, '\n') == text + len - 1);
	if (first)
		CHECK(!strncmp(text, "CAPABILITY TUNNEL=V6V4 ", 23) &&
		      strstr(text, " AUTH=ANONYMOUS"));
	else
		CHECK(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789+/=") == len - 2);
	return true;
}

/** converse() - one conversation, the client's bytes in pieces of @chunk */
static void converse(struct run *r, size_t chunk, const uint8_t *data, size_t size)
{
	struct session_link link = {.packets = broker.udp, .v6udpv4 = broker.udp};
	bool more = true;
	int pair[2];
	size_t i;

	run = r;
	r->input = (struct fuzz_span){data, size};
	r->chunk = chunk;
	r->state = BROKER_LOGIN;
	r->unanswered = r->calls = 0;
	r->count = 0;
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	link.in = link.out = pair[0];
	r->result = session_run(&stage_config, &link, BROKER_FD);
	close(pair[0]);
	close(pair[1]);

	CHECK(!r->result || broker.fails_at || broker.nonsense);
	for (i = 0; i < r->count; i++) {
		CHECK(more);
		r->replies[i].text[r->replies[i].len] = '\0';
		more = check_reply(r->replies[i].text, r->replies[i].len, i == 0);
	}
}

/**
 * set_options() - configuration and broker of this input
 *
 * r: other brokers. d: DNS servers. k: no keepalive. p: offers have a prefix. n: and a long
 * name. a: only ANONYMOUS is served. u: the client talks by UDP. x: the broker talks nonsense. 1 to 9: it is gone at
 * this call. R, T, S, I, U, L, P, B: it refuses.
 */
static void set_options(struct fuzz_span options)
{
	static const char letters[] = "RTSIULPB";
	static const uint32_t statuses[] = {STATUS_AUTH_FAILED,   STATUS_NO_TUNNELS,
					    STATUS_SERVER_ERROR,  STATUS_BAD_IPV4,
					    STATUS_IPV4_IN_USE,   STATUS_TUNNEL_TYPE,
					    STATUS_PREFIX_LENGTH, STATUS_BUSY};
	struct config *c = &stage_config;

	memset(&broker, 0, sizeof(broker));
	c->mechanisms = 7;
	c->keepalive_seconds = 30;
	c->redirect_count = c->dns_count = 0;
	for (; options.len; options.p++, options.len--) {
		char o = (char)*options.p;

		c->redirect_count = o == 'r' ? 16 : c->redirect_count;
		c->dns_count = o == 'd' ? 16 : c->dns_count;
		c->keepalive_seconds = o == 'k' ? 0 : c->keepalive_seconds;
		c->mechanisms = o == 'a' ? MECHANISM_ANONYMOUS : c->mechanisms;
		broker.router |= o == 'p';
		broker.named |= o == 'n';
		broker.udp |= o == 'u';
		broker.nonsense |= o == 'x';
		if (o >= '1' && o <= '9')
			broker.fails_at = (unsigned)(o - '0');
		if (o && strchr(letters, o))
			broker.status = statuses[strchr(letters, o) - letters];
	}
}

/** same_runs() - the same was said and asked */
static bool same_runs(const struct run *a, const struct run *b)
{
	size_t i;

	for (i = 0; i < a->count && i < b->count; i++) {
		if (strcmp(a->replies[i].text, b->replies[i].text))
			return false;
	}
	return a->count == b->count && a->result == b->result && a->calls == b->calls &&
	       !memcmp(a->kinds, b->kinds, a->calls * sizeof(a->kinds[0]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_span rest = {data, size}, options = {data, 0};
	size_t i;

	if (!*stage_config.redirect[0]) {
		strcpy(stage_config.redirect[0], "192.0.2.77");
		strcpy(stage_config.redirect[1], "2001:db8::77");
		for (i = 2; i < CONFIG_LIST_MAX; i++)
			memset(stage_config.redirect[i], 'b', CONFIG_NAME_MAX - 1);
	}
	fuzz_line(&rest, &options);
	set_options(options);
	converse(&runs[0], SIZE_MAX, rest.p, rest.len);
	converse(&runs[1], 1, rest.p, rest.len);
	CHECK(same_runs(&runs[0], &runs[1]));
	return 0;
}
