/* SPDX-License-Identifier: MIT */
/*
 * policy.c - tspctl policy: a page for the public about how addresses are given
 *
 * A page has {{name}} where a value of the configuration goes. The lines {{if name}},
 * {{unless name}} and {{end}} enclose text that depends on a value. Comments are left out.
 * The head of docs/policy.md explains this to authors of pages.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc/pool.h"
#include "ctl/ui/options.h"
#include "lib/addr.h"
#include "lib/endpoint.h"
#include "lib/log.h"
#include "lib/prefix.h"
#include "tunnel/modes.h"

#ifndef POLICY_PAGE
#define POLICY_PAGE "docs/policy.md"
#endif

#define VALUES_MAX 16

/** struct value - the value of a name; empty: it has none */
struct value {
	const char *name;
	char text[256];
};

/** struct page - a page that is being printed */
struct page {
	const char *path;
	unsigned line;
	struct value values[VALUES_MAX];
	size_t count;
	bool comment; /* inside a comment */
	bool skip;    /* inside a condition that is false */
	bool open;    /* inside a condition */
};

/** put() - set a value; an empty text counts as no value */
static void put(struct page *p, const char *name, const char *text)
{
	struct value *v = &p->values[p->count++];

	v->name = name;
	snprintf(v->text, sizeof(v->text), "%s", text);
}

/** put_minutes() - set a time in the largest unit that divides it; 0: none */
static void put_minutes(struct page *p, const char *name, unsigned minutes)
{
	static const struct {
		unsigned minutes, from;
		const char *unit;
	} units[] = {{1440, 2880, "day"}, {60, 60, "hour"}, {1, 1, "minute"}};
	char text[32] = "";
	unsigned i, n;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (minutes >= units[i].from && minutes % units[i].minutes == 0) {
			n = minutes / units[i].minutes;
			snprintf(text, sizeof(text), "%u %s%s", n, units[i].unit,
				 n == 1 ? "" : "s");
			break;
		}
	}
	put(p, name, text);
}

/** put_number() - set a number; 0: none */
static void put_number(struct page *p, const char *name, unsigned number)
{
	char text[12] = "";

	if (number)
		snprintf(text, sizeof(text), "%u", number);
	put(p, name, text);
}

static void put_prefix(struct page *p, const char *name, const struct prefix6 *prefix)
{
	char text[PREFIX6_TEXT_LEN] = "";

	if (prefix->len)
		prefix6_format(prefix, text);
	put(p, name, text);
}

/** put_anonymous() - set the values of [pool anonymous], with an example */
static void put_anonymous(struct page *p, const struct pool_config *pool)
{
	struct endpoint example = {.port = 0};
	struct pool_addresses ipv6;
	char text[INET6_ADDRSTRLEN];

	put_prefix(p, "anonymous.link", &pool->link);
	put_number(p, "anonymous.first", pool->link.len + 1U);
	put_number(p, "anonymous.last", pool->link.len + 32U);
	addr_parse4("198.51.100.7", &example.addr);
	pool_anonymous_addresses(pool, &example, &ipv6);
	addr_format6(&ipv6.client, text);
	put(p, "anonymous.example", text);
}

/** put_udp() - set the UDP port of clients behind a NAT, if the template builds their tunnels */
static void put_udp(struct page *p, const struct config *config)
{
	bool builds = !access(config->template, R_OK) &&
		      modes_declared(config->template, TUNNEL_V6UDPV4);

	put_number(p, "udp_port", builds ? config->udp_port : 0);
}

/** put_values() - set all values */
static void put_values(struct page *p, const struct config *config)
{
	const struct pool_config *users = &config->users_pool;

	put(p, "domain", config->domain);
	put_minutes(p, "lifetime", config->lifetime_minutes);
	put(p, "idle", ""); /* removed; operators' pages may still name it */
	put_number(p, "keepalive", config->keepalive_seconds);
	put(p, "static_nat", config->static_nat ? "yes" : "");
	put_udp(p, config);
	put_anonymous(p, &config->anonymous_pool);
	put_prefix(p, "users.link", &users->link);
	put_prefix(p, "users.prefix", &users->prefix);
	put_number(p, "users.delegate", users->prefix.len ? users->delegate : 0);
	put_number(p, "per_address", config->per_address);
}

