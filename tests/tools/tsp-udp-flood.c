// SPDX-License-Identifier: MIT
/*
 * tsp-udp-flood.c - forged conversations over UDP at a steady rate; needs root
 *
 * usage: tsp-udp-flood PORT ATTACK RATE SECONDS [NET]
 *
 * ATTACK is how far each forged client goes: version, anonymous, create, accept, login or
 * guess; v6v4, a create of protocol 41; or echo, or header, a bare one. RATE is clients a
 * second, each with its own address and port out of NET, a /16 (127.66.0.0).
 * The server is at 127.0.0.1. Prints the number of clients.
 */
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define VERSION   "VERSION=2.0.2\r\n"
#define ANONYMOUS "AUTHENTICATE ANONYMOUS\r\n"
#define PLAIN     "AUTHENTICATE PLAIN\r\n"
#define DIGEST    "AUTHENTICATE DIGEST-MD5\r\n"
#define GUESS     "AGFsaWNlAHdyb25n\r\n"
/* sent with a Content-length; @ is the client's address */
#define CREATE                                                                           \
	"<tunnel action=\"create\" type=\"v6udpv4\"><client><address type=\"ipv4\">"     \
	"10.0.0.1</address></client></tunnel>    "
#define V6V4                                                                             \
	"<tunnel action=\"create\" type=\"v6v4\"><client><address type=\"ipv4\">"        \
	"@</address></client></tunnel>    "
#define ACCEPT "<tunnel action=\"accept\"></tunnel>\r\n"

#define MESSAGES 4

static const struct {
	const char *name;
	const char *says[MESSAGES];
} attacks[] = {
	{"version", {VERSION}},
	{"anonymous", {VERSION, ANONYMOUS}},
	{"create", {VERSION, ANONYMOUS, CREATE}},
	{"accept", {VERSION, ANONYMOUS, CREATE, ACCEPT}},
	{"v6v4", {VERSION, ANONYMOUS, V6V4, ACCEPT}},
	{"login", {VERSION, DIGEST}},
	{"guess", {VERSION, PLAIN, GUESS}},
	{"echo", {"ECHO REQUEST"}},
	{"header", {""}},
};

#define ATTACKS (sizeof(attacks) / sizeof(attacks[0]))

/** struct flood - a raw socket and whom it sends to */
struct flood {
	int fd;
	struct sockaddr_in to;
	uint32_t net;
};

/** write_text() - a message as it is sent from @address: its length */
static size_t write_text(const char *text, struct in_addr address, char out[512])
{
	const char *at = strchr(text, '@');
	char body[256];

	if (*text != '<')
		return (size_t)snprintf(out, 512, "%s", text);
	snprintf(body, sizeof(body), "%.*s%s%s",
		 at ? (int)(at - text) : (int)strlen(text), text,
		 at ? inet_ntoa(address) : "", at ? at + 1 : "");
	return (size_t)snprintf(out, 512, "Content-length: %zu\r\n%s", strlen(body),
				body);
}

/** send_forged() - message @number of client @client; 0, or -1 */
static int send_forged(const struct flood *f, uint32_t client, uint32_t number,
		       const char *text)
{
	struct {
		struct iphdr ip;
		struct udphdr udp;
		uint32_t sequence, timestamp;
		char text[512];
	} __attribute__((packed)) p = {.ip = {.version = 4, .ihl = 5, .ttl = 64}};
	struct in_addr source = {htonl(f->net | (client * 2654435761u) >> 16)};
	size_t len = offsetof(typeof(p), text) + write_text(text, source, p.text);

	p.ip.protocol = IPPROTO_UDP;
	p.ip.saddr = source.s_addr;
	p.ip.daddr = f->to.sin_addr.s_addr;
	p.udp.source = htons((uint16_t)(1024 + client % 60000));
	p.udp.dest = f->to.sin_port;
	p.udp.len = htons((uint16_t)(len - sizeof(p.ip)));
	p.sequence = htonl(0xf00000f0 + number);
	p.timestamp = htonl(1000 + number);
	return sendto(f->fd, &p, len, 0, (const struct sockaddr *)&f->to, sizeof(f->to)) <
			       0
		       ? -1
		       : 0;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/** flood() - start RATE clients a second; message i follows message i - 1 after 0.1 s */
static uint32_t flood(const struct flood *f, const char *const says[MESSAGES],
		      double rate, double length)
{
	double begin = seconds(), passed = 0;
	uint32_t sent[MESSAGES] = {0};
	size_t i;

	while (passed < length + 0.1 * MESSAGES) {
		for (i = 0; i < MESSAGES && says[i]; i++) {
			double due = passed - 0.1 * (double)i;

			due = due > length ? length : due;
			for (; sent[i] < due * rate; sent[i]++) {
				if (send_forged(f, sent[i], (uint32_t)i, says[i]))
					perror("sendto");
			}
		}
		usleep(1000);
		passed = seconds() - begin;
	}
	return sent[0];
}

int main(int argc, char **argv)
{
	struct flood f = {.to = {.sin_family = AF_INET}};
	struct in_addr net;
	size_t i;
	int fd;

	if (argc < 5 ||
	    inet_pton(AF_INET, argc > 5 ? argv[5] : "127.66.0.0", &net) != 1) {
		fputs("usage: tsp-udp-flood PORT ATTACK RATE SECONDS [NET]\n", stderr);
		return 100;
	}
	f.net = ntohl(net.s_addr);
	f.to.sin_port = htons((uint16_t)atoi(argv[1]));
	f.to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	f.fd = fd;
	if (fd < 0) {
		perror("raw socket");
		return 111;
	}
	for (i = 0; i < ATTACKS && strcmp(attacks[i].name, argv[2]) != 0; i++)
		;
	if (i < ATTACKS)
		printf("%u\n", flood(&f, attacks[i].says, atof(argv[3]), atof(argv[4])));
	close(fd);
	return i < ATTACKS ? 0 : 100;
}
