/* SPDX-License-Identifier: MIT */
/*
 * carry.c - packets between a tun device and a socket, many at a time
 *
 * Outward: the device gives one packet with each read; as many as there are, up to BATCH,
 * leave with one sendmmsg(). Inward: one recvmmsg(), and a write for each packet. What is
 * not an IPv6 packet, or comes from or goes to a link-local or multicast address, is
 * dropped: a tunnel has two ends and no neighbours.
 */
#include "client/carry.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define BATCH      64
#define PACKET_MAX 2048 /* bytes of a packet; the device's MTU is 1480 at most */
#define ROUNDS     8    /* batches of one direction before the other has its turn */
#define IPV6_LEN   40

static uint8_t packets[BATCH][PACKET_MAX];
static struct mmsghdr messages[BATCH];
static struct iovec vectors[BATCH];

/** carry_set_up() - prepare a new device; 0, or -1 with errno */
int carry_set_up(int tun)
{
	(void)tun;
	return 0;
}

/** is_local() - link-local or multicast, or no address at all */
static bool is_local(const uint8_t *address)
{
	static const uint8_t none[15] = {0};

	return address[0] == 0xff ||
	       (address[0] == 0xfe && (address[1] & 0xc0) == 0x80) ||
	       !memcmp(address, none, sizeof(none));
}

/** packet_len() - length of the IPv6 packet in @len bytes; 0: there is none to carry */
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

/** is_passing() - an error of one packet's, after which the next may do well */
static bool is_passing(int error)
{
	switch (error) {
	case EBADF:
	case EBADFD:
	case ENODEV:
	case ENOTSOCK:
		return false;
	default:
		return true;
	}
}

/** set_messages() - messages[i] has @count packets of the lengths in vectors[] */
static void prepare(unsigned i, size_t len)
{
	vectors[i] = (struct iovec){packets[i], len};
	messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
}

/** read_device() - a batch from the device; how many there are to send */
static unsigned read_device(struct carry *c, bool *more)
{
	unsigned n = 0;

	while (n < BATCH) {
		ssize_t got = read(c->tun, packets[n], PACKET_MAX);
		size_t len;

		if (got <= 0) {
			*more = false;
			if (got < 0 && !is_passing(errno))
				c->gone = errno;
			break;
		}
		len = packet_len(packets[n], (size_t)got);
		if (!len) {
			c->counters.tx_dropped++;
			continue;
		}
		prepare(n++, len);
		c->counters.tx_bytes += len;
	}
	return n;
}

/** send_batch() - all of a batch; what the socket refuses is dropped */
static void send_batch(struct carry *c, unsigned count)
{
	unsigned done = 0;

	while (done < count) {
		int n = sendmmsg(c->wire, messages + done, count - done, MSG_NOSIGNAL);

		if (n > 0) {
			c->counters.tx_packets += (unsigned)n;
			done += (unsigned)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (!is_passing(errno)) {
			c->gone = errno;
			return;
		}
		c->counters.tx_dropped++;
		done++;
	}
}

/** carry_out() - from the device to the server, as much as there is, within bounds */
void carry_out(struct carry *c)
{
	bool more = true;
	unsigned round;

	for (round = 0; more && round < ROUNDS && !c->gone; round++)
		send_batch(c, read_device(c, &more));
}

/** inner() - the IPv6 packet in a datagram; behind an IPv4 header where @raw */
static const uint8_t *inner(const struct carry *c, const uint8_t *p, size_t *len)
{
	size_t header;

	if (c->raw) {
		header = *len ? (size_t)(p[0] & 15) * 4 : 0;
		if (header < 20 || header > *len)
			header = *len;
		p += header;
		*len -= header;
	}
	*len = packet_len(p, *len);
	return p;
}

/** deliver() - one datagram to the device; true: it was the answer to a ping */
static bool deliver(struct carry *c, const uint8_t *datagram, size_t len)
{
	const uint8_t *p = inner(c, datagram, &len);

	if (!len) {
		c->counters.rx_dropped++;
		return false;
	}
	if (ping_is_answer(c->ping, p, len))
		return true;
	if (write(c->tun, p, len) < 0) {
		c->counters.rx_dropped++;
		if (!is_passing(errno))
			c->gone = errno;
		return false;
	}
	c->counters.rx_packets++;
	c->counters.rx_bytes += len;
	return false;
}

/** carry_in() - from the server to the device; true: the answer to a ping was among them */
bool carry_in(struct carry *c)
{
	bool answered = false;
	unsigned round, i;

	for (round = 0; round < ROUNDS && !c->gone; round++) {
		int n;

		for (i = 0; i < BATCH; i++)
			prepare(i, PACKET_MAX);
		n = recvmmsg(c->wire, messages, BATCH, MSG_DONTWAIT, NULL);
		if (n <= 0) {
			if (n < 0 && !is_passing(errno))
				c->gone = errno;
			break;
		}
		for (i = 0; i < (unsigned)n; i++)
			answered |= deliver(c, packets[i], messages[i].msg_len);
		if (n < BATCH)
			break;
	}
	return answered;
}

/** carry_send() - a packet of our own to the server */
void carry_send(struct carry *c, const void *packet, size_t len)
{
	if (send(c->wire, packet, len, MSG_NOSIGNAL) < 0 && !is_passing(errno))
		c->gone = errno;
}
