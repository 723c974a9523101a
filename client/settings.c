/* SPDX-License-Identifier: MIT */
/*
 * settings.c - tspc.conf: every key, its default and its limits (tspc.conf(5))
 *
 * The keys are those of tspc.conf, gw6c.conf and gogoc.conf, so that an existing file
 * works unchanged: key=value, '#' at the beginning of a line for comments, no sections.
 * A value extends to the end of its line, since passwords contain '#' and '='. The file
 * contains a password and decides what root runs: it must belong to root or to the user
 * who runs tspc, and nobody else may write it.
 */
#include "client/settings.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "client/owned.h"
#include "client/setting.h"
#include "lib/buf.h"
#include "lib/log.h"

#define LINE_SIZE 1024 /* longest line, with its end */

#define AT(member)                  .offset = offsetof(struct settings, member)
#define TEXT(member)                AT(member), .max = sizeof(((struct settings *)0)->member)
#define NUMBER(member, least, most) AT(member), .min = (least), .max = (most)

static const struct key {
	const char *name;
	setting_setter *set;
	struct setting_rule rule;
} keys[] = {
	{"userid", setting_text, {TEXT(userid)}},
	{"passwd", setting_text, {TEXT(passwd)}},
	{"server", setting_server, {0}},
	{"auth_method", setting_auth, {AT(auth)}},
	{"host_type", setting_host_type, {0}},
	{"prefixlen", setting_number, {NUMBER(prefix_len, 0, 64)}},
	{"if_prefix", setting_device, {AT(if_prefix)}},
	{"dns_server", setting_dns, {0}},
	{"tunnel_mode", setting_mode, {AT(mode)}},
	{"if_tunnel", setting_devices, {0}},
	{"if_tunnel_v6v4", setting_device, {AT(if_v6v4)}},
	{"if_tunnel_v6udpv4", setting_device, {AT(if_v6udpv4)}},
	{"client_v4", setting_client_v4, {AT(client_v4)}},
	{"client_v6", setting_client_v6, {0}},
	{"template", setting_template, {TEXT(template)}},
	{"proxy_client", setting_bool, {AT(proxy)}},
	{"keepalive", setting_bool, {AT(keepalive)}},
	{"keepalive_interval", setting_number, {NUMBER(keepalive_interval, 5, 600)}},
	{"auto_retry_connect", setting_bool, {AT(retry)}},
	{"retry_delay", setting_number, {NUMBER(retry_delay, 1, 3600)}},
	{"retry_delay_max", setting_number, {NUMBER(retry_delay_max, 1, 86400)}},
	{"always_use_same_server", setting_bool, {AT(same_server)}},
	{"broker_list", setting_path, {TEXT(broker_list)}},
	{"last_server", setting_path, {TEXT(last_server)}},
	{"tsp_dir", setting_path, {TEXT(tsp_dir)}},
	{"gw6_dir", setting_path, {TEXT(tsp_dir)}},
	{"gogoc_dir", setting_path, {TEXT(tsp_dir)}},
	{"log_stderr", setting_number, {NUMBER(verbose, 0, 3)}},
	{"log_console", setting_number, {NUMBER(verbose, 0, 3)}},
	{"carrier", setting_carrier, {AT(carrier)}},
	{"mtu", setting_number, {NUMBER(mtu, 1280, 1480)}},
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* Keys of the old clients that mean nothing here */
static const char *const ignored[] = {
	"if_tunnel_v4v6",
	"log_file",
	"log_syslog",
	"log_filename",
	"log_rotation",
	"log_rotation_size",
	"log_rotation_delete",
	"syslog_facility",
	"protocol",
	"boot_mode",
	"dslite_server",
	"dslite_client",
	"haccess_proxy_enabled",
	"haccess_web_enabled",
	"haccess_document_root",
};

#define IGNORED (sizeof(ignored) / sizeof(ignored[0]))

/** struct reader - state while a file is read */
struct reader {
	const char *path;
	unsigned line;
	unsigned mistakes;
	unsigned seen[KEYS];    /* line where a key was first given; 0: not yet */
	struct buf passed_over; /* names of ignored keys that the file has */
	struct setting_target target;
};

/** mistake() - log a mistake in a line of the file; @value may be NULL */
static void mistake(struct reader *r, unsigned line, const char *key, const char *why,
		    const char *value)
{
	r->mistakes++;
	if (value)
		log_msg(LOG_ERR, "%s:%u: %s: %s: '%s'", r->path, line, key, why, value);
	else
		log_msg(LOG_ERR, "%s:%u: %s: %s", r->path, line, key, why);
}

/** trim() - a text without the blanks around it, in place */
static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len && strchr(" \t\r\n", text[len - 1]))
		text[--len] = '\0';
	return text;
}

