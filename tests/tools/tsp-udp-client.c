// SPDX-License-Identifier: MIT
/*
 * tsp-udp-client.c - a TSP client for tests that talks UDP as gogoc 1.2 does
 *
 * Prints the answer as NAME=VALUE lines that a shell can read, PORT among them: its own.
 * Exit status: 0 offered and answered as asked, 1 error status, 2 the server broke the
 * protocol, 3 no answer, 100 usage.
 *
 * With --forge, COUNT datagrams with VERSION are sent, each from another address of
 * 127.7.0.0/16 (or of that of --bind), without waiting for answers. With --blind, like a
 * sender with forged addresses, the first COUNT of them also send all messages up to accept,
 * each --again milliseconds after the one before it.
 *
 * With --hex, standard input has a datagram in each line, in hexadecimal digits, headers and
 * all; each is sent once, and what comes back within --again is printed in the same form.
 */
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tools/lib/gogoc_digest.h"
#include "tests/tools/lib/server_offer.h"
#include "tests/tools/lib/rudp.h"

static const char usage_text[] =
	"usage: tsp-udp-client [OPTION]...\n"
	"  --host NAME --port N      server (127.0.0.1, 3653)\n"
	"  --bind IPV4 --from PORT   own address and port\n"
	"  --sequence HEX            of the first message (f00000f0)\n"
	"  --again MS --tries N      when and how often to send again (500, 10)\n"
	"  --twice                   send every message two times\n"
	"  --version V               protocol version (2.0.2)\n"
	"  --mechanism NAME          ANONYMOUS, PLAIN or DIGEST-MD5\n"
	"  --user ID --password P\n"
	"  --backspace               AUTHENTICATE ends as jipv6 ends it\n"
	"  --action NAME             create, info or delete\n"
	"  --type NAME               v6anyv4\n"
	"  --address IPV4            address in the request (10.0.0.1)\n"
	"  --claim FILE              the same out of FILE: the first one, for ever\n"
	"  --proxy                   say proxy=\"yes\"\n"
	"  --unended                 VERSION has no line end\n"
	"  --host-order              the header is in host byte order\n"
	"  --prefix LENGTH           ask for a prefix as a router does\n"
	"  --answer NAME             accept, reject or none, to an offer\n"
	"  --pause                   wait for the end of standard input with it\n"
	"  --forge COUNT             begin conversations from COUNT addresses\n"
	"  --blind COUNT             and go on with the first of them\n"
	"  --echo                    only ask whether the server is there\n"
	"  --forged IPV4             with --hex and --from: in the name of somebody "
	"else\n"
	"  --hex                     send standard input, print what comes\n"
	"  -v                        show the conversation on standard error\n";

/** struct options - what to say; texts point into argv */
struct options {
	const char *host, *port, *bind, *version, *mechanism, *user, *password;
	const char *action, *type, *address, *answer;
	const char *claim, *from, *sequence, *again, *tries, *prefix, *forge, *blind,
		*forged;
	int backspace, echo, hex, host_order, pause, proxy, twice, unended;
};

static struct options o = {
	.host = "127.0.0.1",
	.port = "3653",
	.version = "2.0.2",
	.mechanism = "ANONYMOUS",
	.user = "",
	.password = "",
	.action = "create",
	.type = "v6anyv4",
	.address = "10.0.0.1",
	.answer = "accept",
	.from = "0",
	.sequence = "f00000f0",
	.again = "500",
	.tries = "10",
	.prefix = "0",
};

/* clang-format off */
static const struct {
	const char *name;
	const char **value;
	int *flag;
} names[] = {
	{"host", &o.host, NULL},
	{"port", &o.port, NULL},
	{"bind", &o.bind, NULL},
	{"from", &o.from, NULL},
	{"sequence", &o.sequence, NULL},
	{"again", &o.again, NULL},
	{"tries", &o.tries, NULL},
	{"version", &o.version, NULL},
	{"mechanism", &o.mechanism, NULL},
	{"user", &o.user, NULL},
	{"password", &o.password, NULL},
	{"action", &o.action, NULL},
	{"type", &o.type, NULL},
	{"address", &o.address, NULL},
	{"prefix", &o.prefix, NULL},
	{"answer", &o.answer, NULL},
	{"forge", &o.forge, NULL},
	{"blind", &o.blind, NULL},
	{"forged", &o.forged, NULL},
	{"pause", NULL, &o.pause},
	{"claim", &o.claim, NULL},
	{"backspace", NULL, &o.backspace},
	{"host-order", NULL, &o.host_order},
	{"proxy", NULL, &o.proxy},
	{"unended", NULL, &o.unended},
	{"echo", NULL, &o.echo},
	{"hex", NULL, &o.hex},
	{"twice", NULL, &o.twice},
};
/* clang-format on */

