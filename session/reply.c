/* SPDX-License-Identifier: MIT */
/*
 * reply.c - write replies exactly as clients need them (RFC 5572, 4.5 and 4.7)
 *
 * Clients in the field do not parse XML, they look for strings: the layout here is the one
 * that they know. CRLF ends every line, an address stands in its element without white
 * space, and IPv6 addresses are written in full, since some clients cut a compressed prefix
 * in the wrong place and others cannot read one. Names need no escaping: user ids and
 * domains contain no XML metacharacters.
 */
#include "session/reply.h"

#include <errno.h>

#include "lib/addr.h"
#include "lib/base64.h"
#include "lib/prefix.h"
#include "tsp/message.h"

#define CRLF "\r\n"

/**
 * reply_base64() - write a message of a SASL mechanism as a line
 * @out:	Reply
 * @data:	Message
 * @len:	Its length in bytes
 */
void reply_base64(struct buf *out, const uint8_t *data, size_t len)
{
	base64_encode(out, data, len);
	buf_text(out, CRLF);
}

/** add_address4() - add an <address> line; @indent is the white space before it */
static void add_address4(struct buf *out, const char *indent, struct in_addr address)
{
	char text[INET_ADDRSTRLEN];

	addr_format4(address, text);
	buf_printf(out, "%s<address type=\"ipv4\">%s</address>" CRLF, indent, text);
}

static void add_address6(struct buf *out, const char *indent,
			 const struct in6_addr *address)
{
	char text[ADDR6_FULL_LEN];

	addr_format6_full(address, text);
	buf_printf(out, "%s<address type=\"ipv6\">%s</address>" CRLF, indent, text);
}

static void add_name(struct buf *out, const char *indent, const char *name)
{
	buf_printf(out, "%s<address type=\"dn\">%s</address>" CRLF, indent, name);
}

/** add_broker() - add one of the other brokers, given as an address or a name */
static void add_broker(struct buf *out, const char *broker)
{
	struct in_addr ipv4;
	struct in6_addr ipv6;

	buf_text(out, " <broker>" CRLF);
	if (!addr_parse4(broker, &ipv4))
		add_address4(out, "  ", ipv4);
	else if (!addr_parse6(broker, &ipv6))
		add_address6(out, "  ", &ipv6);
	else
		add_name(out, "  ", broker);
	buf_text(out, " </broker>" CRLF);
}

/** add_brokers() - add the list of other brokers, as many as fit */
static void add_brokers(struct buf *out, const struct config *config)
{
	static const char end[] = "</tunnel>" CRLF;
	char text[CONFIG_NAME_MAX + 64]; /* one <broker> */
	size_t i;

	buf_text(out, "<tunnel action=\"list\" type=\"broker\">" CRLF);
	for (i = 0; i < config->redirect_count; i++) {
		struct buf broker = BUF_ON(text);

		add_broker(&broker, config->redirect[i]);
		if (broker.len + sizeof(end) >= out->size - out->len)
			break;
		buf_add(out, broker.data, broker.len);
	}
	buf_text(out, end);
}

/**
 * reply_line() - write a status as a line, as before the command phase
 * @out:	Reply
 * @config:	Other brokers; NULL: none
 * @result:	Status, and for 501 the address that was seen
 *
 * With other brokers, a status that they might help with is raised by 1000, and their list
 * follows (RFC 5572, 4.5).
 */
void reply_line(struct buf *out, const struct config *config,
		const struct ipc_result *result)
{
	enum status status = (enum status)result->status;
	bool list = config && config->redirect_count && status_redirects(status);
	const char *text = status_text(status);
	char seen[INET_ADDRSTRLEN];

	buf_printf(out, "%u %s", list ? status + STATUS_WITH_BROKERS : status,
		   text ? text : "Unknown status");
	if (result->has_seen) {
		addr_format4(result->seen, seen);
		buf_printf(out, ": this connection comes from %s", seen);
	}
	buf_text(out, CRLF);
	if (list)
		add_brokers(out, config);
}

