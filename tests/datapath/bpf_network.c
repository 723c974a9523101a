/* SPDX-License-Identifier: MIT */
/* bpf_network.c - a network namespace with the device and an uplink */
#include "tests/datapath/bpf_network.h"

#include <netinet/in.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* 203.0.113.0/24 has no route, 198.51.100.128 and .192 are behind narrow links */
static const char *const commands[] = {
	"ip link set lo up",
	"ip link add tsp0 type veth peer name tsp0x",
	"ip link add wan0 type veth peer name away0",
	"ip link add wan1 mtu 1400 type veth peer name away1",
	"ip link add wan2 mtu 1200 type veth peer name away2",
	"for d in tsp0 wan0 wan1 wan2; do ip link set $d up; done",
	"for d in tsp0x away0 away1 away2; do ip link set $d up; done",
	"ip address add 192.0.2.1/24 dev wan0",
	"ip address add 10.0.0.1/24 dev wan1",
	"ip route add 198.51.100.0/24 via 192.0.2.254",
	"ip route add 10.128.0.0/9 via 192.0.2.254",
	"ip address add 10.0.1.1/24 dev wan2",
	"ip route add 198.51.100.192/26 via 10.0.1.2",
	"ip route add 198.51.100.128/25 via 10.0.0.2",
	"sysctl -qw net.ipv4.conf.tsp0.forwarding=1",
};

/** hold() - a socket that holds a UDP port until the program ends; 0, or -1 */
static int hold(uint16_t port)
{
	const struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&a, sizeof(a));
}

/**
 * bpf_network_make() - enter a new namespace and set it up
 * @config:	Its devices are filled in; somebody holds its first port, and nobody the others
 *
 * Return: 0; -1 after a message
 */
int bpf_network_make(struct tsp_config *config)
{
	if (unshare(CLONE_NEWNET)) {
		perror("network namespace");
		return -1;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (system(commands[i]) != 0) { // NOLINT(cert-env33-c): fixed commands
			fprintf(stderr, "failed: %s\n", commands[i]);
			return -1;
		}
	}
	if (hold(config->ports[0])) {
		perror("port");
		return -1;
	}
	config->inner = if_nametoindex("tsp0");
	config->outer = if_nametoindex("tsp0x");
	return 0;
}