#define NAMES (sizeof(names) / sizeof(names[0]))

static _Noreturn void usage(void)
{
	fputs(usage_text, stderr);
	exit(OUTCOME_USAGE);
}

static unsigned number(const char *text, int base)
{
	char *end;
	unsigned long n = strtoul(text, &end, base);

	if (!*text || *end || n > UINT32_MAX)
		usage();
	return (unsigned)n;
}

static bool parse_options(int argc, char **argv)
{
	struct option options[NAMES + 1] = {{0}};
	bool verbose = false;
	int c, index = 0;
	size_t i;

	for (i = 0; i < NAMES; i++)
		options[i] = (struct option){names[i].name, names[i].value != NULL,
					     names[i].flag, names[i].flag ? 1 : 256};
	while ((c = getopt_long(argc, argv, "v", options, &index)) != -1) {
		if (c == 'v')
			verbose = true;
		else if (c == 256)
			*names[index].value = optarg;
		else if (c != 0)
			usage();
	}
	if (optind < argc)
		usage();
	return verbose;
}

static enum outcome say_version(struct rudp *r, struct server_offer *offer)
{
	char text[128], answer[CONN_REPLY_MAX];
	int len = snprintf(text, sizeof(text), "VERSION=%s%s", o.version,
			   o.unended ? "" : "\r\n");
	enum outcome result = rudp_line(r, text, (size_t)len, answer);

	if (result)
		return result;
	if (strncmp(answer, "CAPABILITY TUNNEL=V6V4 ", 23) == 0)
		return OUTCOME_OK;
	result = server_offer_status(offer, answer);
	return result ? result : violation("capabilities '%s'", answer);
}

static enum outcome log_in_plain(struct rudp *r, char answer[CONN_REPLY_MAX])
{
	char text[512];
	int len = snprintf(text, sizeof(text), "%c%s%c%s\r\n", 0, o.user, 0, o.password);

	return rudp_line(r, text, (size_t)len, answer);
}

static enum outcome log_in_digest(struct rudp *r, const char *challenge,
				  char answer[CONN_REPLY_MAX])
{
	const struct gogoc_digest_login login = {
		.user = o.user, .password = o.password, .uri = "tsp/localhost"};
	char response[GOGOC_DIGEST_LINE_MAX], rspauth[GOGOC_DIGEST_LINE_MAX];
	enum outcome result;

	if (gogoc_digest_answer(&login, challenge, response, rspauth))
		return violation("challenge '%s'", challenge);
	result = rudp_line(r, response, strlen(response), answer);
	if (result || strchr(answer, ' ')) /* a status already: refused */
		return result;
	rspauth[strcspn(rspauth, "\r")] = '\0';
	if (strcmp(answer, rspauth) != 0)
		return violation("rspauth '%s'", answer);
	return rudp_line(r, "", 0, answer);
}

static enum outcome log_in(struct rudp *r, struct server_offer *offer)
{
	bool plain = strcmp(o.mechanism, "PLAIN") == 0;
	bool digest = strcmp(o.mechanism, "DIGEST-MD5") == 0;
	char text[128], answer[CONN_REPLY_MAX];
	int len = snprintf(text, sizeof(text), "AUTHENTICATE %s%s", o.mechanism,
			   o.backspace ? "\r\b" : "\r\n");
	enum outcome result;

	len += !o.backspace; /* gogoc sends its NUL along */
	result = plain ? rudp_bare(r, text, (size_t)len)
		       : rudp_line(r, text, (size_t)len, answer);
	if (!result && plain)
		result = log_in_plain(r, answer);
	if (!result && digest && !strchr(answer, ' '))
		result = log_in_digest(r, answer, answer);
	return result ? result : server_offer_status(offer, answer);
}

/** frame() - XML with its length before it */
static size_t frame(const char *xml, char *out, size_t size)
{
	return (size_t)snprintf(out, size, "Content-length: %zu\r\n%s", strlen(xml), xml);
}

/** request_text() - write the request; its length */
static size_t request_text(char *out, size_t size)
{
	unsigned prefix = number(o.prefix, 10);
	char router[128] = "", xml[1024];

	if (prefix)
		snprintf(router, sizeof(router),
			 "  <router>\r\n   <prefix length=\"%u\"/>\r\n  </router>\r\n",
			 prefix);
	snprintf(xml, sizeof(xml),
		 "<tunnel action=\"%s\" type=\"%s\" proxy=\"%s\">\r\n <client>\r\n"
		 "  <address type=\"ipv4\">%s</address>\r\n%s"
		 "  <keepalive interval=\"30\">\r\n"
		 "    <address type=\"ipv6\">::</address>\r\n  </keepalive>\r\n"
		 " </client>\r\n</tunnel>\r\n",
		 o.action, o.type, o.proxy ? "yes" : "no", o.address, router);
	return frame(xml, out, size);
}

