/* SPDX-License-Identifier: MIT */
/* netlink.h - requests to rtnetlink: build, send, read the answer */
#ifndef DATAPATH_NETLINK_H
#define DATAPATH_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETLINK_REQUEST_SIZE 1024

/**
 * struct netlink_request - a message that is being built
 * @header:	Where the message begins; its length counts what was added
 * @space:	Its memory
 * @full:	Something did not fit: the message is incomplete and is not sent
 */
struct netlink_request {
	union {
		struct nlmsghdr header;
		unsigned char space[NETLINK_REQUEST_SIZE];
	};
	bool full;
};

/** netlink_each - called for each message of a dump; 0 to go on, -1 with errno to stop */
typedef int netlink_each(const struct nlmsghdr *message, void *context);

int netlink_open(void);
void netlink_begin(struct netlink_request *r, uint16_t type, uint16_t flags,
		   const void *body, size_t len);
void netlink_add(struct netlink_request *r, uint16_t type, const void *data, size_t len);
void netlink_add_u32(struct netlink_request *r, uint16_t type, uint32_t value);
void netlink_add_text(struct netlink_request *r, uint16_t type, const char *text);
void netlink_add_body(struct netlink_request *r, const void *data, size_t len);
size_t netlink_nest(struct netlink_request *r, uint16_t type);
void netlink_unnest(struct netlink_request *r, size_t nest);
int netlink_ask(int fd, struct netlink_request *r, netlink_each *each, void *context);

const struct rtattr *netlink_find(const struct nlmsghdr *message, size_t body,
				  uint16_t type);
const struct rtattr *netlink_within(const struct rtattr *nest, uint16_t type);
uint32_t netlink_u32(const struct rtattr *a, uint32_t otherwise);
const char *netlink_text(const struct rtattr *a);

#endif
