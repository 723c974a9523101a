// SPDX-License-Identifier: MIT
/*
 * tsp-replay.c - plays a recorded conversation against a server
 *
 * usage: tsp-replay [-uv] [-c CHARSET] HOST PORT SCRIPT
 *
 * A script is a list of steps, a line each:
 *
 *	# text			remark
 *	> BYTES			send, in one piece
 *	+ BYTES			more bytes of the step before
 *	< PATTERN		one read has to bring exactly this; * and ? as in the shell
 *	pause MILLISECONDS	as the recorded client did
 *	digest USER PASSWORD URI [BYTES]	answer the challenge that came last, as gogoc does, with
 *				BYTES behind the answer
 *	rspauth			one read has to bring the server's proof for that answer
 *	header HEX		over UDP: the header of the messages that follow, and of the
 *				answers to them
 *	closed			the server closes
 *
 * BYTES and PATTERN have \r, \n, \\ and \xHH; * and ? that mean themselves do not occur.
 * -c sets the charset of the digest response, in place of the challenge's. -u is UDP: each step
 * is a datagram, and `> ` alone sends a bare header.
 *
 * Exit status: 0 the server said all that the script expects, 1 it did not, 100 usage.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tools/lib/gogoc_digest.h"
#include "tests/tools/lib/conn.h"

#define STEP_MAX   8192
#define HEADER_LEN 8

/** struct replay - a script being played */
struct replay {
	struct conn conn;
	FILE *script;
	const char *charset;
	unsigned line_number;
	bool ended;
	bool udp;
	char header[HEADER_LEN];
	char line[STEP_MAX];       /* the script's next line */
	char last[CONN_REPLY_MAX]; /* last thing received */
	char rspauth[GOGOC_DIGEST_LINE_MAX];
};

static void next_line(struct replay *r)
{
	r->line[0] = '\0';
	r->ended = !fgets(r->line, sizeof(r->line), r->script);
	r->line[strcspn(r->line, "\n")] = '\0';
	r->line_number++;
}

static int failed(const struct replay *r, const char *why)
{
	fprintf(stderr, "line %u: %s\n", r->line_number, why);
	return -1;
}

/* Appends @text with its escapes undone; the new length, or 0 for a bad escape */
static size_t unescape(const char *text, char *out, size_t len)
{
	unsigned byte;

	for (; *text; text++) {
		if (*text != '\\') {
			out[len++] = *text;
			continue;
		}
		text++;
		if (*text == 'r')
			out[len++] = '\r';
		else if (*text == 'n')
			out[len++] = '\n';
		else if (*text == '\\')
			out[len++] = '\\';
		else if (sscanf(text, "x%2x", &byte) == 1)
			out[len++] = (char)byte, text += 2;
		else
			return 0;
	}
	return len;
}

/** put() - send a message, behind the header over UDP; 0, or -1 */
static int put(struct replay *r, const char *data, size_t len)
{
	char datagram[HEADER_LEN + STEP_MAX];

	if (!r->udp)
		return conn_send(&r->conn, data, len);
	memcpy(datagram, r->header, HEADER_LEN);
	memcpy(datagram + HEADER_LEN, data, len);
	return conn_send(&r->conn, datagram, HEADER_LEN + len);
}

/* The step's text and that of the '+' lines after it; moves on to the line after them */
static size_t step_bytes(struct replay *r, char out[STEP_MAX])
{
	size_t len = 0;

	do {
		if (strlen(r->line) < 2 || len + strlen(r->line) >= STEP_MAX)
			return 0;
		len = unescape(r->line + 2, out, len);
		out[len] = '\0';
		next_line(r);
	} while (len && r->line[0] == '+');
	return len;
}

static int receive(struct replay *r)
{
	ssize_t got = recv(r->conn.fd, r->last, sizeof(r->last) - 1, 0);

	if (got < 0)
		return failed(r, strerror(errno));
	if (r->udp) {
		if (got < HEADER_LEN || memcmp(r->last, r->header, HEADER_LEN) != 0)
			return failed(r, "another header came back");
		got -= HEADER_LEN;
		memmove(r->last, r->last + HEADER_LEN, (size_t)got);
	}
	r->last[got] = '\0';
	if (r->conn.verbose)
		conn_show("<", r->last, (size_t)got);
	return got > 0 || r->udp ? 0 : failed(r, "the server closed");
}