/** add_framed() - add Content-length and the body that it counts (RFC 5572, 4.1) */
static void add_framed(struct buf *out, const struct buf *body)
{
	buf_printf(out, "Content-length: %zu" CRLF, body->len);
	buf_add(out, body->data, body->len);
}

/**
 * reply_status() - write a status in the command phase, with its length before it
 * @out:	Reply
 * @config:	Other brokers; NULL: none
 * @result:	As reply_line()
 */
void reply_status(struct buf *out, const struct config *config,
		  const struct ipc_result *result)
{
	char text[REPLY_SIZE - 64];
	struct buf body = BUF_ON(text);

	reply_line(&body, config, result);
	add_framed(out, &body);
}

/** add_server() - add the server's end of the tunnel */
static void add_server(struct buf *out, const struct ipc_tunnel *tunnel)
{
	buf_text(out, " <server>" CRLF);
	add_address4(out, "  ", tunnel->server_ipv4);
	add_address6(out, "  ", &tunnel->server_ipv6);
	buf_text(out, " </server>" CRLF);
}

/** add_dns() - add DNS servers; stock gogoc crashes on a modern C library without one */
static void add_dns(struct buf *out, const struct config *config)
{
	size_t i;

	if (!config->dns_count)
		return;
	buf_text(out, "  <dns_server>" CRLF);
	for (i = 0; i < config->dns_count; i++)
		add_address6(out, "   ", &config->dns[i]);
	buf_text(out, "  </dns_server>" CRLF);
}

/** add_keepalive() - add the address to ping and the interval; without one clients reconnect */
static void add_keepalive(struct buf *out, const struct ipc_tunnel *tunnel)
{
	if (!tunnel->keepalive_seconds)
		return;
	buf_printf(out, "  <keepalive interval=\"%u\">" CRLF, tunnel->keepalive_seconds);
	add_address6(out, "   ", &tunnel->keepalive);
	buf_text(out, "  </keepalive>" CRLF);
}

/** add_router() - add the delegated prefix */
static void add_router(struct buf *out, const struct prefix6 *prefix)
{
	char text[ADDR6_FULL_LEN];

	if (!prefix->len)
		return;
	addr_format6_full(&prefix->addr, text);
	buf_text(out, "  <router>" CRLF);
	buf_printf(out, "   <prefix length=\"%u\">%s</prefix>" CRLF, prefix->len, text);
	buf_text(out, "  </router>" CRLF);
}

/** add_client() - add the client's end of the tunnel */
static void add_client(struct buf *out, const struct config *config,
		       const struct ipc_tunnel *tunnel)
{
	buf_text(out, " <client>" CRLF);
	add_address4(out, "  ", tunnel->client_ipv4);
	add_address6(out, "  ", &tunnel->client_ipv6);
	if (tunnel->name[0])
		add_name(out, "  ", tunnel->name);
	add_dns(out, config);
	add_keepalive(out, tunnel);
	add_router(out, &tunnel->prefix);
	buf_text(out, " </client>" CRLF);
}

/**
 * reply_offer() - write 200 and a tunnel
 * @out:	Reply
 * @config:	DNS servers for the client
 * @tunnel:	The tunnel; its type must be one that clients build
 *
 * Return: 0; -1 with EINVAL for another type, EMSGSIZE when it does not fit
 */
int reply_offer(struct buf *out, const struct config *config,
		const struct ipc_tunnel *tunnel)
{
	const char *type = tunnel_type_name(tunnel->type);
	char text[REPLY_SIZE - 64];
	struct buf body = BUF_ON(text);

	if (!type || tunnel->type == TUNNEL_V6ANYV4) {
		errno = EINVAL;
		return -1;
	}
	buf_printf(&body, "%u %s" CRLF, STATUS_SUCCESS, status_text(STATUS_SUCCESS));
	buf_printf(&body, "<tunnel action=\"info\" type=\"%s\" lifetime=\"%u\">" CRLF,
		   type, tunnel->lifetime_minutes);
	add_server(&body, tunnel);
	add_client(&body, config, tunnel);
	buf_text(&body, "</tunnel>" CRLF);
	add_framed(out, &body);
	if (!body.full && !out->full)
		return 0;
	errno = EMSGSIZE;
	return -1;
}
