/* SPDX-License-Identifier: MIT */
/*
 * netspace.c - a private network and private directories, to test a template in
 *
 * A process that has entered them sees a network with only the loopback device, which has
 * the server's IPv4 address. Directories that a template may write to are empty, and so is
 * /run, where the sockets of systemd, D-Bus and the journal would be. Otherwise the process
 * is like a broker: the same user, capability and sandbox. All of it ends with the process.
 *
 * Root creates the namespaces as root. Others create them inside a user namespace, where
 * they have CAP_NET_ADMIN.
 */
#include "conformance/netspace.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conformance/kit_datapath.h"
#include "lib/addr.h"
#include "lib/log.h"
#include "sandbox/sandbox.h"
#include "tunnel/script.h"

/** fail() - log what went wrong; -1 */
static int fail(const char *what)
{
	log_msg(LOG_ERR, "a network to test in: %s: %m", what);
	return -1;
}

/** write_file() - write to an existing file; 0 or -1 */
static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/** own_namespaces() - leave the network and mounts of the system; 0 or -1, logged */
static int own_namespaces(void)
{
	char uids[40], gids[40];

	snprintf(uids, sizeof(uids), "%u %u 1", geteuid(), geteuid());
	snprintf(gids, sizeof(gids), "%u %u 1", getegid(), getegid());
	if (geteuid() != 0 &&
	    (unshare(CLONE_NEWUSER) || write_file("/proc/self/setgroups", "deny") ||
	     write_file("/proc/self/uid_map", uids) ||
	     write_file("/proc/self/gid_map", gids)))
		return fail("user namespace");
	if (unshare(CLONE_NEWNET | CLONE_NEWNS))
		return fail("network namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return fail("mount namespace");
	return 0;
}

/** make_path() - create a directory and its parents; 0 or -1 */
static int make_path(const char *path)
{
	char part[PATH_MAX];
	size_t i;

	for (i = 1; i < sizeof(part) - 1 && path[i - 1]; i++) {
		if (path[i] && path[i] != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, path);
		if (mkdir(part, 0755) && errno != EEXIST)
			return -1;
	}
	return 0;
}

/**
 * cover() - mount an empty directory over a directory, /dev/null over a file
 * @n:		Private directories; one that is mounted is added
 * @path:	Path
 * @real:	The original, opened before anything was mounted; -1 if it does not exist
 *
 * Owner and mode are those of the original. In a user namespace only one user exists, who
 * owns the directory anyway.
 */
static int cover(struct netspace *n, const char *path, int real)
{
	char mode[24];
	struct stat st;

	if (real < 0)
		return 0;
	if (fstat(real, &st))
		return fail(path);
	if (!S_ISDIR(st.st_mode))
		return mount("/dev/null", path, NULL, MS_BIND, NULL) ? fail(path) : 0;
	snprintf(mode, sizeof(mode), "mode=%o", st.st_mode & 07777);
	if (make_path(path) || mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, mode))
		return fail(path);
	if (chown(path, st.st_uid, st.st_gid) && geteuid() == 0)
		return fail(path);
	n->directories[n->count++] = path;
	return 0;
}

/** own_directories() - catch everything that the template writes; 0 or -1, logged */
static int own_directories(struct netspace *n, const struct config *config)
{
	const char *paths[NETSPACE_DIRECTORIES] = {"/run", "/tmp", config->state};
	int real[NETSPACE_DIRECTORIES], failed = 0;
	size_t count = 3, i;

	for (i = 0; i < config->writable_count; i++)
		paths[count++] = config->writable[i];
	for (i = 0; i < count; i++)
		real[i] = open(paths[i], O_PATH | O_CLOEXEC);
	for (i = 0; i < count; i++) {
		failed = failed || cover(n, paths[i], real[i]);
		close(real[i]);
	}
	return failed ? -1 : 0;
}

/** show_template() - if a private directory hides the template, mount it below /run */
static int show_template(struct config *config, int directory)
{
	static const char place[] = "/run/template";
	char from[32], name[NAME_MAX + 1];

	if (!access(config->template, F_OK))
		return 0;
	snprintf(from, sizeof(from), "/proc/self/fd/%d", directory);
	snprintf(name, sizeof(name), "%s", strrchr(config->template, '/') + 1);
	if (mkdir(place, 0755) || mount(from, place, NULL, MS_BIND, NULL))
		return fail(place);
	snprintf(config->template, sizeof(config->template), "%s/%s", place, name);
	return 0;
}

/** open_directory() - open the directory of a file; -1, logged */
static int open_directory(const char *file)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%.*s/", (int)(strrchr(file, '/') - file), file);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		log_msg(LOG_ERR, "%s: %m", path);
	return fd;
}

/** own_network() - set up the loopback device with the server's address */
static int own_network(const struct config *config)
{
	char address[INET_ADDRSTRLEN], command[128];

	addr_format4(config->address, address);
	snprintf(command, sizeof(command),
		 "ip link set lo up && ip address add %s/32 dev lo", address);
	if (system(command) != 0) { /* NOLINT(cert-env33-c): $PATH is our own */
		errno = EIO;
		return fail("the loopback device");
	}
	return 0;
}

/**
 * netspace_enter() - move this process to a private network and private directories
 * @n:		Result: the private directories
 * @config:	Configuration: template, state, writable, user and address are used. The path
 *		of the template changes if a private directory hides it, the user if it does
 *		not exist.
 *
 * Return: 0; -1, logged
 */
int netspace_enter(struct netspace *n, struct config *config)
{
	int directory;

	n->count = 0;
	setenv("PATH", SCRIPT_PATH, 1);
	if (own_namespaces())
		return -1;
	directory = open_directory(config->template); /* as these mounts were made */
	if (directory < 0 || own_directories(n, config) ||
	    show_template(config, directory))
		return -1;
	close(directory);
	/* Templates may read both; one that needs what is missing here will say so */
	(void)mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	(void)write_file("/proc/sys/net/ipv6/conf/all/forwarding", "1");
	/* No duplicate address detection: it would delay the local route */
	(void)write_file("/proc/sys/net/ipv6/conf/all/accept_dad", "0");
	(void)write_file("/proc/sys/net/ipv6/conf/default/accept_dad", "0");

	if (geteuid() == 0 && !getpwnam(config->user)) /* not installed yet */
		strcpy(config->user, "nobody");
	if (kit_datapath_start(config))
		return -1;
	if (sandbox_become_user(config->user, true) || sandbox_broker(config))
		return -1;
	return own_network(config);
}
