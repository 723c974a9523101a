/* SPDX-License-Identifier: MIT */
/*
 * explain.c - why there is no tunnel, and what to do, for people
 *
 * One line for each status and each fault: who said what, and what to try next. It
 * contains no text from the server.
 */
#include "client/explain.h"

#include "lib/mechanism.h"

/* What to do about a status; it follows the text of the status */
static const struct {
	unsigned status;
	const char *advice;
} advice[] = {
	{STATUS_AUTH_FAILED, "check userid, passwd and auth_method"},
	{STATUS_NO_TUNNELS, "try again later, or another server"},
	{STATUS_VERSION, "the server is too old or too new for this tspc"},
	{STATUS_TUNNEL_TYPE, "try another tunnel_mode"},
	{STATUS_SERVER_ERROR, "the server's operator has to look"},
	{STATUS_BAD_REQUEST, "the server does not understand this tspc"},
	{STATUS_BAD_IPV4,
	 "the server sees another IPv4 address than this machine has: behind an address "
	 "translation use tunnel_mode=v6udpv4"},
	{STATUS_BAD_IPV6, "the server's operator has to look"},
	{STATUS_IPV4_IN_USE,
	 "another client has a tunnel with this IPv4 address; try tunnel_mode=v6udpv4"},
	{STATUS_PREFIX_LENGTH, "try another prefixlen; prefixes may need an account"},
	{STATUS_IN_PROGRESS, "the server still works on the request before"},
	{STATUS_BUSY, "try again later"},
};

static const char *const faults[] = {
	[FAULT_SILENT] = "does not answer; is it the right name, and does a firewall let "
			 "the port through?",
	[FAULT_REFUSED] = "refuses the connection: no broker listens on this port",
	[FAULT_CLOSED] = "closed the connection without a reason",
	[FAULT_NETWORK] = "cannot be reached from this machine's network",
	[FAULT_PROTOCOL] = "sent an answer that is not TSP",
	[FAULT_UNPROVEN] =
		"did not prove that it knows the password: it may not be the server it "
		"seems to be",
	[FAULT_LOGIN] = "does not offer the login that auth_method allows",
	[FAULT_TYPE] = "does not serve the tunnel_mode asked for",
};
_Static_assert(sizeof(faults) / sizeof(faults[0]) == FAULT_COUNT, "a text per fault");

/** add_status() - a status with its text and what to do */
static void add_status(struct buf *out, unsigned status)
{
	unsigned plain =
		status >= STATUS_WITH_BROKERS ? status - STATUS_WITH_BROKERS : status;
	const char *text = status_text((enum status)plain);
	size_t i;

	buf_printf(out, "status %u, %s", status, text ? text : "which is unknown");
	for (i = 0; i < sizeof(advice) / sizeof(advice[0]); i++) {
		if (advice[i].status == plain)
			buf_printf(out, ": %s", advice[i].advice);
	}
}

/** add_login() - which logins the server does offer */
static void add_login(struct buf *out, const struct settings *settings, unsigned offered)
{
	static const enum mechanism all[] = {MECHANISM_ANONYMOUS, MECHANISM_PLAIN,
					     MECHANISM_DIGEST_MD5};
	size_t i;

	buf_text(out, "; it offers");
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (offered & all[i])
			buf_printf(out, " %s", mechanism_name(all[i]));
	}
	if (settings->auth == AUTH_ANY && settings->userid[0] &&
	    offered & MECHANISM_PLAIN)
		buf_text(out, " (auth_method=plain would send the password readable to "
			      "everybody on the way)");
}

/**
 * explain() - why there is no tunnel, in one line
 * @out:	Result
 * @settings:	What was asked for
 * @server:	Whom
 * @result:	What came of it
 */
void explain(struct buf *out, const struct settings *settings,
	     const struct talk_server *server, const struct talk_result *result)
{
	const struct report *r = &result->report;

	buf_printf(out, "%s port %u (%s): ", server->name, server->port,
		   server->udp ? "UDP" : "TCP");
	if (result->refused) {
		buf_printf(out, "offer rejected: %s", result->refused);
	} else if (r->kind == REPORT_STATUS) {
		buf_text(out, "refused: ");
		add_status(out, r->status);
	} else if (r->kind == REPORT_FAULT) {
		buf_text(out, faults[r->fault]);
		if (r->fault == FAULT_LOGIN && r->offered)
			add_login(out, settings, r->offered);
	}
}