static bool is_ignored(const char *name)
{
	size_t i;

	for (i = 0; i < IGNORED; i++) {
		if (!strcmp(ignored[i], name))
			return true;
	}
	return false;
}

/** set() - one key */
static void set(struct reader *r, const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < KEYS && strcmp(keys[i].name, name); i++)
		;
	if (i == KEYS) {
		if (is_ignored(name))
			buf_printf(&r->passed_over, " %s", name);
		else
			mistake(r, r->line, name, "unknown key", NULL);
		return;
	}
	if (r->seen[i]) {
		mistake(r, r->line, name, "given twice, with another value before",
			value);
		return;
	}
	r->seen[i] = r->line;
	/* Files of the old clients list every key, many of them without a value */
	if (*value && keys[i].set(&r->target, &keys[i].rule, value))
		mistake(r, r->line, name, r->target.why,
			strcmp(name, "passwd") ? value : NULL);
	if (!strcmp(value, "passdss-3des-1"))
		log_msg(LOG_NOTICE,
			"%s:%u: auth_method: passdss-3des-1 is obsolete: "
			"using any",
			r->path, r->line);
}

/** read_line() - a line's key and value; false at the end of the file */
static bool read_line(struct reader *r, FILE *file)
{
	char text[LINE_SIZE], *first, *equals;

	if (!fgets(text, sizeof(text), file))
		return false;
	r->line++;
	if (strlen(text) == sizeof(text) - 1 && text[sizeof(text) - 2] != '\n') {
		int c;

		mistake(r, r->line, "syntax", "line is too long", NULL);
		while ((c = getc(file)) != '\n' && c != EOF)
			;
		return true;
	}
	first = trim(text);
	if (!*first || *first == '#')
		return true;
	equals = strchr(first, '=');
	if (!equals) {
		mistake(r, r->line, "syntax", "not key=value", first);
		return true;
	}
	*equals = '\0';
	set(r, trim(first), trim(equals + 1));
	explicit_bzero(text, sizeof(text));
	return true;
}

/** line_of() - line of a key; 0: not in the file */
static unsigned line_of(const struct reader *r, const char *name)
{
	size_t i;

	for (i = 0; i < KEYS && strcmp(keys[i].name, name); i++)
		;
	return i < KEYS ? r->seen[i] : 0;
}

/** find_template() - from a name to a path: tsp_dir's if it is there, else ours */
static void find_template(struct settings *s)
{
	char own[PATH_MAX], path[2 * PATH_MAX] = "";
	int n = 0;

	if (s->template[0] == '/')
		return;
	if (s->tsp_dir[0])
		n = snprintf(path, sizeof(path), "%s/template/%s.sh", s->tsp_dir,
			     s->template);
	snprintf(own, sizeof(own), "%s/%.64s.sh", SETTINGS_TEMPLATES, s->template);
	if (!n || n >= PATH_MAX || access(path, F_OK))
		strcpy(path, own);
	strcpy(s->template, path);
}

