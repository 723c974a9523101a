/* SPDX-License-Identifier: MIT */
/*
 * netlink.c - requests to rtnetlink: build, send, read the answer
 *
 * Devices, addresses and routes are set up by the kernel's own interface: no program is
 * started, no text parsed, and each error has a number. A request is acknowledged or
 * answered in full before netlink_ask() returns.
 */
#include "datapath/netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_SIZE 32768 /* the kernel's largest part of a dump */
#define SECONDS     10    /* longer than an answer ever takes */

/**
 * netlink_open() - a socket to rtnetlink of this network namespace
 *
 * Return: descriptor; -1 with errno
 */
int netlink_open(void)
{
	struct sockaddr_nl self = {.nl_family = AF_NETLINK};
	struct timeval limit = {.tv_sec = SECONDS};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), on = 1,
	    saved;

	if (fd < 0)
		return -1;
	/* acknowledgements do not repeat the request */
	if (!bind(fd, (struct sockaddr *)&self, sizeof(self)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) &&
	    !setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)) &&
	    !setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on)))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/** extend() - @len more bytes at the message's end, zeroed and aligned; NULL: no room */
static void *extend(struct netlink_request *r, size_t len)
{
	size_t at = NLMSG_ALIGN(r->header.nlmsg_len);

	if (r->full || len > sizeof(r->space) - at) {
		r->full = true;
		return NULL;
	}
	r->header.nlmsg_len = (uint32_t)(at + len);
	return r->space + at;
}

/**
 * netlink_begin() - start a request
 * @r:		Request
 * @type:	RTM_ something
 * @flags:	NLM_F_ flags beside NLM_F_REQUEST; NLM_F_DUMP, or NLM_F_ACK, which is added
 * @body:	Structure of that type
 * @len:	Its size in bytes
 */
void netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags,
		   const void *body, size_t len)
{
	memset(r, 0, sizeof(*r));
	r->header.nlmsg_len = NLMSG_HDRLEN;
	r->header.nlmsg_type = type;
	r->header.nlmsg_flags = NLM_F_REQUEST | flags;
	if ((flags & NLM_F_DUMP) != NLM_F_DUMP)
		r->header.nlmsg_flags |= NLM_F_ACK;
	netlink_add_body(r, body, len);
}

/** netlink_add_body() - add bytes without an attribute header, as some nests begin */
void netlink_add_body(struct netlink_request *r, const void *data, size_t len)
{
	void *to = extend(r, len);

	if (to)
		memcpy(to, data, len);
}

/** netlink_add() - an attribute: @type, and @len bytes of @data */
void netlink_add(struct netlink_request *r, uint16_t type, const void *data, size_t len)
{
	struct rtattr *a = extend(r, RTA_LENGTH(0));

	if (!a)
		return;
	a->rta_type = type;
	a->rta_len = (uint16_t)RTA_LENGTH(len);
	if (len)
		netlink_add_body(r, data, len);
}

/** netlink_add_u32() - an attribute that is a number in host byte order */
void netlink_add_u32(struct netlink_request *r, uint16_t type, uint32_t value)
{
	netlink_add(r, type, &value, sizeof(value));
}

/** netlink_add_text() - an attribute that is text, with its NUL */
void netlink_add_text(struct netlink_request *r, uint16_t type, const char *text)
{
	netlink_add(r, type, text, strlen(text) + 1);
}

/**
 * netlink_nest() - begin an attribute that contains what follows, up to netlink_unnest()
 *
 * Return: the nest, for netlink_unnest()
 */
size_t netlink_nest(struct netlink_request *r, uint16_t type)
{
	size_t at = NLMSG_ALIGN(r->header.nlmsg_len);

	netlink_add(r, type | NLA_F_NESTED, NULL, 0);
	return at;
}

/** netlink_unnest() - close the attribute that netlink_nest() opened */
void netlink_unnest(struct netlink_request *r, size_t nest)
{
	struct rtattr *a = (struct rtattr *)(r->space + nest);

	if (!r->full)
		a->rta_len = (uint16_t)(r->header.nlmsg_len - nest);
}

