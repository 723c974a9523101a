// SPDX-License-Identifier: MIT
/*
 * false-server.c - a TSP server that says what the command line says, whatever it hears
 *
 *	false-server [-l] [-u | -t] ADDRESS PORT REPLY...
 *
 * Serves UDP and TCP (-u, -t: one of them). With -l it reads a UDP header as tsps does on a
 * machine with the low byte first: without the signalling bits in the fourth byte, the
 * answer is status 310 in a header that answers nothing, and the conversation is over.
 *
 * Each message is answered with the next REPLY; a conversation begins with a connection,
 * over UDP with VERSION. In a REPLY \r, \n, \\ and \xHH are escapes, and these stand for
 * themselves alone:
 *
 *	@close		end the connection; over UDP nothing
 *	@silent		say nothing
 *	@forged TEXT	over UDP with headers that answer nothing, many times; then nothing
 *	@twice TEXT	two times
 *	@bytes TEXT	over TCP a byte at a time
 *
 * ECHO REQUEST is answered with status 200. Prints "ready", and then a line for each message
 * that it hears, with escapes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS 16
#define MESSAGE_MAX 8192
#define FORGERIES   32

static char **replies;
static unsigned reply_count;
static bool low_byte_first;

static void die(const char *what)
{
	perror(what);
	exit(111);
}

/** unescape() - a reply as bytes; its length */
static size_t unescape(const char *text, char *out)
{
	size_t len = 0;
	unsigned byte;

	for (; *text && len < MESSAGE_MAX; text++) {
		if (*text != '\\') {
			out[len++] = *text;
			continue;
		}
		switch (*++text) {
		case 'r':
			out[len++] = '\r';
			break;
		case 'n':
			out[len++] = '\n';
			break;
		case 'x':
			if (sscanf(text + 1, "%2x", &byte) != 1)
				die(text);
			out[len++] = (char)byte;
			text += 2;
			break;
		default:
			out[len++] = *text;
		}
	}
	return len;
}

/** tell() - a message that was heard */
static void tell(const char *transport, const char *data, size_t len)
{
	printf("%s ", transport);
	for (; len; len--, data++) {
		if (*data >= ' ' && *data < 0x7f)
			putchar(*data);
		else
			printf("\\x%02x", (unsigned char)*data);
	}
	putchar('\n');
	fflush(stdout);
}

/** word() - the command at a reply's beginning, and the text behind it */
static bool word(const char **text, const char *command)
{
	size_t len = strlen(command);

	if (strncmp(*text, command, len))
		return false;
	*text += len + ((*text)[len] == ' ');
	return true;
}

static const char *reply_of(unsigned number)
{
	return number < reply_count ? replies[number] : "@silent";
}

static int listen_on(int type, const char *address, const char *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons((uint16_t)atoi(port))};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;

	inet_pton(AF_INET, address, &a.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    (type == SOCK_STREAM && listen(fd, CONNECTIONS)))
		die(address);
	return fd;
}

/** answer_datagram() - @datagram has the header that an answer begins with */
static void answer_datagram(int fd, const struct sockaddr_in *to, char *datagram,
			    const char *text)
{
	unsigned times = 1, i;
	bool forge = false;
	size_t len;
	char was;

	if (word(&text, "@silent") || word(&text, "@close"))
		return;
	if (word(&text, "@twice"))
		times = 2;
	if (word(&text, "@forged")) {
		forge = true;
		times = FORGERIES;
	}
	word(&text, "@bytes");
	len = 8 + unescape(text, datagram + 8);
	for (i = 0; i < times; i++) {
		was = datagram[i % 8];
		if (forge)
			datagram[i % 8] ^= (char)(1 + i);
		sendto(fd, datagram, len, 0, (const struct sockaddr *)to, sizeof(*to));
		datagram[i % 8] = was;
	}
}

static void hear_datagram(int fd)
{
	static unsigned number;
	char datagram[MESSAGE_MAX + 16];
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	ssize_t n =
		recvfrom(fd, datagram, MESSAGE_MAX, 0, (struct sockaddr *)&from, &size);

	if (n < 8)
		return;
	tell("udp", datagram + 8, (size_t)n - 8);
	if (n >= 20 && !memcmp(datagram + 8, "ECHO REQUEST", 12)) {
		answer_datagram(fd, &from, datagram, "200 Success\\r\\n");
		return;
	}
	if (low_byte_first && (datagram[3] & 0xf0) != 0xf0) {
		memset(datagram, 0xff, 4);
		answer_datagram(fd, &from, datagram, "310 TSP status error\\r\\n");
		number = 0;
		return;
	}
	if (n > 15 && !memcmp(datagram + 8, "VERSION", 7))
		number = 0;
	answer_datagram(fd, &from, datagram, reply_of(number++));
}

/** answer_stream() - false: the connection ends */
static bool answer_stream(int fd, const char *text)
{
	char bytes[MESSAGE_MAX + 1];
	unsigned times = 1;
	bool single = false;
	size_t len, i;

	if (word(&text, "@silent"))
		return true;
	if (word(&text, "@close"))
		return false;
	if (word(&text, "@twice"))
		times = 2;
	if (word(&text, "@bytes"))
		single = true;
	word(&text, "@forged");
	len = unescape(text, bytes);
	for (; times; times--) {
		for (i = 0; i < len; i += single ? 1 : len)
			send(fd, bytes + i, single ? 1 : len, MSG_NOSIGNAL);
	}
	return true;
}

/** hear_stream() - false: the connection has ended */
static bool hear_stream(int fd, unsigned *number)
{
	char message[MESSAGE_MAX];
	ssize_t n = recv(fd, message, sizeof(message), 0);

	if (n <= 0)
		return false;
	tell("tcp", message, (size_t)n);
	return answer_stream(fd, reply_of((*number)++));
}

int main(int argc, char **argv)
{
	struct pollfd fds[CONNECTIONS + 2];
	unsigned numbers[CONNECTIONS + 2] = {0}, i;
	bool udp = true, tcp = true;
	int c;

	while ((c = getopt(argc, argv, "+ltu")) != -1) {
		if (c == 'l')
			low_byte_first = true;
		else if (c == 't')
			udp = false;
		else
			tcp = false;
	}
	if (argc - optind < 2) {
		fputs("usage: false-server [-l] [-u | -t] ADDRESS PORT REPLY...\n",
		      stderr);
		return 100;
	}
	replies = argv + optind + 2;
	reply_count = (unsigned)(argc - optind - 2);
	for (i = 0; i < CONNECTIONS + 2; i++)
		fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
	if (udp)
		fds[0].fd = listen_on(SOCK_DGRAM, argv[optind], argv[optind + 1]);
	if (tcp)
		fds[1].fd = listen_on(SOCK_STREAM, argv[optind], argv[optind + 1]);
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(fds, CONNECTIONS + 2, -1) < 0)
			die("poll");
		if (fds[0].revents)
			hear_datagram(fds[0].fd);
		for (i = 2; i < CONNECTIONS + 2; i++) {
			if (fds[i].fd >= 0 && fds[i].revents &&
			    !hear_stream(fds[i].fd, &numbers[i])) {
				close(fds[i].fd);
				fds[i].fd = -1;
			}
		}
		for (i = 2; fds[1].revents && i < CONNECTIONS + 2; i++) {
			if (fds[i].fd < 0) {
				fds[i].fd = accept(fds[1].fd, NULL, NULL);
				numbers[i] = 0;
				break;
			}
		}
	}
}
