// SPDX-License-Identifier: MIT
/*
 * tsp-client.c - a TSP client for tests: speaks as gogoc 1.2 does, reads as narrowly
 *
 * Prints the answer as NAME=VALUE lines that a shell can read. Exit status: 0 offered and
 * answered as asked, 1 error status, 2 the server broke the protocol, 3 connection lost,
 * 100 usage.
 */
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tools/lib/client.h"

static const char usage_text[] =
	"usage: tsp-client [OPTION]...\n"
	"  --host NAME --port N     server (127.0.0.1, 3653)\n"
	"  --bind IPV4              own address to connect from\n"
	"  --version V              protocol version (2.0.2)\n"
	"  --mechanism NAME         ANONYMOUS, PLAIN or DIGEST-MD5\n"
	"  --user ID --password P --realm R\n"
	"  --plain-base64           PLAIN as a line of base64\n"
	"  --action NAME            create, info or delete\n"
	"  --type NAME              v6v4\n"
	"  --address IPV4           address in the request (the socket's own)\n"
	"  --claim FILE             the same out of FILE: the first one, for ever\n"
	"  --proxy                  say proxy=\"yes\"\n"
	"  --unended                VERSION has no line end\n"
	"  --prefix LENGTH          ask for a prefix as a router does\n"
	"  --answer NAME            accept, reject, close or none, to an offer\n"
	"  --hold SECONDS           wait with the answer\n"
	"  --timeout SECONDS        longest silence of the server (10)\n"
	"  --chunk BYTES            send in pieces, a millisecond apart\n"
	"  --lf                     lines end in LF\n"
	"  --pipeline               send all that needs no reply at once\n"
	"  --raw                    send standard input, print each read as a line\n"
	"  --shutdown               with --raw: tell the server when that was all\n"
	"  -v                       show the conversation on standard error\n";

enum option_id {
	OPT_HOST = 256,
	OPT_PORT,
	OPT_BIND,
	OPT_VERSION,
	OPT_MECHANISM,
	OPT_USER,
	OPT_PASSWORD,
	OPT_REALM,
	OPT_PLAIN_BASE64,
	OPT_ACTION,
	OPT_TYPE,
	OPT_ADDRESS,
	OPT_CLAIM,
	OPT_PROXY,
	OPT_UNENDED,
	OPT_PREFIX,
	OPT_ANSWER,
	OPT_HOLD,
	OPT_TIMEOUT,
	OPT_CHUNK,
	OPT_LF,
	OPT_PIPELINE,
	OPT_RAW,
	OPT_SHUTDOWN,
};

static const struct option long_options[] = {
	{"host", required_argument, NULL, OPT_HOST},
	{"port", required_argument, NULL, OPT_PORT},
	{"bind", required_argument, NULL, OPT_BIND},
	{"version", required_argument, NULL, OPT_VERSION},
	{"mechanism", required_argument, NULL, OPT_MECHANISM},
	{"user", required_argument, NULL, OPT_USER},
	{"password", required_argument, NULL, OPT_PASSWORD},
	{"realm", required_argument, NULL, OPT_REALM},
	{"plain-base64", no_argument, NULL, OPT_PLAIN_BASE64},
	{"action", required_argument, NULL, OPT_ACTION},
	{"type", required_argument, NULL, OPT_TYPE},
	{"address", required_argument, NULL, OPT_ADDRESS},
	{"claim", required_argument, NULL, OPT_CLAIM},
	{"proxy", no_argument, NULL, OPT_PROXY},
	{"unended", no_argument, NULL, OPT_UNENDED},
	{"prefix", required_argument, NULL, OPT_PREFIX},
	{"answer", required_argument, NULL, OPT_ANSWER},
	{"hold", required_argument, NULL, OPT_HOLD},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"chunk", required_argument, NULL, OPT_CHUNK},
	{"lf", no_argument, NULL, OPT_LF},
	{"pipeline", no_argument, NULL, OPT_PIPELINE},
	{"raw", no_argument, NULL, OPT_RAW},
	{"shutdown", no_argument, NULL, OPT_SHUTDOWN},
	{NULL, 0, NULL, 0},
};

static _Noreturn void usage(const char *why)
{
	fprintf(stderr, "%s%s%s", why, *why ? "\n" : "", usage_text);
	exit(OUTCOME_USAGE);
}

static unsigned number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || !*text || n > 1000000)
		usage("not a number");
	return (unsigned)n;
}

