/* SPDX-License-Identifier: MIT */
/*
 * fuzz_broker.c - whatever a session in enemy hands may send, through broker_serve()
 *
 * Input: a line of options, then a line for each packet; see stage.c and
 * fill_packet(). The broker works with real allocation files and a real users file; in
 * place of the template there is a list of the tunnels that are up. Whatever comes:
 *
 * - the broker answers what belongs to its state and ends the session at anything else
 * - nobody is known without a password, and nobody learns of another user's lease
 * - over UDP nobody is told of a lease or ends one: here no login proves a path
 * - tunnels are only built to the peer; when all is over, those are up that leases say
 */
#include "tests/fuzz/stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/broker.h"
#include "tests/fuzz/fuzz.h"
#include "lib/prefix.h"
#include "lib/seqpacket.h"

#define PACKETS_MAX 24 /* what fits in the sockets' buffers, with the answers */

/** struct packet - a packet to send, perhaps cut or with bytes added */
struct packet {
	size_t len;
	union {
		struct ipc_request request;
		uint8_t bytes[sizeof(struct ipc_request) + 64];
	};
};

/** fill_sasl() - text after the letter, "|" for NUL */
static void fill_sasl(struct ipc_sasl *sasl, unsigned mechanism, struct fuzz_span text)
{
	sasl->mechanism = mechanism;
	sasl->len = (uint32_t)(text.len < IPC_SASL_MAX ? text.len : IPC_SASL_MAX);
	for (size_t i = 0; i < sasl->len; i++)
		sasl->data[i] = text.p[i] == '|' ? 0 : text.p[i];
}

/** fill_tunnel() - TYPE FLAGS OCTET [LENGTH]: "12p", "16p56"; p is the peer */
static void fill_tunnel(struct ipc_tunnel_request *t, struct fuzz_span text)
{
	size_t i;

	t->type = text.len > 0 ? (uint32_t)(text.p[0] - '0') : 0;
	t->proxy = text.len > 1 && text.p[1] & 1;
	t->has_ipv4 = text.len > 1 && text.p[1] & 2;
	t->router = text.len > 1 && text.p[1] & 4;
	t->ipv4 = stage_peer.client.addr;
	if (text.len > 2 && text.p[2] != 'p')
		t->ipv4.s_addr = htonl(0xc0000200U | text.p[2]);
	for (i = 3; i < text.len; i++)
		t->prefix_len = (uint8_t)(t->prefix_len * 10 + text.p[i] - '0');
}

/** fill_raw() - KIND BYTES...: every byte is the fuzzer's */
static void fill_raw(struct packet *p, struct fuzz_span text)
{
	p->request.kind = text.len ? (uint32_t)(text.p[0] - '0') : 0;
	if (text.len > 1)
		memcpy(p->bytes + offsetof(struct ipc_request, sasl), text.p + 1,
		       text.len - 1 < IPC_SASL_MAX ? text.len - 1 : IPC_SASL_MAX);
}

/**
 * fill_packet() - a line of the input as a packet
 *
 * P, D, A: log in with what follows. S: next step. C, I, X: create, info, delete. Y, N:
 * accept, reject. L: note. R: raw. V: a wrong version. T: a packet of just these bytes. O:
 * one that is too long. Anything else: a request of that kind.
 */
static void fill_packet(struct packet *p, struct fuzz_span line)
{
	static const char kinds[] = "?PSCIXYNL"; /* in the order of ipc_request_kind */
	struct fuzz_span text = {line.p + 1, line.len - 1};
	const char *kind = strchr(kinds, line.p[0]);

	memset(p, 0, sizeof(*p));
	p->len = sizeof(p->request);
	p->request.version = IPC_VERSION + (line.p[0] == 'V');
	p->request.kind = kind && *kind ? (uint32_t)(kind - kinds) : line.p[0];
	if (line.p[0] == 'A' || line.p[0] == 'D' || line.p[0] == 'V')
		p->request.kind = IPC_LOGIN;
	switch (line.p[0]) {
	case 'P':
	case 'S':
		fill_sasl(&p->request.sasl, MECHANISM_PLAIN, text);
		break;
	case 'D':
		fill_sasl(&p->request.sasl, MECHANISM_DIGEST_MD5, text);
		break;
	case 'C':
	case 'I':
	case 'X':
		fill_tunnel(&p->request.tunnel, text);
		break;
	case 'L':
		p->request.status = text.len ? 300U + text.p[0] : 0;
		break;
	case 'R':
		fill_raw(p, text);
		break;
	case 'T':
		p->len = text.len < p->len ? text.len : p->len - 1;
		memcpy(p->bytes, text.p, p->len);
		p->len += !p->len; /* none at all is the end of the session */
		break;
	case 'O':
		p->len += 1 + text.len % 64;
		break;
	default:
		fill_sasl(&p->request.sasl, MECHANISM_ANONYMOUS, text);
	}
}

/** is_allowed() - a whole request, and one that belongs to the state */
static bool is_allowed(enum broker_state state, const struct packet *p)
{
	return p->len == sizeof(p->request) && p->request.version == IPC_VERSION &&
	       stage_allows(state, p->request.kind);
}