/** answer_text() - what an offer is answered with; its length */
static size_t answer_text(char *out, size_t size)
{
	char xml[64];

	snprintf(xml, sizeof(xml), "<tunnel action=\"%s\"></tunnel>\r\n", o.answer);
	return frame(xml, out, size);
}

static enum outcome request(struct rudp *r, struct server_offer *offer)
{
	char text[2048], answer[CONN_REPLY_MAX];
	size_t got;
	enum outcome result;
	char *body;

	result = rudp_message(r, text, request_text(text, sizeof(text)), answer, &got);
	if (result)
		return result;
	body = strstr(answer, "\r\n");
	if (!body || strncmp(answer, "Content-length: ", 16) != 0 ||
	    strtoul(answer + 16, NULL, 10) != got - (size_t)(body + 2 - answer))
		return violation("no length, or not the right one: '%s'", answer);
	result = server_offer_read(offer, body + 2);
	if (!result && strcmp(o.action, "delete") != 0)
		result = server_offer_check(offer);
	return result;
}

static enum outcome answer_offer(struct rudp *r)
{
	char text[128], answer[CONN_REPLY_MAX];
	size_t len, got;

	while (o.pause && getchar() != EOF)
		;
	if (strcmp(o.answer, "none") == 0)
		return OUTCOME_OK;
	len = answer_text(text, sizeof(text));
	if (strcmp(o.answer, "accept") == 0)
		return rudp_bare(r, text, len);
	return rudp_message(r, text, len, answer, &got);
}

static enum outcome converse(struct rudp *r)
{
	struct server_offer offer = {0};
	enum outcome result = say_version(r, &offer);

	if (!result)
		result = log_in(r, &offer);
	if (!result)
		result = request(r, &offer);
	printf("PORT=%u\n", rudp_port(r));
	server_offer_print(&offer, stdout);
	fflush(stdout);
	if (!result && strcmp(o.action, "create") == 0)
		result = answer_offer(r);
	return result;
}

static enum outcome echo(struct rudp *r)
{
	char answer[CONN_REPLY_MAX];
	struct server_offer offer = {0};
	enum outcome result = rudp_line(r, "ECHO REQUEST", 12, answer);

	return result ? result : server_offer_status(&offer, answer);
}

/** forge() - @count sources say VERSION, and some of them all that a client says */
static enum outcome forge(unsigned count)
{
	static const char *const hello[] = {"VERSION=2.0.2\r\n",
					    "AUTHENTICATE ANONYMOUS\r\n"};
	unsigned i, blind = o.blind ? number(o.blind, 10) : 0,
		    pause_ms = number(o.again, 10);
	const struct rudp_forgery to = {.host = o.host,
					.port = o.port,
					.net = o.bind ? o.bind : "127.7.0.0",
					.from = number(o.from, 10)};
	char text[2048];
	size_t len;

	for (i = 0; i < 4 && count; i++) {
		if (i)
			poll(NULL, 0, (int)pause_ms);
		if (i < 2)
			len = (size_t)snprintf(text, sizeof(text), "%s", hello[i]);
		else
			len = i == 2 ? request_text(text, sizeof(text))
				     : answer_text(text, sizeof(text));
		if (rudp_forge(&to, count, i, text, len))
			return OUTCOME_LOST;
		count = blind;
	}
	return OUTCOME_OK;
}

int main(int argc, char **argv)
{
	struct rudp r = {.verbose = parse_options(argc, argv)};
	enum outcome result;

	if (o.forge)
		return (int)forge(number(o.forge, 10));
	r.sequence = number(o.sequence, 16);
	r.again_ms = number(o.again, 10);
	r.tries = number(o.tries, 10);
	r.twice = o.twice;
	r.host_order = o.host_order;
	if (o.forged ? rudp_open_forged(&r, o.host, o.port, o.forged, number(o.from, 10))
		     : rudp_open(&r, o.host, o.port, o.bind, number(o.from, 10)))
		return OUTCOME_LOST;
	if (o.claim)
		o.address = conn_claim(r.fd, o.claim);
	result = o.hex ? rudp_hex(&r) : o.echo ? echo(&r) : converse(&r);
	close(r.fd);
	return (int)result;
}