static enum answer answer_by_name(const char *name)
{
	static const char *const names[] = {"accept", "reject", "close", "none"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0)
			return (enum answer)i;
	}
	usage("--answer accept, reject, close or none");
}

/* Options whose value is a text; NULL for the others */
static const char **text_option(struct client_options *o, int id)
{
	switch (id) {
	case OPT_HOST:
		return &o->host;
	case OPT_PORT:
		return &o->port;
	case OPT_BIND:
		return &o->source;
	case OPT_VERSION:
		return &o->version;
	case OPT_MECHANISM:
		return &o->mechanism;
	case OPT_USER:
		return &o->user;
	case OPT_PASSWORD:
		return &o->password;
	case OPT_REALM:
		return &o->realm;
	case OPT_ACTION:
		return &o->action;
	case OPT_TYPE:
		return &o->type;
	case OPT_ADDRESS:
		return &o->address;
	case OPT_CLAIM:
		return &o->claim;
	default:
		return NULL;
	}
}

static void other_option(struct client_options *o, int id, bool *raw)
{
	switch (id) {
	case OPT_PREFIX:
		o->prefix = number(optarg);
		break;
	case OPT_ANSWER:
		o->answer = answer_by_name(optarg);
		break;
	case OPT_HOLD:
		o->hold = number(optarg);
		break;
	case OPT_TIMEOUT:
		o->timeout = number(optarg);
		break;
	case OPT_CHUNK:
		o->chunk = number(optarg);
		break;
	case OPT_PROXY:
		o->proxy = true;
		break;
	case OPT_UNENDED:
		o->unended = true;
		break;
	case OPT_LF:
		o->lf = true;
		break;
	case OPT_PIPELINE:
		o->pipeline = true;
		break;
	case OPT_PLAIN_BASE64:
		o->plain_base64 = true;
		break;
	case OPT_RAW:
		*raw = true;
		break;
	case OPT_SHUTDOWN:
		o->shutdown = true;
		break;
	case 'v':
		o->verbose = true;
		break;
	default:
		usage("");
	}
}

/* Send standard input unchanged */
static bool raw_forward(struct conn *w)
{
	char data[4096];
	ssize_t got = read(STDIN_FILENO, data, sizeof(data));

	return got > 0 && conn_send(w, data, (size_t)got) == 0;
}

static bool raw_print(struct conn *w)
{
	ssize_t got = recv(w->fd, w->buf, sizeof(w->buf), 0);

	if (got <= 0)
		return false;
	conn_escape(stdout, w->buf, (size_t)got);
	putchar('\n');
	fflush(stdout);
	return true;
}

static enum outcome run_raw(const struct client_options *o)
{
	struct conn w = {.chunk = o->chunk, .verbose = o->verbose};
	struct pollfd polls[2] = {{.events = POLLIN}, {.events = POLLIN}};
	int ready;

	if (conn_connect(&w, o->host, o->port, o->source, o->timeout))
		return OUTCOME_LOST;

	polls[0].fd = w.fd;
	polls[1].fd = STDIN_FILENO;
	while ((ready = poll(polls, 2, (int)o->timeout * 1000)) > 0) {
		if (polls[0].revents && !raw_print(&w))
			break;
		if (polls[1].revents && !raw_forward(&w)) {
			polls[1].fd = -1;
			if (o->shutdown)
				shutdown(w.fd, SHUT_WR);
		}
	}
	close(w.fd);
	return ready > 0 ? OUTCOME_OK : OUTCOME_LOST;
}

static void print_now(const struct server_offer *offer)
{
	server_offer_print(offer, stdout);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct client_options o = {
		.host = "127.0.0.1",
		.port = "3653",
		.version = "2.0.2",
		.mechanism = "ANONYMOUS",
		.user = "",
		.password = "",
		.type = "v6v4",
		.action = "create",
		.timeout = 10,
		.on_offer = print_now,
	};
	bool raw = false;
	struct client c;
	enum outcome result;
	int id;

	while ((id = getopt_long(argc, argv, "v", long_options, NULL)) != -1) {
		const char **text = text_option(&o, id);

		if (text)
			*text = optarg;
		else
			other_option(&o, id, &raw);
	}
	if (optind < argc)
		usage("no arguments beside options");
	if (raw)
		return (int)run_raw(&o);

	result = client_run(&c, &o);
	if (result == OUTCOME_STATUS)
		print_now(&c.offer);
	return (int)result;
}
