/* SPDX-License-Identifier: MIT */
/*
 * carry.c - packets between a tun device and a socket, many at a time
 *
 * Outward: the device gives one packet with each read. A long one of TCP is cut
 * (segment.c) and leaves with one sendmsg(), by UDP_SEGMENT, or one sendmmsg() where the
 * socket cannot do that; short ones are collected, up to BATCH, and leave with one
 * sendmmsg().
 *
 * Inward: one recvmmsg() for many datagrams, each of which may hold many of the sender's,
 * by UDP_GRO. Segments of one TCP stream are joined (coalesce.c) and written at once; some
 * have already been joined by the kernel (unfinished.c).
 *
 * Anything but an IPv6 packet, and a packet from or to a link-local or multicast address,
 * is dropped: a tunnel has two ends and no neighbours.
 */
#include "client/carry.h"

#include <errno.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "client/coalesce.h"
#include "client/segment.h"
#include "client/unfinished.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define BATCH        64
#define SHORT_MAX    2048 /* bytes of a packet that is not long; the MTU is 1480 at most */
#define LONG_MAX     (65536 + 128)
#define DATAGRAMS    8     /* inward */
#define RAW_PACKETS  BATCH /* inward by protocol 41 */
#define DATAGRAM_MAX 65000 /* of all that leaves by one call */
#define ROUNDS       8     /* batches of one direction before the other has its turn */
#define IPV6_LEN     40

static uint8_t packets[BATCH][SHORT_MAX];
static struct mmsghdr messages[BATCH];
static struct iovec vectors[2 * BATCH];

static uint8_t long_packet[LONG_MAX];
static struct segments segments;

static uint8_t datagrams[RAW_PACKETS][LONG_MAX];
static char controls[DATAGRAMS][CMSG_SPACE(sizeof(int))];
static struct coalesce waiting;

/** carry_set_up() - prepare a new device; 0, or -1 with errno */
int carry_set_up(int tun)
{
	int size = sizeof(struct virtio_net_hdr);

	if (ioctl(tun, TUNSETVNETHDRSZ, &size))
		return -1;
	return ioctl(tun, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO6 | TUN_F_TSO_ECN);
}

/** carry_prepare() - prepare the tunnel's socket; a kernel that cannot join does not */
void carry_prepare(int wire, bool raw)
{
	int on = 1;

	if (!raw)
		setsockopt(wire, IPPROTO_UDP, UDP_GRO, &on, sizeof(on));
}

/** is_local() - link-local or multicast, or no address at all */
static bool is_local(const uint8_t *address)
{
	static const uint8_t none[15] = {0};

	return address[0] == 0xff ||
	       (address[0] == 0xfe && (address[1] & 0xc0) == 0x80) ||
	       !memcmp(address, none, sizeof(none));
}

/** packet_len() - length of the IPv6 packet in @len bytes; 0: not one that is carried */
static size_t packet_len(const uint8_t *p, size_t len)
{
	size_t whole;

	if (len < IPV6_LEN || p[0] >> 4 != 6)
		return 0;
	whole = IPV6_LEN + ((size_t)p[4] << 8 | p[5]);
	if (whole > len || is_local(p + 8) || is_local(p + 24))
		return 0;
	return whole;
}

/** is_passing() - the error concerns one packet; the next may succeed */
static bool is_passing(int error)
{
	return error != EBADF && error != EBADFD && error != ENODEV && error != ENOTSOCK;
}

/** failed() - an error of device or socket; the packet is dropped */
static void failed(struct carry *c, uint64_t *dropped)
{
	++*dropped;
	if (!is_passing(errno))
		c->gone = errno;
}

/* -- outward */

/** send_batch() - messages[]; what the socket refuses is dropped */
static void send_batch(struct carry *c, unsigned count)
{
	unsigned done = 0;

	while (done < count && !c->gone) {
		int n = sendmmsg(c->wire, messages + done, count - done, MSG_NOSIGNAL);

		if (n > 0) {
			c->counters.tx_packets += (unsigned)n;
			done += (unsigned)n;
		} else if (errno != EINTR) {
			failed(c, &c->counters.tx_dropped);
			done++;
		}
	}
}

/** lay_out() - header and payload of each segment in vectors[] */
static void lay_out(void)
{
	const uint8_t *payload;
	unsigned i;

	for (i = 0; i < segments.count; i++) {
		size_t len = segment_payload(&segments, i, &payload);

		vectors[(size_t)2 * i] =
			(struct iovec){segments.headers[i], segments.header_len};
		vectors[(size_t)2 * i + 1] = (struct iovec){(void *)payload, len};
	}
}

