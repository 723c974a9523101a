/* SPDX-License-Identifier: MIT */
/*
 * fuzz_dialogue.c - a whole conversation, the client's side: dialogue_run()
 *
 * Input: a byte of options, then all that the server says; over UDP form feeds part its
 * datagrams, which get the header of the message that they answer. Whatever it says:
 *
 * - every report is one that the main process takes
 * - without a proof that the server knows the password, it gets no request
 * - the password is in no message but that of PLAIN
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "client/dialogue.h"
#include "client/report.h"
#include "tests/fuzz/fuzz.h"
#include "tsp/udp_header.h"

#define WIRE 1000
#define MAIN 1001

static const char password[] = "s3cret-of-alice";

static struct {
	struct fuzz_span input;
	bool udp, account, may_say_password;
	uint8_t header[UDP_HEADER_LEN];
	bool owing; /* UDP: a message has no answer yet */
	struct report report;
	unsigned reports;
} run;

/** hear() - something that the client sends to the server */
static void hear(const uint8_t *data, size_t len)
{
	if (run.udp) {
		CHECK(len >= UDP_HEADER_LEN);
		memcpy(run.header, data, UDP_HEADER_LEN);
		run.owing = true;
	}
	CHECK(run.may_say_password || !memmem(data, len, password, sizeof(password) - 1));
	CHECK(!run.account || !memmem(data, len, "<tunnel", 7));
}

/* In place of the C library's: both ends of the conversation and of the packet pair */
ssize_t send(int fd, const void *data, size_t len, int flags)
{
	(void)flags;
	if (fd == WIRE) {
		hear(data, len);
		return (ssize_t)len;
	}
	CHECK(fd == MAIN && len == sizeof(run.report));
	memcpy(&run.report, data, len);
	run.reports++;
	return (ssize_t)len;
}

/** next_datagram() - with the header of the last message; 0: the server is silent */
static ssize_t next_datagram(uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(run.input.p, '\f', run.input.len);
	size_t n = end ? (size_t)(end - run.input.p) : run.input.len;

	if (n > size - UDP_HEADER_LEN)
		n = size - UDP_HEADER_LEN;
	memcpy(data, run.header, UDP_HEADER_LEN);
	memcpy(data + UDP_HEADER_LEN, run.input.p, n);
	n = end ? (size_t)(end - run.input.p) : run.input.len;
	run.input.p += n + (end != NULL);
	run.input.len -= n + (end != NULL);
	run.owing = false;
	return (ssize_t)(n < size - UDP_HEADER_LEN ? n + UDP_HEADER_LEN : size);
}

ssize_t recv(int fd, void *data, size_t len, int flags)
{
	(void)flags;
	if (fd == MAIN) {
		struct report_verdict verdict = {REPORT_VERSION, 1};

		CHECK(len == sizeof(verdict));
		memcpy(data, &verdict, sizeof(verdict));
		return sizeof(verdict);
	}
	if (run.udp)
		return next_datagram(data, len);
	if (len > run.input.len)
		len = run.input.len;
	if (len)
		memcpy(data, run.input.p, len);
	run.input.p += len;
	run.input.len -= len;
	return (ssize_t)len;
}

/* glibc declares that poll() only writes to fds, and gcc warns of reading them */
#ifndef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
/* A server that has nothing more to say is not waited for */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	(void)count;
	(void)timeout;
	if (fds->events & POLLIN && run.udp && !run.input.len)
		return -1;
	fds->revents = fds->events;
	return 1;
}
#ifndef __clang__
#pragma GCC diagnostic pop
#endif

/* NOLINTNEXTLINE(readability-non-const-parameter) */
int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	(void)fd;
	(void)level;
	(void)name;
	memset(value, 0, *len);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings settings;
	static const struct sasl_client_login login = {
		.user = "alice", .password = password, .host = "broker.example"};
	struct dialogue_job job = {
		.settings = &settings, .configured = true, .fd = WIRE, .main = MAIN};
	enum mechanism mechanism;

	if (!size)
		return 0;
	memset(&run, 0, sizeof(run));
	memset(&settings, 0, sizeof(settings));
	run.input = (struct fuzz_span){data + 1, size - 1};
	run.udp = job.udp = data[0] & 1;
	settings.auth = data[0] >> 1 & 3;
	settings.mode = TUNNEL_V6V4 + (data[0] >> 3 & 1);
	if (data[0] & 16)
		settings.mode = TUNNEL_V6ANYV4;
	settings.router = data[0] & 32;
	job.action = data[0] >> 6 & 1 ? REQUEST_INFO : REQUEST_CREATE;
	strcpy(settings.userid, "alice");
	strcpy(settings.passwd, password);
	mechanism = dialogue_mechanism(&settings, true);
	run.may_say_password = mechanism == MECHANISM_PLAIN;
	run.account = mechanism == MECHANISM_DIGEST_MD5;
	if (mechanism & (MECHANISM_PLAIN | MECHANISM_DIGEST_MD5))
		job.sasl = sasl_client_start(mechanism, &login);
	dialogue_run(&job);
	sasl_client_end(job.sasl);
	CHECK(run.reports >= 1 && run.reports <= 2);
	CHECK(run.report.version == REPORT_VERSION && run.report.kind > 0 &&
	      run.report.kind < REPORT_KINDS && run.report.phase < PHASE_COUNT);
	CHECK(run.report.kind != REPORT_FAULT ||
	      (run.report.fault > FAULT_NONE && run.report.fault < FAULT_COUNT));
	return 0;
}
