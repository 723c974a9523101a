/* SPDX-License-Identifier: MIT */
/*
 * mover.c - the process that carries packets and sends keepalives
 *
 * It has the tun device, the tunnel's socket and no privileges. Keepalives go directly
 * into the socket, and their answers are taken from it: they need no route, and test the
 * tunnel instead of the routing table. Where the kernel carries the packets, the same
 * process has an ICMPv6 socket on the tunnel's device.
 */
#include "client/mover.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "sandbox/sandbox.h"
#include "tsp/io.h"

#define SOCKET_BUFFER (4 * 1024 * 1024)

/** struct moving - the process's state */
struct moving {
	const struct mover *mover;
	struct ping ping;
	struct carry carry;
	int main;
};

/** tell() - report to the main process; false: it is gone */
static bool tell(const struct moving *m, enum mover_kind kind)
{
	struct mover_report report = {.version = MOVER_VERSION,
				      .kind = kind,
				      .rtt = m->ping.rtt,
				      .error = m->carry.gone,
				      .counters = m->carry.counters};

	/* When its buffer is full it has enough of these reports */
	return send(m->main, &report, sizeof(report), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 ||
	       errno == EAGAIN;
}

/** send_ping() - the one that is due */
static void send_ping(struct moving *m)
{
	uint8_t packet[PING_LEN];

	if (m->mover->tun >= 0) {
		ping_packet(&m->ping, packet);
		carry_send(&m->carry, packet, PING_LEN);
	} else {
		ping_icmp(&m->ping, packet);
		send(m->mover->wire, packet, PING_ICMP_LEN, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
}

/** take_icmp() - from the ICMPv6 socket; true: the answer to a ping was among them */
static bool take_icmp(struct moving *m)
{
	uint8_t icmp[1500];
	bool answered = false;
	ssize_t n;

	while ((n = recv(m->mover->wire, icmp, sizeof(icmp), MSG_DONTWAIT)) >= 0)
		answered |= ping_answer(&m->ping, icmp, (size_t)n);
	return answered;
}

/** advance() - send a due keepalive; false: the tunnel is dead, or the main process gone */
static bool advance(struct moving *m)
{
	switch (ping_advance(&m->ping)) {
	case PING_SEND:
		send_ping(m);
		return true;
	case PING_LOST:
		return tell(m, MOVER_LOST);
	default:
		return true;
	}
}

/** pause_of() - milliseconds until the next keepalive */
static int pause_of(const struct moving *m)
{
	int64_t left = ping_due(&m->ping) - clock_ms();

	return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

/** obey() - the main process asks for a keepalive now; false: it is gone */
static bool obey(struct moving *m)
{
	char order;
	ssize_t n = recv(m->main, &order, sizeof(order), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		return false;
	if (n > 0)
		ping_hurry(&m->ping);
	return true;
}

/** work() - on what poll() has found; false: it cannot go on, and the main process knows */
static bool work(struct moving *m, const struct pollfd *wire, const struct pollfd *tun)
{
	bool answered = false;

	if (wire->revents)
		answered = m->mover->tun >= 0 ? carry_in(&m->carry) : take_icmp(m);
	if (tun->revents)
		carry_out(&m->carry);
	if (tun->revents & (POLLERR | POLLHUP | POLLNVAL))
		m->carry.gone = ENODEV;
	if (m->carry.gone)
		tell(m, MOVER_BROKEN);
	return !m->carry.gone && (!answered || tell(m, MOVER_ALIVE));
}

/** move() - until the main process is gone; answers are read before their time is up */
static void move(struct moving *m)
{
	struct pollfd fds[3] = {{.fd = m->main, .events = POLLIN},
				{.fd = m->mover->wire, .events = POLLIN},
				{.fd = m->mover->tun, .events = POLLIN}};

	do {
		if (poll(fds, 3, pause_of(m)) < 0) {
			if (errno != EINTR)
				return;
			continue;
		}
		if (fds[0].revents && !obey(m))
			return;
		if (!work(m, &fds[1], &fds[2]))
			return;
	} while (advance(m));
}

/** be_mover() - in the process without rights */
static int be_mover(int fd, void *context)
{
	static struct moving m;

	m.mover = context;
	m.main = fd;
	m.carry = (struct carry){.tun = m.mover->tun,
				 .wire = m.mover->wire,
				 .raw = m.mover->raw,
				 .ping = &m.ping};
	if (sandbox_mover())
		return 1;
	ping_start(&m.ping, &m.mover->ping);
	move(&m);
	return 0;
}

/** mover_prepare() - set the socket's buffers and options */
void mover_prepare(int wire, bool raw)
{
	int size = SOCKET_BUFFER, dont = IP_PMTUDISC_DONT;

	setsockopt(wire, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(wire, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	/* A packet that is too long for the path is cut, not lost */
	setsockopt(wire, IPPROTO_IP, IP_MTU_DISCOVER, &dont, sizeof(dont));
	carry_prepare(wire, raw);
}

/**
 * mover_start() - start the process
 * @child:	Result
 * @mover:	Device and socket; closed here, whatever happens
 *
 * Return: 0; -1 with errno, logged
 */
int mover_start(struct child *child, struct mover *mover)
{
	int result;

	if (mover->tun >= 0)
		mover_prepare(mover->wire, mover->raw);
	result = child_start(child, be_mover, mover);
	close(mover->wire);
	if (mover->tun >= 0)
		close(mover->tun);
	return result;
}

/**
 * mover_report_receive() - take a report
 *
 * Return: 1 for a report, 0 if none is pending, -1 if the process is gone
 */
int mover_report_receive(const struct child *child, struct mover_report *out)
{
	ssize_t n = recv(child->fd, out, sizeof(*out), MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n == sizeof(*out) && out->version == MOVER_VERSION && out->kind > 0 &&
			       out->kind < MOVER_KINDS
		       ? 1
		       : -1;
}

/** mover_hurry() - have a keepalive sent now */
void mover_hurry(const struct child *child)
{
	send(child->fd, "?", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/**
 * mover_icmp_socket() - for keepalives of a tunnel that the kernel carries
 * @device:	The tunnel's: pings leave by it, whatever routes there are
 * @own:	Address of our end
 * @peer:	Whom to ping
 *
 * Return: connected socket that takes echo replies only; -1 with errno, logged
 */
int mover_icmp_socket(const char *device, const struct in6_addr *own,
		      const struct in6_addr *peer)
{
	struct sockaddr_in6 from = {.sin6_family = AF_INET6, .sin6_addr = *own};
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = *peer};
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	struct icmp6_filter filter;

	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
	if (fd >= 0 &&
	    !setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
			(socklen_t)strlen(device) + 1) &&
	    !setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) &&
	    !bind(fd, (struct sockaddr *)&from, sizeof(from)) &&
	    !connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return fd;
	log_msg(LOG_ERR, "keepalive by %s: %m", device);
	if (fd >= 0)
		close(fd);
	return -1;
}