/** send_together() - some segments by one call; false: the socket cannot do that */
static bool send_together(struct carry *c, unsigned first, unsigned count)
{
	char control[CMSG_SPACE(sizeof(uint16_t))] = {0};
	struct msghdr message = {.msg_iov = &vectors[(size_t)2 * first],
				 .msg_iovlen = (size_t)2 * count,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);
	uint16_t size = (uint16_t)(segments.header_len + segments.size);

	cmsg->cmsg_level = IPPROTO_UDP;
	cmsg->cmsg_type = UDP_SEGMENT;
	cmsg->cmsg_len = CMSG_LEN(sizeof(size));
	memcpy(CMSG_DATA(cmsg), &size, sizeof(size));
	if (sendmsg(c->wire, &message, MSG_NOSIGNAL) >= 0) {
		c->counters.tx_packets += count;
		return true;
	}
	if (errno == EIO || errno == EINVAL || errno == ENOPROTOOPT || errno == EMSGSIZE)
		return false;
	failed(c, &c->counters.tx_dropped);
	return true;
}

/** send_apart() - segments from @first on, a datagram each */
static void send_apart(struct carry *c, unsigned first)
{
	unsigned i;

	for (i = first; i < segments.count; i++)
		messages[i - first].msg_hdr = (struct msghdr){
			.msg_iov = &vectors[(size_t)2 * i], .msg_iovlen = 2};
	send_batch(c, segments.count - first);
}

/** send_segments() - a long packet that was cut */
static void send_segments(struct carry *c)
{
	size_t whole = (segments.header_len + segments.size) * segments.count;
	unsigned calls = (unsigned)(whole / DATAGRAM_MAX) + 1;
	unsigned each = (segments.count + calls - 1) / calls, first, count;

	lay_out();
	for (first = 0; first < segments.count && !c->raw && !c->apart; first += count) {
		count = segments.count - first < each ? segments.count - first : each;
		if (!send_together(c, first, count)) {
			c->apart = true;
			break;
		}
	}
	if (first < segments.count)
		send_apart(c, first);
}

/** read_device() - read a packet with its hint; its length, 0 if the device is empty */
static size_t read_device(struct carry *c, struct virtio_net_hdr *hint)
{
	struct iovec parts[2] = {{hint, sizeof(*hint)},
				 {long_packet, sizeof(long_packet)}};
	ssize_t n = readv(c->tun, parts, 2);

	if (n < 0 && !is_passing(errno))
		c->gone = errno;
	return n <= (ssize_t)sizeof(*hint) ? 0 : (size_t)n - sizeof(*hint);
}

/** keep() - a short packet, in messages[i]; false: it is dropped */
static bool keep(struct carry *c, const struct virtio_net_hdr *hint, unsigned i,
		 size_t len)
{
	len = packet_len(long_packet, len);
	if (!len || len > SHORT_MAX || hint->gso_type != VIRTIO_NET_HDR_GSO_NONE ||
	    !segment_finish(hint, long_packet, len)) {
		c->counters.tx_dropped++;
		return false;
	}
	memcpy(packets[i], long_packet, len);
	vectors[i] = (struct iovec){packets[i], len};
	messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
	c->counters.tx_bytes += len;
	return true;
}

/** carry_out() - from the device to the server, as much as there is, within bounds */
void carry_out(struct carry *c)
{
	struct virtio_net_hdr hint;
	unsigned n = 0, round;
	size_t len;

	for (round = 0; round < ROUNDS * BATCH && !c->gone; round++) {
		len = read_device(c, &hint);
		if (!len)
			break;
		if (hint.gso_type != VIRTIO_NET_HDR_GSO_NONE &&
		    packet_len(long_packet, len) &&
		    segment_cut(&hint, long_packet, len, &segments)) {
			/* The short ones came first, and vectors[] is theirs until then */
			send_batch(c, n);
			n = 0;
			send_segments(c);
			c->counters.tx_bytes += len;
			continue;
		}
		n += keep(c, &hint, n, len);
		if (n == BATCH) {
			send_batch(c, n);
			n = 0;
		}
	}
	send_batch(c, n);
}

/* -- inward */

