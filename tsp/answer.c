/* SPDX-License-Identifier: MIT */
/*
 * answer.c - what a server says in XML: an offer, or other brokers (RFC 5572, 4.5 and 4.7)
 *
 * Read into numbers and binary addresses. The one text is the client's name, of letters,
 * digits and "._@+-": any other name is dropped. Whether the numbers make sense for this
 * client is not decided here (client/trust.c).
 */
#include "tsp/answer.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/parse.h"
#include "lib/tunnel_type.h"
#include "tsp/tree.h"

#define ADDRESS_TEXT 64 /* room for the longest address */

/** invalid() - the answer is of no use */
static int invalid(void)
{
	errno = EINVAL;
	return -1;
}

/** is_name() - letters, digits and "._@+-", beginning with a letter or digit */
static bool is_name(const char *text)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789._@+-";

	return *text && !strchr("._@+-", *text) && !text[strspn(text, set)];
}

/** read_address() - text of the address of @parent: 1; 0: it has none; -1 with errno */
static int read_address(struct tree_element *parent, const char *type,
			char text[ADDRESS_TEXT])
{
	struct tree_element *address;

	if (tree_child(parent, "address", type, &address))
		return -1;
	if (!address)
		return 0;
	tree_text(address, text, ADDRESS_TEXT);
	return 1;
}

/** read_ipv4() - the IPv4 address of @parent; zero if it has none */
static int read_ipv4(struct tree_element *parent, struct in_addr *out)
{
	char text[ADDRESS_TEXT];
	int found = read_address(parent, "ipv4", text);

	return found > 0 ? addr_parse4(text, out) : found;
}

/** read_ipv6() - the IPv6 address of @parent; zero if it has none */
static int read_ipv6(struct tree_element *parent, struct in6_addr *out)
{
	char text[ADDRESS_TEXT];
	int found = read_address(parent, "ipv6", text);

	return found > 0 ? addr_parse6(text, out) : found;
}

/** read_name() - the client's name, if it is one */
static int read_name(struct tree_element *client, struct answer_offer *out)
{
	struct tree_element *address;

	if (tree_child(client, "address", "dn", &address))
		return -1;
	if (address)
		tree_text(address, out->name, sizeof(out->name));
	if (!is_name(out->name))
		memset(out->name, 0, sizeof(out->name));
	return 0;
}

/** read_dns() - the first name server that has an IPv6 address */
static void read_dns(struct tree_element *client, struct answer_offer *out)
{
	struct tree_element *server = tree_next(client, "dns_server", NULL);
	struct tree_element *address = NULL;
	char text[ADDRESS_TEXT];

	while (server && (address = tree_next(server, "address", address))) {
		tree_text(address, text, sizeof(text));
		if (!addr_parse6(text, &out->dns))
			return;
	}
	memset(&out->dns, 0, sizeof(out->dns));
}

/** read_keepalive() - how often to ping which address */
static int read_keepalive(struct tree_element *client, struct answer_offer *out)
{
	struct tree_element *keepalive;
	const char *interval;

	if (tree_child(client, "keepalive", NULL, &keepalive))
		return -1;
	if (!keepalive)
		return 0;
	interval = tree_attribute(keepalive, "interval");
	if (interval && parse_u32(interval, 0, UINT32_MAX, &out->keepalive_seconds))
		return invalid();
	out->keepalive_promised = out->keepalive_seconds > 0;
	return read_ipv6(keepalive, &out->keepalive);
}

/** read_prefix() - the delegated prefix; some servers write it as ADDRESS, others ADDRESS/LEN */
static int read_prefix(struct tree_element *client, struct answer_offer *out)
{
	struct tree_element *router, *prefix;
	char text[ADDRESS_TEXT], *slash;
	const char *length;
	uint32_t len;

	if (tree_child(client, "router", NULL, &router))
		return -1;
	if (!router)
		return 0;
	if (tree_child(router, "prefix", NULL, &prefix))
		return -1;
	if (!prefix)
		return 0;
	length = tree_attribute(prefix, "length");
	tree_text(prefix, text, sizeof(text));
	slash = strchr(text, '/');
	if (slash)
		*slash = '\0';
	if (!length || parse_u32(length, 1, 128, &len) ||
	    addr_parse6(text, &out->prefix.addr))
		return invalid();
	out->prefix.len = (uint8_t)len;
	return prefix6_is_clear(&out->prefix) ? 0 : invalid();
}

