/* SPDX-License-Identifier: MIT */
/*
 * variables.c - parse a tunnel's template variables (tsp-template(7))
 *
 * One tunnel comes in the environment, many come as lines with the same values in a fixed
 * order.
 */
#include "datapath/variables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/parse.h"
#include "lib/tunnel_type.h"

/** enum column - positions of the words that are used here */
enum column {
	MODE = 0,
	SERVER_IPV4 = 3,
	CLIENT_IPV4 = 4,
	CLIENT_PORT = 5,
	CLIENT_IPV6 = 8,
	PREFIXLEN = 10,
	LEASE = 13,
	LEAST = 15, /* words that each line has */
	KEEPALIVE = 15,
	COLUMNS = 16 /* later versions may add words */
};

static const char *const names[COLUMNS] = {
	[MODE] = "TSP_TUNNEL_MODE",
	[SERVER_IPV4] = "TSP_SERVER_ADDRESS_IPV4",
	[CLIENT_IPV4] = "TSP_CLIENT_ADDRESS_IPV4",
	[CLIENT_PORT] = "TSP_CLIENT_PORT",
	[CLIENT_IPV6] = "TSP_CLIENT_ADDRESS_IPV6",
	[PREFIXLEN] = "TSP_PREFIXLEN",
	[LEASE] = "TSP_LEASE",
	[KEEPALIVE] = "TSP_KEEPALIVE_ADDRESS_IPV6",
};

/** refuse() - log which variable is wrong; -1 with EINVAL */
static int refuse(enum column which, const char *value)
{
	log_msg(LOG_ERR, "%s: %s: '%s'", names[which], *value ? "not valid" : "not set",
		value);
	errno = EINVAL;
	return -1;
}

/** refuse_secret() - like refuse(), but the value stays secret */
static int refuse_secret(void)
{
	log_msg(LOG_ERR, "%s: not valid", names[KEEPALIVE]);
	errno = EINVAL;
	return -1;
}

/** read_endpoint() - the client's end; -1, logged */
static int read_endpoint(const char *const words[COLUMNS], struct request *out)
{
	enum tunnel_type mode = tunnel_type_by_name(words[MODE]);
	uint32_t port = 0;

	if (addr_parse4(words[CLIENT_IPV4], &out->client.addr) ||
	    !out->client.addr.s_addr)
		return refuse(CLIENT_IPV4, words[CLIENT_IPV4]);
	if (mode != TUNNEL_V6V4 && mode != TUNNEL_V6UDPV4)
		return refuse(MODE, words[MODE]);
	if (mode == TUNNEL_V6UDPV4 && parse_u32(words[CLIENT_PORT], 1, UINT16_MAX, &port))
		return refuse(CLIENT_PORT, words[CLIENT_PORT]);
	out->client.port = (uint16_t)port;
	return 0;
}

/** read_words() - a request from its words, "" for those that are not set; -1, logged */
static int read_words(const char *const words[COLUMNS], struct request *out)
{
	uint32_t len;

	memset(out, 0, sizeof(*out));
	if (read_endpoint(words, out))
		return -1;
	if (*words[SERVER_IPV4] && addr_parse4(words[SERVER_IPV4], &out->server))
		return refuse(SERVER_IPV4, words[SERVER_IPV4]);
	if (addr_parse6(words[CLIENT_IPV6], &out->address))
		return refuse(CLIENT_IPV6, words[CLIENT_IPV6]);
	if (*words[PREFIXLEN]) {
		if (parse_u32(words[PREFIXLEN], 1, 64, &len))
			return refuse(PREFIXLEN, words[PREFIXLEN]);
		out->prefix_len = (uint8_t)len;
	}
	if (parse_u32(words[LEASE], 1, UINT32_MAX, &out->lease))
		return refuse(LEASE, words[LEASE]);
	if (*words[KEEPALIVE] && addr_parse6(words[KEEPALIVE], &out->keepalive))
		return refuse_secret();
	return 0;
}

/**
 * variables_environment() - parse the tunnel in the environment
 * @out:	Result
 *
 * Return: 0; -1 with EINVAL, logged
 */
int variables_environment(struct request *out)
{
	const char *words[COLUMNS];
	size_t i;

	for (i = 0; i < COLUMNS; i++) {
		const char *value = names[i] ? getenv(names[i]) : NULL;

		words[i] = value ? value : "";
	}
	return read_words(words, out);
}

/**
 * variables_line() - parse a tunnel from a line of a batch
 * @line:	Line without its newline; it is changed
 * @out:	Result
 *
 * Return: 0; -1 with EINVAL, logged
 */
int variables_line(char *line, struct request *out)
{
	const char *words[COLUMNS];
	char *word;
	size_t i;

	for (i = 0; i < COLUMNS; i++) {
		word = strsep(&line, " ");
		if (!word && i >= LEAST) {
			words[i] = "";
			continue;
		}
		if (!word || !*word) {
			log_msg(LOG_ERR, "a line has %zu words instead of %d", i, LEAST);
			errno = EINVAL;
			return -1;
		}
		words[i] = strcmp(word, "-") ? word : "";
	}
	return read_words(words, out);
}