/** write_parts() - one packet, or a long one, to the device */
static void write_parts(struct carry *c, const struct iovec *parts, unsigned count)
{
	if (count && writev(c->tun, parts, (int)count) < 0)
		failed(c, &c->counters.rx_dropped);
}

/** deliver() - one packet to the device, perhaps with those behind it */
static void deliver(struct carry *c, uint8_t *p, size_t len)
{
	struct virtio_net_hdr hint = {0};
	struct iovec alone[2] = {{&hint, sizeof(hint)}, {p, len}};
	bool unfinished = unfinished_hint(p, len, &hint);

	if (len > SHORT_MAX && hint.gso_type == VIRTIO_NET_HDR_GSO_NONE) {
		c->counters.rx_dropped++;
		return;
	}
	c->counters.rx_packets++;
	c->counters.rx_bytes += len;
	if (!unfinished && coalesce_add(&waiting, p, len))
		return;
	write_parts(c, waiting.parts, coalesce_take(&waiting));
	if (unfinished || !coalesce_add(&waiting, p, len))
		write_parts(c, alone, 2);
}

/** take_packet() - one IPv6 packet from the server; true: the answer to a ping */
static bool take_packet(struct carry *c, uint8_t *p, size_t len)
{
	len = packet_len(p, len);
	if (!len) {
		c->counters.rx_dropped++;
		return false;
	}
	if (ping_is_answer(c->ping, p, len))
		return true;
	ping_heard(c->ping);
	deliver(c, p, len);
	return false;
}

/** segment_size() - length of each datagram that UDP_GRO has merged */
static size_t segment_size(struct msghdr *message, size_t len)
{
	struct cmsghdr *cmsg;
	int size = 0;

	for (cmsg = CMSG_FIRSTHDR(message); cmsg; cmsg = CMSG_NXTHDR(message, cmsg)) {
		if (cmsg->cmsg_level == IPPROTO_UDP && cmsg->cmsg_type == UDP_GRO &&
		    cmsg->cmsg_len >= CMSG_LEN(sizeof(size)))
			memcpy(&size, CMSG_DATA(cmsg), sizeof(size));
	}
	return size > 0 && (size_t)size < len ? (size_t)size : len;
}

/** take_datagram() - one datagram from the kernel, which may contain many from the sender */
static bool take_datagram(struct carry *c, unsigned i)
{
	size_t len = messages[i].msg_len, at, size, header;
	bool answered = false;

	if (c->raw) {
		header = len ? (size_t)(datagrams[i][0] & 15) * 4 : 0;
		return header >= 20 && header < len &&
		       take_packet(c, datagrams[i] + header, len - header);
	}
	size = segment_size(&messages[i].msg_hdr, len);
	for (at = 0; at < len; at += size)
		answered |= take_packet(c, datagrams[i] + at,
					len - at < size ? len - at : size);
	return answered;
}

/** receive() - a batch of datagrams; how many */
static unsigned receive(struct carry *c)
{
	unsigned i, count = c->raw ? RAW_PACKETS : DATAGRAMS;
	int n;

	for (i = 0; i < count; i++) {
		vectors[i] = (struct iovec){datagrams[i], LONG_MAX};
		messages[i].msg_hdr =
			(struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
		if (c->raw)
			continue;
		messages[i].msg_hdr.msg_control = controls[i];
		messages[i].msg_hdr.msg_controllen = sizeof(controls[i]);
	}
	n = recvmmsg(c->wire, messages, count, MSG_DONTWAIT, NULL);
	if (n < 0 && !is_passing(errno))
		c->gone = errno;
	return n < 0 ? 0 : (unsigned)n;
}

/** carry_in() - from the server to the device; true: the answer to a ping was among them */
bool carry_in(struct carry *c)
{
	bool answered = false;
	unsigned round, n, i;

	for (round = 0; round < ROUNDS && !c->gone; round++) {
		n = receive(c);
		for (i = 0; i < n; i++)
			answered |= take_datagram(c, i);
		/* The next batch takes the memory of this one */
		write_parts(c, waiting.parts, coalesce_take(&waiting));
		if (n < (c->raw ? RAW_PACKETS : DATAGRAMS))
			break;
	}
	return answered;
}

/** carry_send() - send a packet made by tspc to the server */
void carry_send(struct carry *c, const void *packet, size_t len)
{
	if (send(c->wire, packet, len, MSG_NOSIGNAL) < 0 && !is_passing(errno))
		c->gone = errno;
}
