// SPDX-License-Identifier: MIT
/*
 * client.c - one TSP conversation
 *
 * Each step is a part that sends and a part that reads. Step by step they alternate; a
 * pipelining client sends all it can before it reads: version, login (but DIGEST-MD5,
 * which has to see the challenge) and request. The answer to an offer needs the offer.
 */
#include "tests/tools/lib/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/** client_eol() - how this client ends its lines */
const char *client_eol(const struct client *c)
{
	return c->options->lf ? "\n" : "\r\n";
}

/** client_send() - send bytes; a server that closed is lost */
enum outcome client_send(struct client *c, const char *data, size_t len)
{
	if (conn_send(&c->conn, data, len)) {
		fprintf(stderr, "lost: %s\n", strerror(errno));
		return OUTCOME_LOST;
	}
	return OUTCOME_OK;
}

/** client_read_status() - a status line, with a broker list after it from 1000 on */
enum outcome client_read_status(struct client *c)
{
	char line[SERVER_OFFER_FIELD_MAX], list[CONN_REPLY_MAX];
	bool apart = c->conn.apart;
	enum outcome o;

	c->conn.apart = false;
	o = conn_line(&c->conn, line, sizeof(line));
	c->conn.apart = apart;
	if (o)
		return o;

	o = server_offer_status(&c->offer, line);
	if (o == OUTCOME_STATUS && strlen(c->offer.status) == 4) {
		o = conn_rest(&c->conn, list, sizeof(list));
		return o ? o : server_offer_brokers(&c->offer, list);
	}
	if (c->conn.apart && c->conn.len)
		return violation("%zu bytes after '%s' in the same read", c->conn.len,
				 line);
	return o;
}

static enum outcome version_send(struct client *c)
{
	char line[128];
	int len = snprintf(line, sizeof(line), "VERSION=%s%s", c->options->version,
			   c->options->unended ? "" : client_eol(c));

	return client_send(c, line, (size_t)len);
}

static enum outcome check_capability(const char *line)
{
	if (strncmp(line, "CAPABILITY TUNNEL=", 18) != 0 || !strstr(line, " AUTH="))
		return violation("capabilities '%s'", line);
	if (strstr(line, "V6ANYV4"))
		return violation("tunnel tokens in '%s'", line);
	return OUTCOME_OK;
}

static enum outcome version_finish(struct client *c)
{
	char line[SERVER_OFFER_FIELD_MAX];
	enum outcome o;

	if (!c->conn.len) { /* which of the two comes shows in its first byte */
		ssize_t got = recv(c->conn.fd, line, 1, MSG_PEEK);

		if (got == 1 && *line != 'C')
			return client_read_status(c);
	}
	o = conn_line(&c->conn, line, sizeof(line));
	return o ? o : check_capability(line);
}

static void own_address(struct client *c, char out[INET_ADDRSTRLEN])
{
	struct sockaddr_in own = {0};
	socklen_t len = sizeof(own);

	getsockname(c->conn.fd, (struct sockaddr *)&own, &len);
	inet_ntop(AF_INET, &own.sin_addr, out, INET_ADDRSTRLEN);
}

/* gogoc asks for a prefix so, DNS servers' names included */
static int router_xml(char *out, size_t size, unsigned prefix, const char *eol)
{
	return snprintf(out, size,
			"  <router>%s"
			"   <prefix length=\"%u\"/>%s"
			"   <dns_server>%s"
			"     <address type=\"dn\">ns1.example.org</address>%s"
			"   </dns_server>%s"
			"  </router>%s",
			eol, prefix, eol, eol, eol, eol, eol);
}

static enum outcome frame_send(struct client *c, const char *xml)
{
	char frame[CONN_REPLY_MAX];
	int len = snprintf(frame, sizeof(frame), "Content-length: %zu%s%s", strlen(xml),
			   client_eol(c), xml);

	return client_send(c, frame, (size_t)len);
}

static enum outcome request_send(struct client *c)
{
	const struct client_options *o = c->options;
	const char *eol = client_eol(c), *address = o->address;
	char own[INET_ADDRSTRLEN], router[1024] = "", xml[2048];

