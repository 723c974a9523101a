/* SPDX-License-Identifier: MIT */
/* model_out.c - what has to happen to a packet that goes to a client
 *
 * No errors are sent: the fuzzer takes all tokens away, so those due count as limited.
 */
#include <linux/pkt_cls.h>
#include <string.h>

#include "datapath/bpf/maps.h" /* the names of the counters */
#include "tests/datapath/model.h"

/** struct going - a packet on its way out */
struct going {
	struct model *m;
	struct model_tunnel *t;
	const uint8_t *six;
	size_t len; /* from six on */
	struct model_result *out;
};

static void put(uint8_t *at, unsigned number)
{
	at[0] = (uint8_t)(number >> 8);
	at[1] = (uint8_t)number;
}

/** error_due() - somebody could be told */
static bool error_due(const uint8_t *six, size_t len)
{
	uint8_t next = six[6], first;
	bool extension = next == 0 || next == 43 || next == 44 || next == 60;

	if (model_special(six + 8) != TSP_COUNTERS_END)
		return false;
	if (next != 58 && !extension)
		return true;
	if (len < 41)
		return false;
	first = six[40];
	if (next == 58)
		return first >= 128;
	return first != 58 && first != 0 && first != 43 && first != 44 && first != 60;
}

/** lost() - it ends here, counted as @why, and its sender would be told if @tell */
static void lost(struct going *g, uint32_t why, bool tell)
{
	g->out->verdict = TC_ACT_SHOT;
	g->out->counter = why;
	if (tell && error_due(g->six, g->len))
		g->out->second = TSP_COUNT_LIMITED;
}

/** link_mtu() - MTU of the route to this IPv4 address, 0 without a route. See bpf_network.c */
static unsigned link_mtu(uint32_t ipv4)
{
	if (ipv4 >> 23 == 0x0a800000 >> 23)
		return 1500;
	if (ipv4 >> 6 == 0xc63364c0 >> 6)
		return 1200;
	if (ipv4 >> 7 == 0xc6336480 >> 7)
		return 1400;
	return ipv4 >> 8 == 0xc63364 ? 1500 : 0;
}

/** encapsulated() - the frame that is sent */
static void encapsulated(const struct going *g, unsigned header, bool whole)
{
	uint8_t *ip = g->out->frame + 14, *udp = ip + 20;
	const uint32_t ends[2] = {g->t->server, g->t->ipv4};
	uint32_t sum = 0;

	memcpy(ip + header, g->six, g->len);
	memset(ip, 0, header);
	put(g->out->frame + 12, 0x0800);
	ip[0] = 0x45;
	ip[1] = g->six[1] >> 4 & 3;
	put(ip + 2, (unsigned)g->len + header);
	if (whole) {
		put(ip + 4, model_id(g->m, g->t, g->m->minute));
		ip[6] = 0x40;
	}
	ip[8] = 64;
	ip[9] = g->t->port ? 17 : 41;
	for (int i = 0; i < 2; i++) {
		put(ip + 12 + 4 * i, ends[i] >> 16);
		put(ip + 14 + 4 * i, ends[i] & 0xffff);
	}
	for (int i = 0; i < 20; i += 2)
		sum += model_number(ip + i);
	sum = (sum & 0xffff) + (sum >> 16);
	put(ip + 10, ~((sum & 0xffff) + (sum >> 16)));
	if (g->t->port) {
		put(udp, g->t->server_port);
		put(udp + 2, g->t->port);
		put(udp + 4, (unsigned)g->len + 8);
	}
	g->out->len = 14 + header + g->len;
	g->out->verdict = TC_ACT_REDIRECT;
	g->out->random_id = !whole;
}

/** limited() - the client is not present, and this is more than three times what it sent */
static bool limited(const struct going *g, unsigned header)
{
	static const uint8_t none[16];
	const struct model_tunnel *t = g->t;
	uint64_t in = t->bytes + header * t->packets,
		 out = t->sent_bytes + header * t->sent;

	if (!memcmp(t->keepalive, none, 16) || t->present ||
	    !memcmp(t->keepalive, g->six + 8, 16))
		return false;
	return out + g->len + header > 3 * in;
}

/** deliver() - to the client of g->t */
static void deliver(struct going *g)
{
	unsigned path = g->t->path ? g->t->path : 1500, header = g->t->port ? 28 : 20;
	unsigned most = g->t->port || path < 1300 ? 1280 : path - 20;
	unsigned link = link_mtu(g->t->ipv4), told;

	if (g->m->blocked_mask && (g->t->ipv4 & g->m->blocked_mask) == g->m->blocked) {
		lost(g, TSP_COUNT_BLOCKED, false);
		return;
	}
	if (g->len > most) {
		lost(g, TSP_COUNT_TOO_BIG, true);
		return;
	}
	if (limited(g, header)) {
		lost(g, TSP_COUNT_UNPROVEN, false);
		return;
	}
	if (!link) {
		lost(g, TSP_COUNT_NO_ROUTE, true);
		return;
	}
	told = link - header < 1280 ? 1280 : link - header;
	if (g->len + header > link) {
		lost(g, TSP_COUNT_TOO_BIG, g->len > told);
		return;
	}
	encapsulated(g, header, !g->t->port && path >= 1300);
	g->t->sent++;
	g->t->sent_bytes += g->len;
}

/** to_server_end() - only echo requests are answered */
static void to_server_end(struct going *g)
{
	g->out->verdict = TC_ACT_SHOT;
	g->out->counter = TSP_COUNT_SERVER_END;
	if (g->len < 48 || g->six[6] != 58 || g->six[40] != 128 || g->six[41])
		return;
	model_answer(g->out->frame + 14);
	g->out->verdict = TC_ACT_REDIRECT;
	g->out->counter = TSP_COUNT_ECHO_REPLIED;
}

/**
 * model_out() - a frame that leaves the device
 * @m:		Server
 * @frame:	Frame
 * @len:	Its length, more than 14
 * @out:	Result
 */
void model_out(struct model *m, const uint8_t *frame, size_t len,
	       struct model_result *out)
{
	struct going g = {.m = m, .six = frame + 14, .len = len - 14, .out = out};
	const uint8_t *to = g.six + 24;
	bool is_end;

	*out = (struct model_result){.len = len, .counter = TSP_COUNTERS_END};
	out->second = TSP_COUNTERS_END;
	memcpy(out->frame, frame, len);
	if (model_number(frame + 12) != 0x86dd || g.len < 40 || g.six[0] >> 4 != 6) {
		lost(&g, TSP_COUNT_NOT_IPV6, false);
		return;
	}
	if (model_special(to) != TSP_COUNTERS_END) {
		lost(&g, model_special(to), false);
		return;
	}
	if (model_server_end(m, to, &is_end)) {
		to_server_end(&g);
		return;
	}
	g.t = model_owner(m, to);
	if (!g.t || (memcmp(g.t->client, to, 16) != 0 && !model_has(&g.t->delegated, to)))
		lost(&g, TSP_COUNT_ABSENT, true);
	else
		deliver(&g);
}
