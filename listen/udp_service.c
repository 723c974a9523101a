/* SPDX-License-Identifier: MIT */
/* udp_service.c - what a process that serves datagrams is given: sockets and limits */
#include "listen/udp_service.h"

#include <sys/resource.h>

#include "listen/udp_socket.h"

#define FILES_BESIDE (UDP_SOCKETS_MAX + 32) /* descriptors that are no handler's */

/**
 * udp_service_open() - prepare a socket that was passed to this program
 * @fd:		Bound datagram socket
 * @out:	Result
 *
 * Return: 0; -1 with errno
 */
int udp_service_open(int fd, struct udp_listener *out)
{
	out->fd = fd;
	return udp_socket_prepare(fd, &out->port, &out->address);
}

/**
 * udp_service_places() - make room for the descriptors of all handlers
 * @places:	Number of handlers
 *
 * Return: number of handlers that there are descriptors for, at most @places
 */
size_t udp_service_places(size_t places)
{
	struct rlimit limit;
	rlim_t needed = places + FILES_BESIDE;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= needed)
		return places;
	limit.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur >= needed)
		return places;
	return limit.rlim_cur > FILES_BESIDE + 1 ? (size_t)(limit.rlim_cur - FILES_BESIDE)
						 : 1;
}