/** fail() - report a mistake in the page; CTL_FAILED */
static int fail(const struct page *p, const char *why, const char *text, size_t len)
{
	log_msg(LOG_ERR, "%s:%u: %s: '%.*s'", p->path, p->line, why, (int)len, text);
	return CTL_FAILED;
}

static const char *value_of(const struct page *p, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < p->count; i++) {
		if (strlen(p->values[i].name) == len &&
		    !memcmp(p->values[i].name, name, len))
			return p->values[i].text;
	}
	return NULL;
}

/** condition() - {{if NAME}} and {{unless NAME}}: 0, or CTL_FAILED, reported */
static int condition(struct page *p, const char *name, size_t len, bool wanted)
{
	const char *value = value_of(p, name, len);

	if (!value)
		return fail(p, "no such name", name, len);
	if (p->open)
		return fail(p, "a condition inside another", name, len);
	p->open = true;
	p->skip = (*value != '\0') != wanted;
	return 0;
}

/** starts() - move @text behind @with if it begins with that */
static bool starts(const char **text, size_t *len, const char *with)
{
	size_t n = strlen(with);

	if (*len < n || memcmp(*text, with, n) != 0)
		return false;
	*text += n;
	*len -= n;
	return true;
}

/** directive() - execute a directive; 1: done, 0: not a directive, -1: mistake, reported */
static int directive(struct page *p, const char *line, size_t len)
{
	if (len < 4 || memcmp(line + len - 2, "}}", 2) != 0)
		return 0;
	if (starts(&line, &len, "{{if "))
		return condition(p, line, len - 2, true) ? -1 : 1;
	if (starts(&line, &len, "{{unless "))
		return condition(p, line, len - 2, false) ? -1 : 1;
	if (!starts(&line, &len, "{{end}}") || len)
		return 0;
	p->open = p->skip = false;
	return 1;
}

/** fill() - print a line with values for names; 0, or CTL_FAILED, reported */
static int fill(const struct page *p, const char *line)
{
	const char *open, *close, *value;

	for (; (open = strstr(line, "{{")); line = close + 2) {
		close = strstr(open, "}}");
		if (!close)
			return fail(p, "no }} behind it", open, strlen(open));
		value = value_of(p, open + 2, (size_t)(close - open) - 2);
		if (!value)
			return fail(p, "no such name", open + 2,
				    (size_t)(close - open) - 2);
		fwrite(line, 1, (size_t)(open - line), stdout);
		fputs(value, stdout);
	}
	puts(line);
	return 0;
}

/** uncomment() - remove comments from a line; true: nothing else was in it */
static bool uncomment(struct page *p, char *line)
{
	bool had = p->comment;
	char *open = line, *close;

	while (p->comment || (open = strstr(line, "<!--"))) {
		had = true;
		close = strstr(open, "-->");
		p->comment = !close;
		if (!close) {
			*open = '\0';
			break;
		}
		memmove(open, close + 3, strlen(close + 3) + 1);
	}
	return had && !line[strspn(line, " \t")];
}

/** print_page() - print all lines; returns the exit status */
static int print_page(struct page *p, FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int r = 0, kind;

	while (!r && (n = getline(&line, &size, file)) > 0) {
		p->line++;
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (uncomment(p, line))
			continue;
		kind = directive(p, line, strlen(line));
		if (kind < 0)
			r = CTL_FAILED;
		else if (!kind && !p->skip)
			r = fill(p, line);
	}
	if (!r && p->open)
		r = fail(p, "the file ends inside a condition", "", 0);
	if (!r && ferror(file)) {
		log_msg(LOG_ERR, "%s: cannot be read", p->path);
		r = CTL_ERROR;
	}
	free(line);
	return r;
}

int ctl_policy(struct ctl *ctl, int argc, char **argv)
{
	int r, first = options_parse(ctl, argc, argv, NULL, 0, 0, 1);
	static struct page page;
	FILE *file;

	if (first < 0)
		return CTL_USAGE;
	page.path = first < argc ? argv[first] : POLICY_PAGE;
	put_values(&page, &ctl->config);
	file = fopen(page.path, "re");
	if (!file) {
		log_msg(LOG_ERR, "%s: %m", page.path);
		return CTL_ERROR;
	}
	r = print_page(&page, file);
	fclose(file);
	return r;
}
