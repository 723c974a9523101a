/* SPDX-License-Identifier: MIT */
/* ping.h - keepalive: ICMPv6 echo through the tunnel (RFC 4443, 4; RFC 5572, 4.8) */
#ifndef CLIENT_PING_H
#define CLIENT_PING_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PING_ICMP_LEN 24                   /* echo header and 16 bytes of payload */
#define PING_LEN      (40 + PING_ICMP_LEN) /* with the IPv6 header */
#define PING_SENT     16                   /* pings whose times are kept */

/** struct ping_settings - whom to ping, and how often */
struct ping_settings {
	struct in6_addr from, to;
	uint32_t seconds; /* between two; 0: none */
	bool strict;      /* the server promised to answer */
};

/** enum ping_event - what is due */
enum ping_event {
	PING_NOTHING,
	PING_SEND, /* ping_packet() or ping_icmp() has it */
	PING_LOST, /* nothing of the tunnel was heard for too long */
};

/**
 * struct ping - keepalive under way
 * @settings:	As given to ping_start()
 * @id:		Of all pings
 * @sequence:	Of the last one
 * @first:	Sequence number of the first one since the last answer
 * @waiting:	No answer came since
 * @secret:	Payload of these; proves that one of them was seen
 * @missed:	Sent in a row without an answer
 * @heard:	Packets came through the tunnel since the last one
 * @sent:	When the last ones were, as clock_ms() counts, by sequence number
 * @due:	When the next event is
 * @answered:	At least one was answered
 * @hurry:	The network changed: wait 1 second for an answer instead of 5
 * @rtt:	Milliseconds that the last answer took
 */
struct ping {
	struct ping_settings settings;
	uint16_t id;
	uint16_t sequence;
	uint16_t first;
	bool waiting;
	uint8_t secret[16];
	unsigned missed;
	bool heard;
	int64_t sent[PING_SENT];
	int64_t due;
	bool answered;
	bool hurry;
	uint32_t rtt;
};

void ping_start(struct ping *p, const struct ping_settings *settings);
void ping_hurry(struct ping *p);
void ping_heard(struct ping *p);
int64_t ping_due(const struct ping *p);
enum ping_event ping_advance(struct ping *p);
void ping_icmp(const struct ping *p, uint8_t out[PING_ICMP_LEN]);
void ping_packet(const struct ping *p, uint8_t out[PING_LEN]);
bool ping_answer(struct ping *p, const uint8_t *icmp, size_t len);
bool ping_is_answer(struct ping *p, const uint8_t *packet, size_t len);

#endif
