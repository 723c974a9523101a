/* SPDX-License-Identifier: MIT */
/*
 * rank.c - brokers by how soon they answer
 *
 * Each is sent "ECHO REQUEST" over UDP, twice; those that answer come first, in the order
 * of their answers; the others follow, since they may serve TCP. A process without
 * privileges reads the answers and returns a packet of numbers.
 */
#include "client/rank.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/child.h"
#include "client/events.h"
#include "lib/clock.h"
#include "lib/random.h"
#include "sandbox/sandbox.h"
#include "tsp/io.h"
#include "tsp/udp_header.h"

#define ECHO_TEXT  "ECHO REQUEST"
#define ECHO_TRIES 2
#define RANK_MS    1000 /* for each of the two */

/** struct order - result of the process that asks: brokers in the order of their answers */
struct order {
	uint32_t count;
	uint8_t who[ANSWER_BROKERS_MAX];
};

/** struct race - those that are asked */
struct race {
	size_t count;
	int fds[ANSWER_BROKERS_MAX]; /* connected; -1: cannot be reached, or has answered */
	uint32_t sequence;
	int64_t wait_ms;
	bool first_only; /* one answer is enough */
	struct order order;
};

/** ask() - an ECHO REQUEST to each that has not answered */
static void ask(const struct race *race)
{
	uint8_t datagram[UDP_HEADER_LEN + sizeof(ECHO_TEXT) - 1];
	struct udp_header header = {race->sequence, (uint32_t)clock_ms()};
	size_t i;

	udp_header_write(&header, datagram);
	memcpy(datagram + UDP_HEADER_LEN, ECHO_TEXT, sizeof(ECHO_TEXT) - 1);
	for (i = 0; i < race->count; i++) {
		if (race->fds[i] >= 0)
			send(race->fds[i], datagram, sizeof(datagram),
			     MSG_NOSIGNAL | MSG_DONTWAIT);
	}
}

/** is_answer() - status 200 to our request */
static bool is_answer(const struct race *race, int fd)
{
	uint8_t datagram[UDP_DATAGRAM_MAX];
	ssize_t n = recv(fd, datagram, sizeof(datagram), MSG_DONTWAIT);
	struct udp_header header;

	return n >= UDP_HEADER_LEN + 3 &&
	       udp_header_read(datagram, (size_t)n, &header) == UDP_SIGNALLING &&
	       header.sequence == race->sequence &&
	       !memcmp(datagram + UDP_HEADER_LEN, "200", 3);
}

/** collect() - take answers until @until; true: all have answered */
static bool collect(struct race *race, int64_t until)
{
	struct pollfd fds[ANSWER_BROKERS_MAX];
	bool waiting;
	size_t i;

	do {
		int64_t left = until - clock_ms();

		waiting = false;
		for (i = 0; i < race->count; i++) {
			fds[i] = (struct pollfd){.fd = race->fds[i], .events = POLLIN};
			waiting |= race->fds[i] >= 0;
		}
		if (!waiting || left <= 0)
			return !waiting;
		if (poll(fds, race->count, (int)left) <= 0)
			return false;
		for (i = 0; i < race->count; i++) {
			if (!fds[i].revents || !is_answer(race, race->fds[i]))
				continue;
			race->order.who[race->order.count++] = (uint8_t)i;
			race->fds[i] = -1;
			if (race->first_only)
				return true;
		}
	} while (clock_ms() < until);
	return false;
}

/** run_race() - in the process without rights */
static int run_race(int fd, void *context)
{
	struct race *race = context;
	unsigned try;

	if (sandbox_datagrams())
		return 1;
	for (try = 0; try < ECHO_TRIES; try++) {
		ask(race);
		if (collect(race, clock_ms() + race->wait_ms))
			break;
	}
	return send(fd, &race->order, sizeof(race->order), MSG_NOSIGNAL) < 0;
}

/** open_sockets() - one for each broker */
static void open_sockets(struct race *race, const struct rank_broker *brokers)
{
	size_t i;

	for (i = 0; i < race->count; i++) {
		struct sockaddr_in peer = {.sin_family = AF_INET,
					   .sin_addr = brokers[i].address,
					   .sin_port = htons(brokers[i].port)};
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		if (fd >= 0 && connect(fd, (struct sockaddr *)&peer, sizeof(peer))) {
			close(fd);
			fd = -1;
		}
		race->fds[i] = fd;
	}
}

/** hold() - ask all; the order is in race->order, sound: each at most once */
static void hold(struct race *race, const struct rank_broker *brokers)
{
	struct order got;
	struct child child;
	bool seen[ANSWER_BROKERS_MAX] = {false};
	size_t i;
	uint32_t n;

	open_sockets(race, brokers);
	if (random_get(&race->sequence, sizeof(race->sequence)))
		race->sequence = 0;
	race->sequence = 0xf0000000 | (race->sequence & 0x0fffffff);
	if (!child_start(&child, run_race, race)) {
		if (events_wait_fd(child.fd, clock_ms() + 3 * race->wait_ms) ==
			    EVENTS_READY &&
		    recv(child.fd, &got, sizeof(got), MSG_TRUNC | MSG_DONTWAIT) ==
			    sizeof(got)) {
			for (n = 0; n < got.count && n < race->count; n++) {
				if (got.who[n] < race->count && !seen[got.who[n]]) {
					seen[got.who[n]] = true;
					race->order.who[race->order.count++] = got.who[n];
				}
			}
		}
		child_end(&child);
	}
	for (i = 0; i < race->count; i++) {
		if (race->fds[i] >= 0)
			close(race->fds[i]);
	}
}

/**
 * rank() - sort brokers by how soon they answer; silent ones last
 * @brokers:	Brokers
 * @count:	How many, at most ANSWER_BROKERS_MAX
 */
void rank(struct rank_broker *brokers, size_t count)
{
	struct race race = {.count = count, .wait_ms = RANK_MS};
	struct rank_broker sorted[ANSWER_BROKERS_MAX];
	bool taken[ANSWER_BROKERS_MAX] = {false};
	size_t i, n = 0;

	if (count < 2 || count > ANSWER_BROKERS_MAX)
		return;
	hold(&race, brokers);
	for (i = 0; i < race.order.count; i++) {
		sorted[n++] = brokers[race.order.who[i]];
		taken[race.order.who[i]] = true;
	}
	for (i = 0; i < count; i++) {
		if (!taken[i])
			sorted[n++] = brokers[i];
	}
	memcpy(brokers, sorted, count * sizeof(*brokers));
}

/** rank_answers() - one broker answers an ECHO REQUEST within twice @wait_ms */
int rank_answers(const struct rank_broker *broker, int64_t wait_ms)
{
	struct race race = {.count = 1, .wait_ms = wait_ms, .first_only = true};

	hold(&race, broker);
	return race.order.count == 1;
}
