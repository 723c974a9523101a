// SPDX-License-Identifier: MIT
/*
 * hostile.c - packets of a hostile session process to the broker
 *
 * It knows the password of one user, alice, and everything an honest session knows. Most
 * packets are what the broker expects, or it would end each conversation at the first one;
 * the rest are of every other kind there is.
 */
#include "tests/tools/lib/hostile.h"

#include <arpa/inet.h>
#include <string.h>

#include "lib/base64.h"
#include "lib/buf.h"
#include "lib/config.h"
#include "tests/tools/lib/gogoc_digest.h"

#define ALICE_URI "tsp/192.0.2.1"

static const char alice_plain[] = "\0alice\0s3cret";
static const char alice_full[] = "alice\0alice\0s3cret";

/** hostile_random() - a number from 0, the same ones for the same seed (xorshift64*) */
uint32_t hostile_random(struct hostile *h, uint32_t below)
{
	h->random ^= h->random >> 12;
	h->random ^= h->random << 25;
	h->random ^= h->random >> 27;
	return (uint32_t)((h->random * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % below;
}

/** one_in() - true in one of @n cases */
static bool one_in(struct hostile *h, uint32_t n)
{
	return hostile_random(h, n) == 0;
}

/** hostile_is_password() - PLAIN's message that alice may log in with */
bool hostile_is_password(const struct ipc_sasl *sasl)
{
	return (sasl->len == sizeof(alice_plain) - 1 &&
		!memcmp(sasl->data, alice_plain, sasl->len)) ||
	       (sasl->len == sizeof(alice_full) - 1 &&
		!memcmp(sasl->data, alice_full, sasl->len));
}

static void fill(struct ipc_sasl *sasl, const void *data, size_t len)
{
	sasl->len = (uint32_t)len;
	memcpy(sasl->data, data, len);
}

/** say_plain() - logins that are right, and all the ways to be nearly right */
static void say_plain(struct hostile *h, struct ipc_sasl *sasl)
{
	static const struct {
		const char *text;
		size_t len;
	} messages[] = {
#define MESSAGE(text) {text, sizeof(text) - 1}
		MESSAGE("\0alice\0s3cret"),
		MESSAGE("alice\0alice\0s3cret"),
		MESSAGE("\0alice\0s3cre"),
		MESSAGE("\0alice\0s3crets"),
		MESSAGE("\0alice\0"),
		MESSAGE("\0alice\0s3cret\0"),
		MESSAGE("\0alice\0s3cret\0x"),
		MESSAGE("canary\0alice\0s3cret"),
		MESSAGE("alice\0canary\0s3cret"),
		MESSAGE("\0canary\0s3cret"),
		MESSAGE("\0canary\0"),
		MESSAGE("\0bob\0s3cret"),
		MESSAGE("\0\0"),
		MESSAGE("\0nobody\0s3cret"),
		MESSAGE("\0alice\nbob\0s3cret"),
		MESSAGE("\0../users\0s3cret"),
		MESSAGE("\0alice:tsp.example\0s3cret"),
		MESSAGE("\0\x1b[2J\0s3cret"),
#undef MESSAGE
	};
	uint32_t i = one_in(h, 2)
			     ? hostile_random(h, 2)
			     : hostile_random(h, sizeof(messages) / sizeof(messages[0]));

	sasl->mechanism = MECHANISM_PLAIN;
	fill(sasl, messages[i].text, messages[i].len);
}

/** say_login() - the first step of a mechanism */
static void say_login(struct hostile *h, struct hostile_packet *p)
{
	struct ipc_sasl *sasl = &p->request.sasl;

	p->request.kind = IPC_LOGIN;
	switch (hostile_random(h, 8)) {
	case 0:
		sasl->mechanism = MECHANISM_DIGEST_MD5;
		break;
	case 1:
	case 2:
	case 3:
		say_plain(h, sasl);
		break;
	case 4:
		sasl->mechanism = hostile_random(h, 16); /* also sets of several */
		sasl->len = hostile_random(h, IPC_SASL_MAX + 2);
		break;
	default:
		sasl->mechanism = MECHANISM_ANONYMOUS;
	}
}

/** say_response() - alice's answer to the challenge, or a guesser's */
static void say_response(struct hostile *h, struct hostile_packet *p)
{
	static const struct gogoc_digest_login logins[] = {
		{"alice", "s3cret", ALICE_URI, NULL},
		{"alice", "guess", ALICE_URI, NULL},
		{"canary", "s3cret", ALICE_URI, NULL},
		{"alice", "", "tsp/", "utf8"},
		{"", "s3cret", ALICE_URI, NULL},
	};
	uint32_t i = hostile_random(h, 2) * hostile_random(h, 5);
	char challenge[GOGOC_DIGEST_LINE_MAX * 2], line[GOGOC_DIGEST_LINE_MAX],
		end[GOGOC_DIGEST_LINE_MAX];
	struct buf text = BUF_ON(challenge);
	size_t len = 0;

	p->request.kind = IPC_STEP;
	if (!h->challenge.len) { /* PLAIN, whose message did not come with the login */
		say_plain(h, &p->request.sasl);
		return;
	}
	buf_clear(&text);
	base64_encode(&text, h->challenge.data, h->challenge.len);
	if (gogoc_digest_answer(&logins[i], challenge, line, end))
		return;
	base64_decode(line, strcspn(line, "\r"), p->request.sasl.data, IPC_SASL_MAX,
		      &len);
	p->request.sasl.len = (uint32_t)len;
	p->proof = i == 0;
}

/** some_address() - the peer's, another's, one that is no host's */
static struct in_addr some_address(struct hostile *h)
{
	static const char *const others[] = {"198.51.100.17", "192.0.2.9", "127.0.0.1",
					     "0.0.0.0",       "224.0.0.1", "10.1.2.3",
					     "192.168.0.1",   "8.8.8.8",   "192.88.99.1"};
	struct in_addr a = h->peer;

	if (!one_in(h, 8))
		inet_pton(AF_INET,
			  others[hostile_random(h, sizeof(others) / sizeof(others[0]))],
			  &a);
	return a;
}

/** say_tunnel() - mostly refused: each tunnel that is built costs as much as 100 packets */
static void say_tunnel(struct hostile *h, struct hostile_packet *p)
{
	struct ipc_tunnel_request *t = &p->request.tunnel;

	p->request.kind = IPC_CREATE + hostile_random(h, 3);
	t->type =
		hostile_random(h, 4) ? TUNNEL_V6V4 : hostile_random(h, TUNNEL_TYPES + 1);
	t->has_ipv4 = !one_in(h, 16);
	t->ipv4 = some_address(h);
	t->proxy = one_in(h, 8);
	t->router = one_in(h, 2);
	t->prefix_len = (uint8_t)hostile_random(h, 256);
	if (t->router && one_in(h, 3))
		t->prefix_len = (uint8_t)(56 + hostile_random(h, 9));
}

void hostile_note(struct hostile_packet *out)
{
	memset(out, 0, sizeof(*out));
	out->len = sizeof(out->request);
	out->request.version = IPC_VERSION;
	out->request.kind = IPC_NOTE;
	out->request.status = STATUS_BAD_REQUEST;
}

/** expected() - what the state asks for, well-formed, if not always right */
static void expected(struct hostile *h, struct hostile_packet *p)
{
	hostile_note(p);
	if (one_in(h, 12)) {
		p->request.status = hostile_random(h, 600);
		return;
	}
	memset(&p->request.sasl, 0, sizeof(p->request.sasl));
	switch (h->state) {
	case BROKER_LOGIN:
		say_login(h, p);
		break;
	case BROKER_STEP:
		say_response(h, p);
		break;
	case BROKER_COMMAND:
		say_tunnel(h, p);
		break;
	case BROKER_OFFERED:
		p->request.kind = IPC_ACCEPT + hostile_random(h, 2);
		break;
	default:
		p->request.kind = IPC_NOTE;
		p->request.status = STATUS_BAD_REQUEST;
	}
}

static void random_bytes(struct hostile *h, void *data, size_t len)
{
	uint8_t *p = data;

	while (len--)
		*p++ = (uint8_t)hostile_random(h, 256);
}

/** distort() - a few wrong bytes, mostly where the numbers are */
static void distort(struct hostile *h, struct hostile_packet *p)
{
	uint32_t n = 1 + hostile_random(h, 4);

	while (n--) {
		uint32_t near = one_in(h, 4) ? (uint32_t)sizeof(p->request) : 48;

		p->bytes[8 + hostile_random(h, near - 8)] =
			(uint8_t)hostile_random(h, 256);
	}
}

/** bend() - change the expected packet @p into an unexpected one */
static void bend(struct hostile *h, struct hostile_packet *p)
{
	switch (hostile_random(h, 16)) {
	case 0: /* truncated; not empty, which is how a session ends */
		p->len = 1 + hostile_random(h, sizeof(p->request) - 1);
		break;
	case 1: /* oversized */
		p->len = sizeof(p->request) + 1 + hostile_random(h, HOSTILE_EXTRA);
		random_bytes(h, p->bytes + sizeof(p->request), 16);
		break;
	case 2: /* out of order */
		p->request.kind = 1 + hostile_random(h, IPC_REQUEST_KINDS - 1);
		break;
	case 3: /* an unknown kind or version */
		p->request.kind = hostile_random(h, 32);
		p->request.version = hostile_random(h, 3);
		break;
	case 4: /* garbage */
		random_bytes(h, p->bytes, sizeof(p->request));
		p->proof = false;
		break;
	case 5: /* garbage in an envelope */
		random_bytes(h, &p->request.sasl, 64 + hostile_random(h, 1900));
		p->proof = false;
		break;
	case 6: /* said before, in this or another conversation */
		*p = h->past[hostile_random(h, HOSTILE_PAST)];
		p->proof = false;
		break;
	case 7: /* a length that lies */
		p->request.sasl.len = hostile_random(h, 1U << 31) * 3;
		break;
	default:
		distort(h, p);
	}
}

/** hostile_next() - the next packet */
const struct hostile_packet *hostile_next(struct hostile *h)
{
	struct hostile_packet p;

	expected(h, &p);
	if (one_in(h, 5))
		bend(h, &p);
	if (!p.len) /* nothing was said before */
		expected(h, &p);
	h->last = (h->last + 1) % HOSTILE_PAST;
	h->past[h->last] = p;
	return &h->past[h->last];
}