static int expect(struct replay *r, const char *pattern)
{
	unsigned at = r->line_number;

	if (receive(r))
		return -1;
	if (fnmatch(pattern, r->last, FNM_NOESCAPE) == 0)
		return 0;

	fprintf(stderr, "before line %u\n", at);
	conn_show("expected:", pattern, strlen(pattern));
	conn_show("received:", r->last, strlen(r->last));
	return -1;
}

static int answer_challenge(struct replay *r)
{
	char user[128], password[128], uri[128], tail[64] = "";
	char line[GOGOC_DIGEST_LINE_MAX + sizeof(tail)];
	struct gogoc_digest_login login = {user, password, uri, r->charset};

	if (sscanf(r->line, "digest %127s %127s %127s %63s", user, password, uri, tail) <
	    3)
		return failed(r, "digest USER PASSWORD URI [BYTES]");
	r->last[strcspn(r->last, "\r\n")] = '\0';
	if (gogoc_digest_answer(&login, r->last, line, r->rspauth))
		return -1;
	return put(r, line, unescape(tail, line, strlen(line)));
}

/** set_header() - "header HEX" */
static int set_header(struct replay *r)
{
	const char *hex = r->line + strlen("header ");
	unsigned byte;
	int i;

	for (i = 0; i < HEADER_LEN; i++, hex += 2) {
		if (sscanf(hex, "%2x", &byte) != 1)
			return failed(r, "header HEX, 16 digits");
		r->header[i] = (char)byte;
	}
	return *hex ? failed(r, "header HEX, 16 digits") : 0;
}

static int expect_close(struct replay *r)
{
	char byte;

	return recv(r->conn.fd, &byte, 1, 0) == 0 ? 0
						  : failed(r, "the server did not close");
}

/* Steps that are words; each is one line */
static int word_step(struct replay *r)
{
	if (strncmp(r->line, "pause ", 6) == 0) {
		conn_pause(strtol(r->line + 6, NULL, 10));
		return 0;
	}
	if (strncmp(r->line, "header ", 7) == 0)
		return set_header(r);
	if (strncmp(r->line, "digest ", 7) == 0)
		return answer_challenge(r);
	if (strcmp(r->line, "rspauth") == 0)
		return expect(r, r->rspauth);
	if (strcmp(r->line, "closed") == 0)
		return expect_close(r);
	return failed(r, "no such step");
}

static int step(struct replay *r)
{
	char bytes[STEP_MAX], kind = r->line[0];
	size_t len;
	int rc;

	if (kind != '>' && kind != '<') {
		rc = kind == '#' ? 0 : word_step(r);
		next_line(r);
		return rc;
	}

	if (r->udp && strlen(r->line) == 2) { /* nothing behind the header */
		next_line(r);
		return kind == '>' ? put(r, "", 0) : expect(r, "");
	}
	len = step_bytes(r, bytes);
	if (!len)
		return failed(r, "an empty step or a bad escape");
	return kind == '>' ? put(r, bytes, len) : expect(r, bytes);
}

static int play(struct replay *r)
{
	int rc = 0;

	next_line(r);
	while (!rc && !r->ended)
		rc = step(r);
	return rc;
}

int main(int argc, char **argv)
{
	static struct replay r;
	int option, rc;

	while ((option = getopt(argc, argv, "uvc:")) != -1) {
		if (option == 'v')
			r.conn.verbose = true;
		else if (option == 'u')
			r.udp = true;
		else if (option == 'c')
			r.charset = optarg;
		else
			return OUTCOME_USAGE;
	}
	if (argc - optind != 3) {
		fputs("usage: tsp-replay [-uv] [-c CHARSET] HOST PORT SCRIPT\n", stderr);
		return OUTCOME_USAGE;
	}

	r.script = fopen(argv[optind + 2], "re");
	if (!r.script) {
		perror(argv[optind + 2]);
		return OUTCOME_USAGE;
	}
	r.conn.datagrams = r.udp;
	rc = conn_connect(&r.conn, argv[optind], argv[optind + 1], NULL, 10);
	if (!rc) {
		rc = play(&r);
		close(r.conn.fd);
	}
	fclose(r.script);
	return rc ? 1 : 0;
}
