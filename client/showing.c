/* SPDX-License-Identifier: MIT */
/*
 * showing.c - the state that systemd and "tspc status" show
 *
 * The state is a file of key=value lines in the run directory, replaced with each change.
 * "tspc status" prints it for people, or as JSON; both need nothing but the file, so that
 * every user may ask. Every value is a number, an address, a name of a documented set of
 * characters, or a line made by tspc without quotes and control characters.
 */
#include "client/showing.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "client/rundir.h"
#include "client/uplink.h"
#include "lib/addr.h"
#include "lib/log.h"
#include "lib/timestamp.h"
#include "lib/tunnel_type.h"

#define STATUS_SIZE 2048

static const char *const states[] = {
	[SHOWING_CONNECTING] = "connecting", [SHOWING_UP] = "up",
	[SHOWING_WAITING] = "waiting",       [SHOWING_OFFLINE] = "offline",
	[SHOWING_STOPPING] = "stopping",
};
_Static_assert(sizeof(states) / sizeof(states[0]) == SHOWING_STATES, "a name per state");

static bool ready; /* systemd knows that we are started */

/** begin() - the lines that every state has */
static void begin(struct buf *out, const struct settings *s, enum showing_state state)
{
	char now[TIMESTAMP_LEN];

	timestamp_format(time(NULL), now);
	buf_clear(out);
	buf_printf(out, "pid=%d\nstate=%s\nchanged=%s\nserver=%s\nport=%u\n",
		   (int)getpid(), states[state], now, s->server.host, s->server.port);
}

/** add_text() - add a line made by tspc, without characters that JSON must escape */
static void add_text(struct buf *out, const char *key, const char *text)
{
	buf_printf(out, "%s=", key);
	for (; *text; text++) {
		char c = *text == '"' || *text == '\\' ? '\'' : *text;

		if ((unsigned char)c >= ' ' && (unsigned char)c < 0x7f)
			buf_add(out, &c, 1);
	}
	buf_text(out, "\n");
}

/**
 * showing() - the state has changed
 * @settings:	Whose file it is
 * @state:	State other than SHOWING_UP
 * @why:	What keeps it from being up; NULL: nothing
 *
 * systemd counts the service as started once there is a tunnel, or the first try has
 * failed: a machine without a network gets through its boot.
 */
void showing(const struct settings *settings, enum showing_state state, const char *why)
{
	char text[STATUS_SIZE];
	struct buf out = BUF_ON(text);

	begin(&out, settings, state);
	if (why)
		add_text(&out, "why", why);
	rundir_write(settings, "status", &out);
	if (state == SHOWING_WAITING || state == SHOWING_OFFLINE) {
		sd_notifyf(0, "%sSTATUS=%s: %s", ready ? "" : "READY=1\n", states[state],
			   why ? why : settings->server.host);
		ready = true;
	} else if (state == SHOWING_STOPPING) {
		sd_notify(0, "STOPPING=1\nSTATUS=taking the tunnel back");
	} else {
		sd_notifyf(0, "STATUS=%s to %s", states[state], settings->server.host);
	}
}

static void add_ipv6(struct buf *out, const char *key, const struct in6_addr *a)
{
	char text[INET6_ADDRSTRLEN];

	addr_format6(a, text);
	buf_printf(out, "%s=%s\n", key, text);
}

static void add_ipv4(struct buf *out, const char *key, struct in_addr a)
{
	char text[INET_ADDRSTRLEN];

	addr_format4(a, text);
	buf_printf(out, "%s=%s\n", key, text);
}

/** add_counters() - of a tunnel that tspc carries; the kernel's device has its own */
static void add_counters(struct buf *out, const struct carry_counters *c)
{
	buf_printf(out,
		   "rx_packets=%llu\nrx_bytes=%llu\ntx_packets=%llu\ntx_bytes=%llu\n",
		   (unsigned long long)c->rx_packets, (unsigned long long)c->rx_bytes,
		   (unsigned long long)c->tx_packets, (unsigned long long)c->tx_bytes);
}