/** is_password() - alice's PLAIN message; no other user logs in */
static bool is_password(const struct ipc_sasl *s)
{
	static const char plain[] = "\0alice\0s3cret", full[] = "alice\0alice\0s3cret";

	return (s->len == sizeof(plain) - 1 && !memcmp(s->data, plain, s->len)) ||
	       (s->len == sizeof(full) - 1 && !memcmp(s->data, full, s->len));
}

/** login_state() - where an answer to login or step leads */
static enum broker_state login_state(const struct packet *p, const struct ipc_reply *r,
				     bool *known)
{
	const struct ipc_sasl *sasl = &p->request.sasl;

	if (r->kind == IPC_CHALLENGE) {
		CHECK(r->sasl.len <= IPC_SASL_MAX);
		return BROKER_STEP;
	}
	CHECK(r->kind == IPC_STATUS);
	if (r->result.status != STATUS_SUCCESS) {
		CHECK(r->result.status == STATUS_AUTH_FAILED && !r->result.final_len);
		return BROKER_DONE;
	}
	*known = p->request.kind == IPC_STEP || sasl->mechanism != MECHANISM_ANONYMOUS;
	CHECK(!*known || is_password(sasl));
	return BROKER_COMMAND;
}

/** check_offer() - it is the peer's, from a pool that the peer may use */
static void check_offer(const struct packet *p, const struct ipc_tunnel *t, bool known)
{
	CHECK(t->type == TUNNEL_V6V4 && t->lifetime_minutes >= 1);
	CHECK(!strcmp(t->name, known ? "alice.tsp.example" : ""));
	CHECK(known || !t->prefix.len);
	CHECK(prefix6_contains(known ? &stage_config.users_pool.link
				     : &stage_config.anonymous_pool.link,
			       &t->client_ipv6));
	CHECK(!t->prefix.len ||
	      prefix6_contains(&stage_config.users_pool.prefix, &t->prefix.addr));
	CHECK(p->request.kind == IPC_INFO ||
	      t->client_ipv4.s_addr == stage_peer.client.addr.s_addr);
}

/** check_reply() - an answer to @p; the next state */
static enum broker_state check_reply(enum broker_state state, const struct packet *p,
				     const struct ipc_reply *r, bool *known)
{
	stage_check_secret(r, sizeof(*r));
	CHECK(r->version == IPC_VERSION);
	if (p->request.kind == IPC_LOGIN || p->request.kind == IPC_STEP)
		return login_state(p, r, known);
	if (r->kind == IPC_OFFER) {
		CHECK(p->request.kind == IPC_CREATE ||
		      (p->request.kind == IPC_INFO && !stage_peer.udp));
		check_offer(p, &r->tunnel, *known);
		return p->request.kind == IPC_CREATE ? BROKER_OFFERED : state;
	}
	CHECK(r->kind == IPC_STATUS && status_text((enum status)r->result.status));
	CHECK(!r->result.final_len);
	CHECK(!r->result.has_seen ||
	      r->result.seen.s_addr == stage_peer.client.addr.s_addr);
	if (p->request.kind == IPC_CREATE || p->request.kind == IPC_INFO ||
	    (stage_peer.udp && p->request.kind == IPC_DELETE))
		CHECK(r->result.status != STATUS_SUCCESS);
	return p->request.kind == IPC_ACCEPT || p->request.kind == IPC_REJECT
		       ? BROKER_DONE
		       : state;
}

/** check_conversation() - one answer for each packet, up to the first invalid one */
static void check_conversation(const struct packet *packets, size_t count, int fd,
			       int result)
{
	enum broker_state state = BROKER_LOGIN;
	struct ipc_reply reply;
	bool known = false;
	ssize_t n;
	size_t i;

	for (i = 0; i < count && is_allowed(state, &packets[i]); i++) {
		n = recv(fd, &reply, sizeof(reply), MSG_TRUNC | MSG_DONTWAIT);
		CHECK(n == (ssize_t)sizeof(reply));
		state = check_reply(state, &packets[i], &reply, &known);
	}
	CHECK(recv(fd, &reply, sizeof(reply), MSG_TRUNC | MSG_DONTWAIT) <= 0);
	CHECK((result == 0) == (i == count));
}

/** serve() - all packets at once, then the session is gone; no time passes */
static void serve(const struct packet *packets, size_t count)
{
	int pair[2], result;
	size_t i;

	CHECK(!seqpacket_pair(pair));
	for (i = 0; i < count; i++)
		CHECK(send(pair[1], packets[i].bytes, packets[i].len, MSG_DONTWAIT) ==
		      (ssize_t)packets[i].len);
	shutdown(pair[1], SHUT_WR);
	result = broker_serve(&stage_config, &stage_peer, pair[0]);
	check_conversation(packets, count, pair[1], result);
	close(pair[0]); /* not before: unread bytes would reset the other end */
	close(pair[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct packet packets[PACKETS_MAX];
	struct fuzz_span rest = {data, size}, line = {data, 0};
	size_t count = 0;

	fuzz_line(&rest, &line);
	stage_begin(line);
	while (count < PACKETS_MAX && fuzz_line(&rest, &line)) {
		if (line.len)
			fill_packet(&packets[count++], line);
	}
	serve(packets, count);
	stage_check();
	return 0;
}
