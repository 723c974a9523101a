/* SPDX-License-Identifier: MIT */
/*
 * forwarding.c - will this host forward the packets of tunnels?
 *
 * Two settings of the host silently prevent it: a sysctl, and a firewall whose forward chain
 * has the policy "drop", as docker makes it. A rule that accepts the packets of tunnels names
 * their devices: if no rule does, such a chain drops them.
 *
 * This asks the kernel by netlink: nft would read the sets of the whole host.
 */
#include "upkeep/forwarding.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/log.h"

#define SYSCTL "/proc/sys/net/ipv6/conf/all/forwarding"
#define NAME   64 /* of a chain, as much as is shown */

#define TEMPLATE_TABLE                                                                   \
	"tsp" /* of sit.sh and networkd.sh; its rules name tunnels' devices */

/** struct survey - findings in the host's rules */
struct survey {
	const char *device; /* names of tunnels' devices begin so */
	char chain[NAME];   /* a forward chain of IPv6 that drops; empty: there is none */
	bool named;         /* a rule has the name of a tunnel's device */
};

/** find() - an attribute of @type in @len bytes, or NULL */
static const struct nlattr *find(const void *data, size_t len, unsigned type)
{
	const char *p = data;

	while (len >= (size_t)NLA_HDRLEN) {
		const struct nlattr *a = (const void *)p;

		if (a->nla_len < NLA_HDRLEN || a->nla_len > len)
			break;
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		if ((size_t)NLA_ALIGN(a->nla_len) >= len)
			break;
		p += NLA_ALIGN(a->nla_len);
		len -= (size_t)NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

/** number() - an attribute as a number in network byte order; -1 without it */
static int64_t number(const struct nlattr *a)
{
	uint32_t n;

	if (!a || a->nla_len < NLA_HDRLEN + (int)sizeof(n))
		return -1;
	memcpy(&n, (const char *)a + NLA_HDRLEN, sizeof(n));
	return ntohl(n);
}

/** on_chain() - keep the name of a forward chain of IPv6 that drops */
static void on_chain(struct survey *s, unsigned family, const void *data, size_t len)
{
	const struct nlattr *hook = find(data, len, NFTA_CHAIN_HOOK),
			    *name = find(data, len, NFTA_CHAIN_NAME);

	if ((family != NFPROTO_IPV6 && family != NFPROTO_INET) || !hook || !name ||
	    number(find(data, len, NFTA_CHAIN_POLICY)) != NF_DROP ||
	    number(find((const char *)hook + NLA_HDRLEN, hook->nla_len - NLA_HDRLEN,
			NFTA_HOOK_HOOKNUM)) != NF_INET_FORWARD)
		return;
	snprintf(s->chain, sizeof(s->chain), "%.*s", (int)(name->nla_len - NLA_HDRLEN),
		 (const char *)name + NLA_HDRLEN);
}

/** is_ingress_filter() - a rule of the templates' own table, which accepts nothing */
static bool is_ingress_filter(unsigned family, const void *data, size_t len)
{
	const struct nlattr *table = find(data, len, NFTA_RULE_TABLE);

	return family == NFPROTO_IPV6 && table &&
	       table->nla_len == NLA_HDRLEN + sizeof(TEMPLATE_TABLE) &&
	       !memcmp((const char *)table + NLA_HDRLEN, TEMPLATE_TABLE,
		       sizeof(TEMPLATE_TABLE));
}

/** on_rule() - does a rule have the name of a tunnel's device in it? */
static void on_rule(struct survey *s, unsigned family, const void *data, size_t len)
{
	if (is_ingress_filter(family, data, len))
		return;
	s->named |= memmem(data, len, s->device, strlen(s->device)) != NULL;
}

/** typedef visitor() - a chain or a rule: its family, its attributes */
typedef void visitor(struct survey *s, unsigned family, const void *data, size_t len);

/** take() - the messages of one datagram; 1: more follow, 0: that was all, -1: refused */
static int take(struct survey *s, visitor *visit, const char *data, size_t len)
{
	const struct nlmsghdr *m = (const void *)data;
	unsigned left = (unsigned)len;

	for (; NLMSG_OK(m, left); m = NLMSG_NEXT(m, left)) {
		const struct nfgenmsg *g = NLMSG_DATA(m);
		size_t head = NLMSG_SPACE(sizeof(*g));

		if (m->nlmsg_type == NLMSG_DONE)
			return 0;
		if (m->nlmsg_type == NLMSG_ERROR)
			return -1;
		if (m->nlmsg_len > head)
			visit(s, g->nfgen_family, (const char *)m + head,
			      m->nlmsg_len - head);
	}
	return 1;
}

/** ask() - have all chains or rules of IPv6 visited; 0, or -1 when the kernel does not tell */
static int ask(int netlink, unsigned what, struct survey *s, visitor *visit)
{
	struct {
		struct nlmsghdr head;
		struct nfgenmsg g;
	} request = {
		.head = {.nlmsg_len = sizeof(request),
			 .nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | what),
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.g = {.nfgen_family = NFPROTO_UNSPEC},
	};
	static _Alignas(struct nlmsghdr) char data[65536];
	ssize_t n;
	int more;

	if (send(netlink, &request, sizeof(request), 0) < 0)
		return -1;
	do {
		n = recv(netlink, data, sizeof(data), 0);
		more = n > 0 ? take(s, visit, data, (size_t)n) : -1;
	} while (more > 0);
	return more;
}

/** survey() - look at the host's rules; 0, or -1 when the kernel does not tell */
static int survey(struct survey *s)
{
	int failed,
		netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (netlink < 0)
		return -1;
	failed = ask(netlink, NFT_MSG_GETCHAIN, s, on_chain);
	if (!failed && *s->chain)
		failed = ask(netlink, NFT_MSG_GETRULE, s, on_rule);
	close(netlink);
	return failed;
}

/**
 * forwarding_check() - does something on this host stop the packets of all tunnels?
 * @config:	Configuration: the name of tunnels' devices
 * @why:	Unless FORWARDING_ON: the cause and the remedy
 *
 * Return: enum forwarding; FORWARDING_UNKNOWN without CAP_NET_ADMIN, if the sysctl is on
 */
enum forwarding forwarding_check(const struct config *config, char why[FORWARDING_TEXT])
{
	/* "tsp0" or "tsp*": rules name all of them */
	char prefix[4] = {0};
	struct survey s = {.device = prefix};
	FILE *f = fopen(SYSCTL, "re");
	int on = f ? fgetc(f) : EOF;

	memcpy(prefix, config->device, sizeof(prefix) - 1);
	if (f)
		fclose(f);
	if (on == '0') {
		snprintf(why, FORWARDING_TEXT,
			 "off: 'sysctl net.ipv6.conf.all.forwarding=1'");
		return FORWARDING_OFF;
	}
	if (on == EOF || survey(&s)) {
		snprintf(why, FORWARDING_TEXT, "%s",
			 on == EOF ? SYSCTL " cannot be read"
				   : "on; no right to see whether the firewall drops");
		return FORWARDING_UNKNOWN;
	}
	if (!*s.chain || s.named)
		return FORWARDING_ON;
	snprintf(
		why, FORWARDING_TEXT,
		"the firewall's chain '%s' drops what no rule accepts, and no rule names "
		"%s: see docs/firewall.md",
		s.chain, config->device);
	return FORWARDING_DROPPED;
}

/**
 * forwarding_warn() - log what stops the packets of all tunnels, if anything does
 * @config:	Configuration
 * @least:	FORWARDING_OFF, or FORWARDING_DROPPED for the firewall alone
 */
void forwarding_warn(const struct config *config, enum forwarding least)
{
	char why[FORWARDING_TEXT];

	if (forwarding_check(config, why) >= least)
		log_msg(LOG_WARNING, "no packet of a tunnel is forwarded: %s", why);
}
