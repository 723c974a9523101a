/* SPDX-License-Identifier: MIT */
/*
 * ping.c - keepalive: ICMPv6 echo through the tunnel (RFC 4443, 4)
 *
 * One is sent as soon as the tunnel is up, which proves our presence to the server, and
 * then one in each interval. When no answer comes within five seconds (one second, if a
 * change of the network asked for it) the next is sent. After three in a row the tunnel is
 * dead; after twelve, if packets come through it nevertheless: a full path loses pings.
 *
 * The answer to any ping since the last answer counts, so that a slow path is not a dead
 * one. These pings share a secret, which nobody outside the tunnel knows. If this process
 * did not run in time to read an answer, it repeats the ping and does not count it.
 */
#include "client/ping.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/random.h"
#include "tsp/io.h"

#define MISSED_MAX  3
#define MISSED_BUSY 12 /* while packets come */
#define PATIENT_MS  5000
#define HURRIED_MS  1000
#define LATE_MS     500 /* this process was not running when it should */

#define ECHO_REQUEST 128
#define ECHO_REPLY   129
#define NEXT_ICMPV6  58

/** fill_random() - unpredictable bytes */
static void fill_random(void *out, size_t len)
{
	while (random_get(out, len))
		;
}

/**
 * ping_start() - begin
 * @p:		Result
 * @settings:	Whom, and how often; the first one is due at once
 */
void ping_start(struct ping *p, const struct ping_settings *settings)
{
	memset(p, 0, sizeof(*p));
	p->settings = *settings;
	fill_random(&p->id, sizeof(p->id));
	p->due = settings->seconds ? clock_ms() : INT64_MAX;
	p->hurry = true;
}

/** ping_hurry() - the network has changed: the next keepalive is due now */
void ping_hurry(struct ping *p)
{
	if (!p->settings.seconds)
		return;
	p->hurry = true;
	p->missed = 0;
	p->due = clock_ms();
}

/** ping_due() - when to call ping_advance() next, as clock_ms() counts */
int64_t ping_due(const struct ping *p)
{
	return p->due;
}

/** ping_heard() - a packet came through the tunnel */
void ping_heard(struct ping *p)
{
	p->heard = true;
}

/** give_up() - the last ping that counts was not answered */
static enum ping_event give_up(struct ping *p, int64_t now)
{
	if (p->answered || p->settings.strict) {
		p->due = INT64_MAX;
		return PING_LOST;
	}
	/* A server that never answered may not answer pings at all */
	p->missed = 0;
	p->hurry = false;
	p->due = now + p->settings.seconds * 1000LL;
	return PING_NOTHING;
}

/** ping_advance() - the event that is due now; packets that came have been read */
enum ping_event ping_advance(struct ping *p)
{
	int64_t now = clock_ms();

	if (now < p->due)
		return PING_NOTHING;
	if (p->missed && now - p->due > LATE_MS)
		p->missed--;
	if (p->missed >= (p->heard ? MISSED_BUSY : MISSED_MAX))
		return give_up(p, now);
	if (!p->waiting) {
		fill_random(p->secret, sizeof(p->secret));
		p->first = (uint16_t)(p->sequence + 1);
		p->waiting = true;
	}
	p->missed++;
	p->sequence++;
	p->heard = false;
	p->sent[p->sequence % PING_SENT] = now;
	p->due = now + (p->hurry ? HURRIED_MS : PATIENT_MS);
	return PING_SEND;
}

/** ping_icmp() - the last one as ICMPv6, with a checksum of zero: the kernel fills it in */
void ping_icmp(const struct ping *p, uint8_t out[PING_ICMP_LEN])
{
	memset(out, 0, PING_ICMP_LEN);
	out[0] = ECHO_REQUEST;
	memcpy(out + 4, &p->id, 2);
	out[6] = (uint8_t)(p->sequence >> 8);
	out[7] = (uint8_t)p->sequence;
	memcpy(out + 8, p->secret, sizeof(p->secret));
}

/** sum() - add 16-bit words of @len bytes, an even number, to a ones' complement sum */
static uint32_t sum(uint32_t s, const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i += 2)
		s += (uint32_t)data[i] << 8 | data[i + 1];
	return s;
}

/** ping_packet() - the last one as a whole IPv6 packet */
void ping_packet(const struct ping *p, uint8_t out[PING_LEN])
{
	uint32_t s;

	memset(out, 0, PING_LEN);
	out[0] = 0x60;
	out[5] = PING_ICMP_LEN;
	out[6] = NEXT_ICMPV6;
	out[7] = 64;
	memcpy(out + 8, &p->settings.from, 16);
	memcpy(out + 24, &p->settings.to, 16);
	ping_icmp(p, out + 40);
	s = sum(PING_ICMP_LEN + NEXT_ICMPV6, out + 8, PING_LEN - 8);
	s = (s & 0xffff) + (s >> 16);
	s = (s & 0xffff) + (s >> 16);
	out[42] = (uint8_t)(~s >> 8);
	out[43] = (uint8_t)~s;
}

/** is_awaited() - the sequence number of a ping since the last answer, and not too old */
static bool is_awaited(const struct ping *p, uint16_t sequence)
{
	uint16_t age = (uint16_t)(p->sequence - sequence);

	return age < PING_SENT && age <= (uint16_t)(p->sequence - p->first);
}

/**
 * ping_answer() - is this the answer to a ping since the last answer?
 * @p:		Keepalive; if so, the next one is due after the interval
 * @icmp:	ICMPv6 message from the address that is pinged
 * @len:	Its length in bytes
 */
bool ping_answer(struct ping *p, const uint8_t *icmp, size_t len)
{
	int64_t interval = p->settings.seconds * 1000LL, now = clock_ms();
	uint16_t jitter, sequence;

	if (!p->waiting || len < PING_ICMP_LEN || icmp[0] != ECHO_REPLY || icmp[1] != 0 ||
	    memcmp(icmp + 4, &p->id, 2) || memcmp(icmp + 8, p->secret, sizeof(p->secret)))
		return false;
	sequence = (uint16_t)(icmp[6] << 8 | icmp[7]);
	if (!is_awaited(p, sequence))
		return false;
	fill_random(&jitter, sizeof(jitter));
	p->rtt = (uint32_t)(now - p->sent[sequence % PING_SENT]);
	p->missed = 0;
	p->waiting = false;
	p->hurry = false;
	p->answered = true;
	/* Up to a tenth earlier, so that clients of one server do not synchronize */
	p->due = now + interval - interval / 10 * jitter / 65536;
	return true;
}

/** ping_is_answer() - the same for a whole IPv6 packet; false for any other packet */
bool ping_is_answer(struct ping *p, const uint8_t *packet, size_t len)
{
	return len >= PING_LEN && packet[6] == NEXT_ICMPV6 && packet[40] == ECHO_REPLY &&
	       !memcmp(packet + 8, &p->settings.to, 16) &&
	       !memcmp(packet + 24, &p->settings.from, 16) &&
	       ping_answer(p, packet + 40, len - 40);
}
