/* SPDX-License-Identifier: MIT */
/*
 * request.c - what the client says (RFC 5572, 4.3, 4.4 and 4.7)
 *
 * The layout is gogoc 1.2's, which every known server can read.
 */
#include "client/request.h"

#include "lib/addr.h"
#include "lib/tunnel_type.h"

#define CRLF "\r\n"

/** request_version() - the VERSION line; @index 0 is the newest version */
void request_version(struct buf *out, unsigned index)
{
	buf_printf(out, "VERSION=2.0.%u" CRLF, REQUEST_VERSIONS - 1 - index);
}

/** add_framed() - Content-length and what it counts (RFC 5572, 4.1) */
static void add_framed(struct buf *out, const struct buf *body)
{
	buf_printf(out, "Content-length: %zu" CRLF, body->len);
	buf_add(out, body->data, body->len);
	out->full |= body->full;
}

/** add_router() - a prefix is wanted, and who serves its reverse zone */
static void add_router(struct buf *out, const struct settings *s)
{
	uint32_t i;

	buf_text(out, "  <router>" CRLF);
	if (s->prefix_len)
		buf_printf(out, "   <prefix length=\"%u\"/>" CRLF, s->prefix_len);
	if (s->dns_count)
		buf_text(out, "   <dns_server>" CRLF);
	for (i = 0; i < s->dns_count; i++)
		buf_printf(out, "    <address type=\"dn\">%s</address>" CRLF, s->dns[i]);
	if (s->dns_count)
		buf_text(out, "   </dns_server>" CRLF);
	buf_text(out, "  </router>" CRLF);
}

/** add_client() - add the requested client end of the tunnel */
static void add_client(struct buf *out, const struct settings *s, struct in_addr own)
{
	char text[INET_ADDRSTRLEN];

	addr_format4(own, text);
	buf_printf(out, " <client>" CRLF "  <address type=\"ipv4\">%s</address>" CRLF,
		   text);
	if (s->keepalive)
		buf_printf(out,
			   "  <keepalive interval=\"%u\">" CRLF
			   "    <address type=\"ipv6\">::</address>" CRLF
			   "  </keepalive>" CRLF,
			   s->keepalive_interval);
	if (s->router)
		add_router(out, s);
	buf_text(out, " </client>" CRLF);
}

/**
 * request_tunnel() - ask for a tunnel, for information on it, or for its end
 * @out:	Result; full if it does not fit
 * @settings:	What kind of tunnel
 * @action:	Which of the three
 * @own:	IPv4 address of this end
 */
void request_tunnel(struct buf *out, const struct settings *settings,
		    enum request_action action, struct in_addr own)
{
	static const char *const names[] = {
		[REQUEST_CREATE] = "create",
		[REQUEST_INFO] = "info",
		[REQUEST_DELETE] = "delete",
	};
	char text[REQUEST_SIZE - 64];
	struct buf body = BUF_ON(text);

	buf_clear(&body);
	buf_printf(&body, "<tunnel action=\"%s\" type=\"%s\" proxy=\"%s\">" CRLF,
		   names[action], tunnel_type_name(settings->mode),
		   settings->proxy ? "yes" : "no");
	add_client(&body, settings, own);
	buf_text(&body, "</tunnel>" CRLF);
	add_framed(out, &body);
}

/** request_answer() - what becomes of an offer */
void request_answer(struct buf *out, bool accept)
{
	char text[64];
	struct buf body = BUF_ON(text);

	buf_clear(&body);
	buf_printf(&body, "<tunnel action=\"%s\"></tunnel>" CRLF,
		   accept ? "accept" : "reject");
	add_framed(out, &body);
}
