/* SPDX-License-Identifier: MIT */
/*
 * message.c - read a request's XML into a struct (RFC 5572, 4.4 and 4.7)
 *
 * Elements and attributes that TSP does not define are skipped. One that it defines must
 * not stand twice: it would be unclear which of the two is meant.
 */
#include "tsp/message.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/buf.h"
#include "lib/parse.h"
#include "tsp/tree.h"

static const char *const actions[] = {
	[MESSAGE_CREATE] = "create", [MESSAGE_INFO] = "info",
	[MESSAGE_DELETE] = "delete", [MESSAGE_ACCEPT] = "accept",
	[MESSAGE_REJECT] = "reject",
};
_Static_assert(sizeof(actions) / sizeof(actions[0]) == MESSAGE_ACTIONS,
	       "a name per action");

/** invalid() - fail with EINVAL */
static int invalid(void)
{
	errno = EINVAL;
	return -1;
}

/** index_of() - index of @text in a table of names, which may have holes; -1: not found */
static int index_of(const char *const *table, int count, const char *text)
{
	int i;

	for (i = 0; i < count; i++) {
		if (table[i] && text && !strcmp(table[i], text))
			return i;
	}
	return -1;
}

/**
 * read_addresses() - read the addresses of <client>; a server needs only the IPv4 one
 *
 * An invalid IPv4 address becomes 0.0.0.0, which no policy accepts: the broker then answers
 * 501 with the address that it saw, as for every other wrong address.
 *
 * Return: 0, or -1 with EINVAL
 */
static int read_addresses(struct tree_element *client, struct ipc_tunnel_request *out)
{
	struct tree_element *ipv4, *other;
	char text[INET_ADDRSTRLEN];

	if (tree_child(client, "address", "ipv4", &ipv4) ||
	    tree_child(client, "address", "ipv6", &other) ||
	    tree_child(client, "address", "dn", &other))
		return -1;
	if (!ipv4)
		return 0;
	out->has_ipv4 = 1;
	tree_text(ipv4, text, sizeof(text));
	if (addr_parse4(text, &out->ipv4))
		out->ipv4.s_addr = INADDR_ANY;
	return 0;
}

/** read_router() - read <router>: the client wants a prefix, of any length if it gives none */
static int read_router(struct tree_element *router, struct ipc_tunnel_request *out)
{
	struct tree_element *prefix, *dns_server;
	const char *length;
	uint32_t bits = 0;

	if (tree_child(router, "prefix", NULL, &prefix) ||
	    tree_child(router, "dns_server", NULL, &dns_server))
		return -1;
	length = prefix ? tree_attribute(prefix, "length") : NULL;
	if (length && parse_u32(length, 1, 128, &bits))
		return invalid();
	out->router = 1;
	out->prefix_len = (uint8_t)bits;
	return 0;
}

/** read_client() - read <client>: addresses, router, keepalive (the server sets its values) */
static int read_client(struct tree_element *client, struct ipc_tunnel_request *out)
{
	struct tree_element *router, *keepalive;

	if (read_addresses(client, out) || tree_child(client, "router", NULL, &router) ||
	    tree_child(client, "keepalive", NULL, &keepalive))
		return -1;
	return router ? read_router(router, out) : 0;
}

/** read_type() - read the attributes type and proxy of <tunnel> */
static int read_type(struct tree_element *tunnel, struct ipc_tunnel_request *out)
{
	const char *proxy = tree_attribute(tunnel, "proxy");
	bool wanted = false;

	if (proxy && parse_bool(proxy, &wanted))
		return invalid();
	out->type = tunnel_type_by_name(tree_attribute(tunnel, "type"));
	out->proxy = wanted;
	return 0;
}

/** is_complete() - true unless a create lacks an address that its type needs */
static bool is_complete(const struct message *message, bool has_client)
{
	const struct ipc_tunnel_request *t = &message->tunnel;

	if (message->action != MESSAGE_CREATE)
		return true;
	if (!has_client)
		return false;
	return t->has_ipv4 || t->type == TUNNEL_V4V6 || t->type == TUNNEL_NONE;
}

static int read_tunnel(struct tree_element *tunnel, struct message *out)
{
	struct tree_element *client;
	int action = index_of(actions, MESSAGE_ACTIONS, tree_attribute(tunnel, "action"));

	if (action < 0)
		return invalid();
	out->action = (enum message_action)action;
	if (read_type(tunnel, &out->tunnel) ||
	    tree_child(tunnel, "client", NULL, &client) ||
	    (client && read_client(client, &out->tunnel)))
		return -1;
	return is_complete(out, client != NULL) ? 0 : invalid();
}

/**
 * message_read() - read a request
 * @xml:	Its text, with a NUL at @xml[@len]; comments in it become blanks
 * @len:	Its length in bytes
 * @out:	Result
 *
 * Return: 0; -1 with EINVAL for a request to answer with 500
 */
int message_read(char *xml, size_t len, struct message *out)
{
	struct tree_element *top, *tunnel;
	int result;

	*out = (struct message){.action = MESSAGE_ACTIONS};
	top = tree_read(xml, len);
	if (!top)
		return -1;
	if (tree_child(top, "tunnel", NULL, &tunnel) || !tunnel)
		result = invalid();
	else
		result = read_tunnel(tunnel, out);
	tree_free(top);
	return result;
}