/**
 * judge() - handle one message of the answer
 *
 * Return: 1: the answer is over; 0: more will come; -1 with errno
 */
static int judge(const struct nlmsghdr *m, netlink_each *each, void *context)
{
	const struct nlmsgerr *e = NLMSG_DATA(m);

	if (m->nlmsg_type == NLMSG_ERROR) {
		if (m->nlmsg_len < NLMSG_LENGTH(sizeof(*e))) {
			errno = EPROTO;
			return -1;
		}
		errno = -e->error;
		return e->error ? -1 : 1;
	}
	if (m->nlmsg_type == NLMSG_DONE)
		return 1;
	if (m->nlmsg_flags & NLM_F_DUMP_INTR) { /* the answer is of a mixed state */
		errno = EAGAIN;
		return -1;
	}
	return each ? each(m, context) : 0;
}

/**
 * netlink_ask() - send a request and read the whole answer
 * @fd:		From netlink_open()
 * @r:		Request; gets its sequence number here
 * @each:	Called for each message of the answer; may be NULL
 * @context:	For @each
 *
 * Return: 0; -1 with errno, as the kernel or @each says, ENOBUFS for a request too large,
 * EAGAIN for a dump of a list that changed meanwhile
 */
int netlink_ask(int fd, struct netlink_request *r, netlink_each *each, void *context)
{
	static uint32_t sequence;
	union {
		struct nlmsghdr header;
		unsigned char bytes[ANSWER_SIZE];
	} answer;
	int verdict = 0;

	if (r->full) {
		errno = ENOBUFS;
		return -1;
	}
	r->header.nlmsg_seq = ++sequence;
	if (send(fd, r->space, r->header.nlmsg_len, 0) < 0)
		return -1;
	while (!verdict) {
		ssize_t n = recv(fd, &answer, sizeof(answer), 0);
		const struct nlmsghdr *m = &answer.header;

		if (n < 0)
			return -1;
		for (; !verdict && NLMSG_OK(m, n); m = NLMSG_NEXT(m, n)) {
			if (m->nlmsg_seq == sequence)
				verdict = judge(m, each, context);
		}
	}
	return verdict < 0 ? -1 : 0;
}

/** find_in() - find an attribute in @len bytes of attributes; NULL if it is absent */
static const struct rtattr *find_in(const struct rtattr *a, size_t len, uint16_t type)
{
	int left = (int)len;

	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if ((a->rta_type & NLA_TYPE_MASK) == type)
			return a;
	}
	return NULL;
}

/**
 * netlink_find() - an attribute of a message
 * @message:	Message
 * @body:	Size of the structure that it begins with
 * @type:	Attribute
 *
 * Return: the attribute, or NULL
 */
const struct rtattr *netlink_find(const struct nlmsghdr *message, size_t body,
				  uint16_t type)
{
	size_t head = NLMSG_LENGTH(NLMSG_ALIGN(body));

	if (message->nlmsg_len < head)
		return NULL;
	return find_in((const struct rtattr *)((const char *)message + head),
		       message->nlmsg_len - head, type);
}

/** netlink_within() - find an attribute in a nest, which may be NULL */
const struct rtattr *netlink_within(const struct rtattr *nest, uint16_t type)
{
	return nest ? find_in(RTA_DATA(nest), RTA_PAYLOAD(nest), type) : NULL;
}

/** netlink_u32() - an attribute as a number; @otherwise if it is absent */
uint32_t netlink_u32(const struct rtattr *a, uint32_t otherwise)
{
	uint32_t value;

	if (!a || RTA_PAYLOAD(a) < sizeof(value))
		return otherwise;
	memcpy(&value, RTA_DATA(a), sizeof(value));
	return value;
}

/** netlink_text() - an attribute as text; "" if it or its NUL is missing */
const char *netlink_text(const struct rtattr *a)
{
	size_t len = a ? RTA_PAYLOAD(a) : 0;
	const char *text = a ? RTA_DATA(a) : "";

	return len && !text[len - 1] ? text : "";
}
