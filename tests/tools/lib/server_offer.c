// SPDX-License-Identifier: MIT
/* server_offer.c - a server's answer, read as strictly as by clients in the field */
#include "tests/tools/lib/server_offer.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "tests/tools/lib/strict_xml.h"

#define AT(field) offsetof(struct server_offer, field)

/* Texts of elements: path, type attribute, field, several allowed */
static const struct {
	const char *path;
	const char *type;
	size_t field;
	bool list;
} texts[] = {
	{"tunnel/server/address", "ipv4", AT(server_ipv4), false},
	{"tunnel/server/address", "ipv6", AT(server_ipv6), false},
	{"tunnel/client/address", "ipv4", AT(client_ipv4), false},
	{"tunnel/client/address", "ipv6", AT(client_ipv6), false},
	{"tunnel/client/address", "dn", AT(client_name), false},
	{"tunnel/client/router/prefix", "", AT(prefix), false},
	{"tunnel/client/keepalive/address", "ipv6", AT(keepalive_address), false},
	{"tunnel/client/dns_server/address", "ipv6", AT(dns), true},
	{"tunnel/client/router/dns_server/address", "ipv6", AT(dns), true},
	{"tunnel/broker/address", "ipv4", AT(brokers), true},
	{"tunnel/broker/address", "ipv6", AT(brokers), true},
	{"tunnel/broker/address", "dn", AT(brokers), true},
};

static const struct {
	const char *path;
	const char *name;
	size_t field;
} attributes[] = {
	{"tunnel", "action", AT(action)},
	{"tunnel", "type", AT(type)},
	{"tunnel", "lifetime", AT(lifetime)},
	{"tunnel/client/keepalive", "interval", AT(keepalive)},
	{"tunnel/client/router/prefix", "length", AT(prefixlen)},
};

/* The words of server_offer_print(), in the order of printing */
static const struct {
	const char *name;
	size_t field;
} words[] = {
	{"STATUS", AT(status)},
	{"TEXT", AT(text)},
	{"TYPE", AT(type)},
	{"LIFETIME", AT(lifetime)},
	{"SERVER_IPV4", AT(server_ipv4)},
	{"CLIENT_IPV4", AT(client_ipv4)},
	{"SERVER_IPV6", AT(server_ipv6)},
	{"CLIENT_IPV6", AT(client_ipv6)},
	{"CLIENT_NAME", AT(client_name)},
	{"PREFIX", AT(prefix)},
	{"PREFIXLEN", AT(prefixlen)},
	{"KEEPALIVE", AT(keepalive)},
	{"KEEPALIVE_ADDRESS", AT(keepalive_address)},
	{"DNS", AT(dns)},
	{"BROKERS", AT(brokers)},
};

static enum outcome put(struct server_offer *offer, size_t field, const char *value,
			bool list, const char *path)
{
	char *at = (char *)offer + field;
	size_t used = strlen(at);

	if (used && !list)
		return violation("<%s> twice", path);
	if (used + strlen(value) + 2 > SERVER_OFFER_FIELD_MAX)
		return violation("too long: '%s'", value);

	snprintf(at + used, SERVER_OFFER_FIELD_MAX - used, "%s%s", used ? " " : "",
		 value);
	return OUTCOME_OK;
}

static enum outcome on_attribute(void *arg, const char *path, const char *name,
				 const char *value)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		if (strcmp(attributes[i].path, path) == 0 &&
		    strcmp(attributes[i].name, name) == 0)
			return put(arg, attributes[i].field, value, false, path);
	}
	return OUTCOME_OK; /* clients skip unknown elements */
}

static enum outcome on_text(void *arg, const char *path, const char *type,
			    const char *text)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(texts[i].path, path) != 0 || strcmp(texts[i].type, type) != 0)
			continue;
		if (!*text || strpbrk(text, " \t\r\n"))
			return violation("blank or empty <%s>: '%s'", path, text);
		return put(arg, texts[i].field, text, texts[i].list, path);
	}
	return OUTCOME_OK;
}

static enum outcome read_xml(struct server_offer *offer, const char *xml)
{
	struct strict_xml_visitor visitor = {on_attribute, on_text, offer};

	return strict_xml_walk(xml, &visitor);
}

/**
 * server_offer_status() - "200 Success": a status line without its CRLF
 *
 * Return: OUTCOME_OK for 200, OUTCOME_STATUS for another status
 */
enum outcome server_offer_status(struct server_offer *offer, const char *line)
{
	size_t digits = strspn(line, "0123456789");
	size_t want = *line == '1' ? 4 : 3;

	if (digits != want || line[digits] != ' ' || !line[digits + 1])
		return violation("no status line: '%s'", line);
	if (strlen(line) >= sizeof(offer->text))
		return violation("a status line of %zu bytes", strlen(line));