/** showing_up() - there is a tunnel, or a keepalive of it was answered */
void showing_up(const struct uplink *u)
{
	const struct settings *s = u->hook.settings;
	char text[STATUS_SIZE], address[INET6_ADDRSTRLEN], prefix[PREFIX6_TEXT_LEN];
	struct buf out = BUF_ON(text);

	begin(&out, s, SHOWING_UP);
	buf_printf(&out, "device=%s\nmode=%s\ncarrier=%s\n", u->hook.device,
		   tunnel_type_name(u->offer.type),
		   u->hook.carrier == HOOK_KERNEL ? "kernel" : "tspc");
	add_ipv6(&out, "address", &u->offer.client_ipv6);
	add_ipv6(&out, "server_address", &u->offer.server_ipv6);
	if (u->offer.prefix.len) {
		prefix6_format(&u->offer.prefix, prefix);
		buf_printf(&out, "prefix=%s\n", prefix);
	}
	add_ipv4(&out, "client_ipv4", u->hook.own);
	add_ipv4(&out, "server_ipv4", u->hook.server);
	buf_printf(&out, "keepalive=%u\n", u->offer.keepalive_seconds);
	if (u->answered)
		buf_printf(&out, "rtt_ms=%u\n", u->last.rtt);
	if (u->hook.carrier == HOOK_TSPC)
		add_counters(&out, &u->last.counters);
	rundir_write(s, "status", &out);
	addr_format6(&u->offer.client_ipv6, address);
	sd_notifyf(0, "%sSTATUS=%s by %s, %s", ready ? "" : "READY=1\n", address,
		   s->server.host, tunnel_type_name(u->offer.type));
	ready = true;
}

/** showing_end() - remove the state file */
void showing_end(const struct settings *settings)
{
	rundir_remove(settings, "status");
}

/** is_number() - decimal digits only */
static bool is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

/** print_json() - one object */
static void print_json(char *text)
{
	const char *separator = "{";
	char *line, *equals;

	while ((line = strsep(&text, "\n"))) {
		equals = strchr(line, '=');
		if (!equals || strpbrk(line, "\"\\"))
			continue;
		*equals = '\0';
		printf(is_number(equals + 1) ? "%s\"%s\": %s" : "%s\"%s\": \"%s\"",
		       separator, line, equals + 1);
		separator = ", ";
	}
	puts("}");
}

/** print_lines() - for people */
static void print_lines(char *text)
{
	char *line, *equals;

	while ((line = strsep(&text, "\n"))) {
		equals = strchr(line, '=');
		if (!equals)
			continue;
		*equals = '\0';
		printf("%-15s %s\n", line, equals + 1);
	}
}

/** tame() - replace control characters, which could command a terminal */
static void tame(char *text)
{
	for (; *text; text++) {
		if (*text != '\n' && ((unsigned char)*text < ' ' || *text & 0x80))
			*text = '?';
	}
}

/** is_running() - the process that wrote the file still runs */
static bool is_running(const char *text)
{
	long pid = strncmp(text, "pid=", 4) ? 0 : strtol(text + 4, NULL, 10);

	return pid > 0 && (!kill((pid_t)pid, 0) || errno == EPERM);
}

/**
 * showing_print() - "tspc status"
 * @settings_path:	Configuration of the tspc that is asked for
 * @json:		As JSON
 *
 * Return: 0: there is a tunnel; 1: tspc runs and has none; -1: it does not run
 */
int showing_print(const char *settings_path, bool json)
{
	char text[STATUS_SIZE] = "";
	struct buf out = BUF_ON(text);
	bool up;

	if (rundir_read(settings_path, "status", false, &out) || !is_running(text)) {
		if (json)
			puts("{\"state\": \"stopped\"}");
		else
			puts("state           stopped");
		return -1;
	}
	tame(text);
	up = strstr(text, "\nstate=up\n");
	if (json)
		print_json(text);
	else
		print_lines(text);
	return up ? 0 : 1;
}
