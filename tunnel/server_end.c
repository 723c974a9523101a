/* SPDX-License-Identifier: MIT */
/*
 * server_end.c - the IPv4 address of this machine where tunnels end
 *
 * Clients are told [server] address. Behind a one-to-one translation, as in most clouds,
 * this machine has another one, and the kernel gets packets for that one:
 *
 *	[server] local		if it is set
 *	[server] address	if this machine has it
 *	the address that the client connected to: its lease has it
 *	the source of the route to the client, if that is unknown, or gone: the address of a
 *	server may change, and tunnels then end at the new one
 */
#include "tunnel/server_end.h"

#include <sys/socket.h>
#include <unistd.h>

/**
 * server_end_toward() - find the address that packets to @to leave from
 * @to:		The client's end
 *
 * A lease over UDP may not know the address that its client connected to: then the routing
 * table says, as the kernel would. Connecting a datagram socket sends nothing.
 *
 * Return: the address, or 0.0.0.0 when there is no route
 */
struct in_addr server_end_toward(struct in_addr to)
{
	struct sockaddr_in remote = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = to};
	struct sockaddr_in local = {.sin_addr.s_addr = INADDR_ANY};
	socklen_t len = sizeof(local);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return local.sin_addr;
	if (connect(fd, (struct sockaddr *)&remote, sizeof(remote)) ||
	    getsockname(fd, (struct sockaddr *)&local, &len))
		local.sin_addr.s_addr = INADDR_ANY;
	close(fd);
	return local.sin_addr;
}

/**
 * server_end_is_here() - this machine has the address
 *
 * With the sysctl ip_nonlocal_bind it seems to have every address; [server] local helps.
 */
bool server_end_is_here(struct in_addr address)
{
	struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr = address};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool here = fd >= 0 && address.s_addr &&
		    !bind(fd, (struct sockaddr *)&local, sizeof(local));

	if (fd >= 0)
		close(fd);
	return here;
}

/**
 * server_end_of() - the address of this machine where a tunnel ends
 * @config:	Configuration
 * @part:	The lease's tunnel
 * @session:	Address that the client has connected to, if the lease names none; 0.0.0.0:
 *		unknown
 *
 * Leases of earlier versions may name [server] address, translated or not.
 *
 * Return: the address, or 0.0.0.0 when there is no route
 */
struct in_addr server_end_of(const struct config *config, const struct lease_tunnel *part,
			     struct in_addr session)
{
	struct in_addr recorded = part->server;

	if (config->local.s_addr)
		return config->local;
	if (!recorded.s_addr)
		recorded = session;
	else if (!server_end_is_here(recorded))
		recorded.s_addr = INADDR_ANY;
	if (recorded.s_addr && recorded.s_addr != config->address.s_addr)
		return recorded;
	return server_end_toward(part->endpoint.addr);
}

/**
 * server_end_settle() - find out once whether [server] address is where tunnels end
 * @config:	Configuration; local is set then, unless it is set already
 */
void server_end_settle(struct config *config)
{
	if (!config->local.s_addr && server_end_is_here(config->address))
		config->local = config->address;
}