	memcpy(offer->status, line, digits);
	offer->status[digits] = '\0';
	strcpy(offer->text, line + digits + 1);
	return strcmp(offer->status, "200") == 0 ? OUTCOME_OK : OUTCOME_STATUS;
}

/** server_offer_brokers() - the XML after a status of 1000 and more */
enum outcome server_offer_brokers(struct server_offer *offer, const char *xml)
{
	if (read_xml(offer, xml))
		return OUTCOME_VIOLATION;
	if (!*offer->brokers)
		return violation("status %s without a broker", offer->status);
	return OUTCOME_STATUS;
}

/**
 * server_offer_read() - the body of a framed answer: status line, CRLF, XML or nothing
 * @body:	NUL-terminated; is taken apart
 *
 * Return: OUTCOME_OK for status 200
 */
enum outcome server_offer_read(struct server_offer *offer, char *body)
{
	char *crlf = strstr(body, "\r\n");
	char *xml;
	enum outcome o;

	if (!crlf)
		return violation("no CRLF after the status");
	*crlf = '\0';
	xml = crlf + 2;

	o = server_offer_status(offer, body);
	if (o == OUTCOME_STATUS && strlen(offer->status) == 4)
		return server_offer_brokers(offer, xml);
	if (o != OUTCOME_VIOLATION && *xml && read_xml(offer, xml))
		return OUTCOME_VIOLATION;
	return o;
}

/* Full form: eight groups of four lower-case digits */
static bool is_full_ipv6(const char *text)
{
	if (strlen(text) != 39)
		return false;
	for (unsigned i = 0; i < 39; i++) {
		if (i % 5 == 4 ? text[i] != ':' : !strchr("0123456789abcdef", text[i]))
			return false;
	}
	return true;
}

static bool is_ipv4(const char *text)
{
	struct in_addr a;

	return inet_pton(AF_INET, text, &a) == 1;
}

static bool is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

/* Each address of a list with blanks between */
static bool are_full_ipv6(const char *list)
{
	char copy[SERVER_OFFER_FIELD_MAX], *save = NULL;

	strcpy(copy, list);
	for (char *a = strtok_r(copy, " ", &save); a; a = strtok_r(NULL, " ", &save)) {
		if (!is_full_ipv6(a))
			return false;
	}
	return true;
}

/** server_offer_check() - is a 200 with a tunnel all that a client needs? */
enum outcome server_offer_check(const struct server_offer *offer)
{
	if (strcmp(offer->action, "info") != 0)
		return violation("action '%s' in an offer", offer->action);
	if (strcmp(offer->type, "v6v4") != 0 && strcmp(offer->type, "v6udpv4") != 0)
		return violation("type '%s' in an offer", offer->type);
	if (!is_number(offer->lifetime))
		return violation("lifetime '%s'", offer->lifetime);
	if (!is_ipv4(offer->server_ipv4) || !is_ipv4(offer->client_ipv4))
		return violation("IPv4 '%s' and '%s'", offer->server_ipv4,
				 offer->client_ipv4);
	if (!is_full_ipv6(offer->server_ipv6) || !is_full_ipv6(offer->client_ipv6))
		return violation("IPv6 '%s' and '%s'", offer->server_ipv6,
				 offer->client_ipv6);
	if (!*offer->prefix != !*offer->prefixlen)
		return violation("prefix '%s' length '%s'", offer->prefix,
				 offer->prefixlen);
	if (*offer->prefix &&
	    (!is_full_ipv6(offer->prefix) || !is_number(offer->prefixlen)))
		return violation("prefix '%s' length '%s'", offer->prefix,
				 offer->prefixlen);
	if (*offer->keepalive && !is_full_ipv6(offer->keepalive_address))
		return violation("keepalive address '%s'", offer->keepalive_address);
	if (*offer->keepalive_address && !is_number(offer->keepalive))
		return violation("keepalive interval '%s'", offer->keepalive);
	if (!are_full_ipv6(offer->dns))
		return violation("dns_server '%s'", offer->dns);
	return OUTCOME_OK;
}

static void print_word(FILE *file, const char *name, const char *value)
{
	fprintf(file, "%s='", name);
	for (; *value; value++) {
		if (*value == '\'')
			fputs("'\\''", file);
		else
			fputc(isprint((unsigned char)*value) ? *value : '?', file);
	}
	fputs("'\n", file);
}

/**
 * server_offer_print() - NAME='VALUE' lines that a shell can read; words without a value are left out
 */
void server_offer_print(const struct server_offer *offer, FILE *file)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *value = (const char *)offer + words[i].field;

		if (!*value)
			continue;
		if (value[strcspn(value, " '()$`\"\\;&|<>*?[]~#!")])
			print_word(file, words[i].name, value);
		else
			fprintf(file, "%s=%s\n", words[i].name, value);
	}
}
