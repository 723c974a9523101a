/* SPDX-License-Identifier: MIT */
/*
 * setup_kernel.c - can this kernel make the devices that a template needs?
 *
 * A template says so by "# TSP-Devices: sit". Only the kernel knows whether it has a kind of
 * device built in, or in a module that it can load, so a child makes a device of that kind
 * in a network namespace that ends with it.
 */
#include "upkeep/setup_kernel.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/** enum answer - exit status of the child */
enum answer { HAS_KIND, HAS_NOT_KIND, UNKNOWN };

/** struct request - make a device of a kind, with a name of the kernel's choice */
struct request {
	struct nlmsghdr head;
	struct ifinfomsg link;
	struct rtattr info, kind;
	char name[MODES_WORD];
};

/** struct reply - the kernel's answer; an error has no more than this */
struct reply {
	struct nlmsghdr head;
	struct nlmsgerr error;
};

/** make_device() - ask the kernel for a device; 0 or an error number, -1: no answer */
static int make_device(const char *kind)
{
	struct request r = {
		.head = {.nlmsg_len = sizeof(r),
			 .nlmsg_type = RTM_NEWLINK,
			 .nlmsg_flags =
				 NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL},
		.link = {.ifi_family = AF_UNSPEC},
		.info = {.rta_type = IFLA_LINKINFO},
		.kind = {.rta_type = IFLA_INFO_KIND},
	};
	struct reply reply;
	int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	strcpy(r.name, kind);
	r.kind.rta_len = (unsigned short)(sizeof(r.kind) + sizeof(r.name));
	r.info.rta_len = (unsigned short)(sizeof(r.info) + r.kind.rta_len);
	if (netlink < 0 || send(netlink, &r, sizeof(r), 0) < 0 ||
	    recv(netlink, &reply, sizeof(reply), 0) < (ssize_t)sizeof(reply.head) + 4 ||
	    reply.head.nlmsg_type != NLMSG_ERROR)
		return -1;
	return -reply.error.error;
}

/** probe() - the child: in a namespace of its own, make a device */
static enum answer probe(const char *kind)
{
	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET))
		return UNKNOWN;
	switch (make_device(kind)) {
	case 0:
		return HAS_KIND;
	case EOPNOTSUPP:
		return HAS_NOT_KIND;
	default: /* a kind that needs more than a name, or no right to make one */
		return UNKNOWN;
	}
}

/** lacks() - the kernel cannot make a device of this kind */
static bool lacks(const char *kind)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(probe(kind));
	while (pid > 0 && waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return false;
	}
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == HAS_NOT_KIND;
}

/**
 * setup_kernel_lacks() - find a kind of device that a template needs and the kernel lacks
 * @template:	The script
 * @kind:	Result: the first such kind
 *
 * Return: true: there is one; false: there is none, or it cannot be told
 */
bool setup_kernel_lacks(const char *template, char kind[MODES_WORD])
{
	size_t i;

	for (i = 0; modes_word(template, "# TSP-Devices:", i, kind); i++) {
		if (lacks(kind))
			return true;
	}
	return false;
}