/** check_login() - userid and passwd go with auth_method */
static void check_login(struct reader *r, struct settings *s)
{
	unsigned line = line_of(r, "auth_method");

	/* tspc 2.x writes it so */
	if (!strcmp(s->userid, "anonymous") && s->auth <= AUTH_ANONYMOUS)
		s->userid[0] = s->passwd[0] = '\0';
	if (s->auth == AUTH_ANONYMOUS)
		s->userid[0] = s->passwd[0] = '\0';
	if (s->auth > AUTH_ANONYMOUS && (!s->userid[0] || !s->passwd[0]))
		mistake(r, line, "auth_method", "needs userid and passwd",
			s->auth == AUTH_PLAIN ? "plain" : "digest-md5");
	if (s->userid[0] && !s->passwd[0] && s->auth == AUTH_ANY)
		mistake(r, line_of(r, "userid"), "userid", "has no passwd", s->userid);
}

/** check() - what keys must be together */
static void check(struct reader *r, struct settings *s)
{
	if (!s->server.host[0])
		mistake(r, r->line, "server", "missing", NULL);
	check_login(r, s);
	if (s->router && !s->if_prefix[0])
		mistake(r, line_of(r, "host_type"), "host_type", "needs if_prefix",
			"router");
	if (s->proxy && s->mode == TUNNEL_V6UDPV4)
		mistake(r, line_of(r, "proxy_client"), "proxy_client",
			"tunnel_mode v6udpv4 ends where its packets come from", "yes");
	if (s->proxy && !s->client_v4.s_addr)
		mistake(r, line_of(r, "proxy_client"), "proxy_client",
			"needs the other machine's address in client_v4", "yes");
	if (s->retry_delay_max < s->retry_delay)
		s->retry_delay_max = s->retry_delay;
	if (r->passed_over.len)
		log_msg(LOG_NOTICE, "%s: ignored, as they mean nothing to tspc:%s",
			r->path, r->passed_over.data);
}

static void defaults(struct settings *s)
{
	s->mode = TUNNEL_V6ANYV4;
	strcpy(s->if_v6v4, "tspc");
	strcpy(s->if_v6udpv4, "tspc");
	strcpy(s->template, "linux");
	s->prefix_len = 64;
	s->mtu = 1280;
	s->keepalive = true;
	s->keepalive_interval = 30;
	s->retry = true;
	s->retry_delay = 30;
	s->retry_delay_max = 300;
	s->verbose = 1;
}

/**
 * settings_load() - read and check a configuration file
 * @path:	File
 * @out:	Result: complete only when 0 is returned
 *
 * Every mistake is logged as "file:line: key: what is wrong: 'value'".
 *
 * Return: 0; -1 with EINVAL for mistakes in the file, EPERM for a file that others can
 * write, else what fopen() or reading says, logged
 */
int settings_load(const char *path, struct settings *out)
{
	char names[512] = "";
	struct reader r = {.path = path, .passed_over = BUF_ON(names)};
	FILE *file = fopen(path, "re");

	memset(out, 0, sizeof(*out));
	if (!file) {
		log_msg(LOG_ERR, "%s: %m", path);
		return -1;
	}
	if (owned_check(fileno(file), path)) {
		fclose(file);
		return -1;
	}
	defaults(out);
	snprintf(out->path, sizeof(out->path), "%s", path);
	r.target.settings = out;
	while (read_line(&r, file))
		;
	if (ferror(file))
		mistake(&r, r.line, "syntax", "cannot be read", NULL);
	fclose(file);
	check(&r, out);
	find_template(out);
	if (!r.mistakes)
		return 0;
	errno = EINVAL;
	return -1;
}

/** settings_device() - the name of the tunnel's device for a concrete mode */
const char *settings_device(const struct settings *s, uint32_t mode)
{
	return mode == TUNNEL_V6UDPV4 ? s->if_v6udpv4 : s->if_v6v4;
}