	own_address(c, own);
	if (o->claim)
		address = conn_claim(c->conn.fd, o->claim);
	if (o->prefix)
		router_xml(router, sizeof(router), o->prefix, eol);
	snprintf(xml, sizeof(xml),
		 "<tunnel action=\"%s\" type=\"%s\" proxy=\"%s\">%s"
		 " <client>%s"
		 "  <address type=\"ipv4\">%s</address>%s"
		 "  <keepalive interval=\"30\">%s"
		 "    <address type=\"ipv6\">::</address>%s"
		 "  </keepalive>%s"
		 "%s"
		 " </client>%s"
		 "</tunnel>%s",
		 o->action, o->type, o->proxy ? "yes" : "no", eol, eol,
		 address ? address : own, eol, eol, eol, eol, router, eol, eol);
	return frame_send(c, xml);
}

static enum outcome request_finish(struct client *c)
{
	char body[CONN_REPLY_MAX];
	enum outcome o = conn_frame(&c->conn, body, sizeof(body));

	if (!o)
		o = server_offer_read(&c->offer, body);
	if (!o && strcmp(c->options->action, "delete") != 0)
		o = server_offer_check(&c->offer);
	return o;
}

/* The server closes after the last message; it ignores further bytes */
static enum outcome await_close(struct client *c)
{
	char byte;
	ssize_t got = recv(c->conn.fd, &byte, 1, 0);

	if (got > 0)
		return violation("bytes after the end of the session");
	if (got < 0 && errno != ECONNRESET) {
		fprintf(stderr, "lost: the server does not close: %s\n", strerror(errno));
		return OUTCOME_LOST;
	}
	return OUTCOME_OK;
}

/* The server answers a reject, but no accept; clients wait for neither */
static enum outcome read_confirmation(struct client *c)
{
	char body[CONN_REPLY_MAX];
	struct server_offer reply = {0};
	enum outcome o = conn_frame(&c->conn, body, sizeof(body));

	return o ? o : server_offer_read(&reply, body);
}

static enum outcome answer(struct client *c)
{
	static const char *const words[] = {
		[ANSWER_ACCEPT] = "accept", [ANSWER_REJECT] = "reject"};
	enum answer a = c->options->answer;
	char xml[64];
	enum outcome o;

	if (c->options->hold)
		conn_pause(c->options->hold * 1000L);
	if (a == ANSWER_CLOSE)
		return OUTCOME_OK;
	if (a == ANSWER_NONE)
		return await_close(c);

	snprintf(xml, sizeof(xml), "<tunnel action=\"%s\"></tunnel>%s", words[a],
		 client_eol(c));
	o = frame_send(c, xml);
	if (!o && a == ANSWER_REJECT)
		o = read_confirmation(c);
	return o ? o : await_close(c);
}

static bool is_digest(const struct client_options *o)
{
	return strcmp(o->mechanism, "DIGEST-MD5") == 0;
}

static enum outcome converse_pipelined(struct client *c)
{
	enum outcome o = version_send(c);

	if (!o)
		o = login_send(c);
	if (!o && !is_digest(c->options))
		o = request_send(c);
	if (!o)
		o = version_finish(c);
	if (!o)
		o = login_finish(c);
	if (!o && is_digest(c->options))
		o = request_send(c);
	return o ? o : request_finish(c);
}

static enum outcome converse(struct client *c)
{
	enum outcome o = version_send(c);

	if (!o)
		o = version_finish(c);
	if (!o)
		o = login_send(c);
	if (!o)
		o = login_finish(c);
	if (!o)
		o = request_send(c);
	return o ? o : request_finish(c);
}

/**
 * client_run() - hold one conversation, from connect to close
 * @c:		Holds the offer, or the status, afterwards; no need to initialise it
 * @options:	What to do
 */
enum outcome client_run(struct client *c, const struct client_options *options)
{
	enum outcome o;

	memset(c, 0, sizeof(*c));
	c->options = options;
	c->conn.chunk = options->chunk;
	c->conn.apart = !options->pipeline;
	c->conn.verbose = options->verbose;
	if (conn_connect(&c->conn, options->host, options->port, options->source,
			 options->timeout))
		return OUTCOME_LOST;

	o = options->pipeline ? converse_pipelined(c) : converse(c);
	if (!o && options->on_offer)
		options->on_offer(&c->offer);
	if (!o && strcmp(options->action, "create") == 0)
		o = answer(c);
	close(c->conn.fd);
	return o;
}