static int read_tunnel(struct tree_element *tunnel, struct answer_offer *out)
{
	const char *lifetime = tree_attribute(tunnel, "lifetime");
	struct tree_element *server, *client;

	out->type = tunnel_type_by_name(tree_attribute(tunnel, "type"));
	if (lifetime && parse_u32(lifetime, 0, UINT32_MAX, &out->lifetime_minutes))
		return invalid();
	if (tree_child(tunnel, "server", NULL, &server) ||
	    tree_child(tunnel, "client", NULL, &client))
		return -1;
	if (!server || !client)
		return invalid();
	if (read_ipv4(server, &out->server_ipv4) ||
	    read_ipv6(server, &out->server_ipv6) ||
	    read_ipv4(client, &out->client_ipv4) ||
	    read_ipv6(client, &out->client_ipv6) || read_name(client, out) ||
	    read_keepalive(client, out) || read_prefix(client, out))
		return -1;
	read_dns(client, out);
	return 0;
}

/**
 * answer_offer_read() - a tunnel as struct
 * @xml:	Its text, with a NUL at @xml[@len]; comments in it become blanks
 * @len:	Its length in bytes
 * @out:	Result
 *
 * Return: 0; -1 with EINVAL for text that describes no tunnel
 */
int answer_offer_read(char *xml, size_t len, struct answer_offer *out)
{
	struct tree_element *top, *tunnel;
	const char *action;
	int result;

	memset(out, 0, sizeof(*out));
	top = tree_read(xml, len);
	if (!top)
		return -1;
	tunnel = tree_next(top, "tunnel", NULL);
	action = tunnel ? tree_attribute(tunnel, "action") : NULL;
	result = action && !strcmp(action, "info") ? read_tunnel(tunnel, out) : invalid();
	tree_free(top);
	return result;
}

/** read_broker() - one <address> of a <broker>; BROKER_NONE for an IPv6 one */
static void read_broker(struct tree_element *address, struct answer_broker *out)
{
	const char *type = tree_attribute(address, "type");

	memset(out, 0, sizeof(*out));
	tree_text(address, out->name, sizeof(out->name));
	if (type && !strcmp(type, "ipv4") && !addr_parse4(out->name, &out->ipv4))
		out->kind = BROKER_IPV4;
	else if (type && !strcmp(type, "dn") && parse_is_domain(out->name))
		out->kind = BROKER_NAME;
	if (out->kind != BROKER_NAME)
		memset(out->name, 0, sizeof(out->name));
}

/** collect_brokers() - all addresses below @tunnel, as many as there is room for */
static void collect_brokers(struct tree_element *tunnel, struct answer_brokers *out)
{
	struct tree_element *broker = NULL, *address = NULL;

	while ((broker = tree_next(tunnel, "broker", broker))) {
		while ((address = tree_next(broker, "address", address))) {
			struct answer_broker one;

			if (out->count == ANSWER_BROKERS_MAX)
				return;
			read_broker(address, &one);
			if (one.kind != BROKER_NONE)
				out->list[out->count++] = one;
		}
	}
}

/**
 * answer_brokers_read() - a list of brokers, as it follows a status of 1xxx
 * @xml:	Its text, with a NUL at @xml[@len]; comments in it become blanks
 * @len:	Its length in bytes
 * @out:	Result; IPv6 addresses, and names that are not names, are left out
 *
 * Return: 0; -1 with EINVAL for text that is no list
 */
int answer_brokers_read(char *xml, size_t len, struct answer_brokers *out)
{
	struct tree_element *top, *tunnel;

	memset(out, 0, sizeof(*out));
	top = tree_read(xml, len);
	if (!top)
		return -1;
	tunnel = tree_next(top, "tunnel", NULL);
	if (tunnel)
		collect_brokers(tunnel, out);
	tree_free(top);
	return tunnel ? 0 : invalid();
}
