/* SPDX-License-Identifier: MIT */
/*
 * landlock.c - which files a process may write, by the kernel's Landlock
 *
 * The kernel's interface has no wrapper in the C library: three system calls, whose
 * structures grew with each ABI version. What a kernel does not know is left out; a kernel
 * that knows nothing of Landlock is served with one line in the log (sandbox.c).
 */
#include "sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ABI 2 to 6: newer than the headers of some distributions that run newer kernels */
#define FS_REFER     (1ULL << 13) /* ABI 2 */
#define FS_TRUNCATE  (1ULL << 14) /* ABI 3 */
#define NET_ALL      (3ULL << 0)  /* ABI 4: bind and connect TCP */
#define FS_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#define SCOPE_ALL    (3ULL << 0)  /* ABI 6: abstract UNIX sockets, signals */

#define FS_WRITE                                                                         \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                 \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                 \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |                     \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |                   \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define FS_READ                                                                          \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |                     \
	 LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_ON_FILES                                                                      \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE) /* what a rule on a file may say */

/** struct ruleset - struct landlock_ruleset_attr of the newest ABI known here */
struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

/** abi() - the kernel's Landlock version; -1 with errno (ENOSYS, EOPNOTSUPP) when it has none */
static int abi(void)
{
	int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
				   LANDLOCK_CREATE_RULESET_VERSION);

	/* Asking needs no permission: it is how some containers' filters say "no such call" */
	if (version < 0 && errno == EPERM)
		errno = ENOSYS;
	return version;
}

/** create() - a ruleset that refuses what @r says, as far as ABI @version knows it */
static int create(struct ruleset *r, int version)
{
	size_t size = version >= 6   ? sizeof(*r)
		      : version >= 4 ? offsetof(struct ruleset, scoped)
				     : offsetof(struct ruleset, net);

	if (version < 2)
		r->fs &= ~FS_REFER;
	if (version < 3)
		r->fs &= ~FS_TRUNCATE;
	if (version < 5)
		r->fs &= ~FS_IOCTL_DEV;
	return (int)syscall(SYS_landlock_create_ruleset, r, size, 0);
}

/** allow() - let @access go on below @path; a path that is not there needs no permission */
static int allow(int ruleset, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access};
	int fd = open(path, O_PATH | O_CLOEXEC), result;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -1;
	result = fstat(fd, &st);
	if (!result) {
		if (!S_ISDIR(st.st_mode))
			rule.allowed_access &= FS_ON_FILES;
		rule.parent_fd = fd;
		result = (int)syscall(SYS_landlock_add_rule, ruleset,
				      LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	}
	close(fd);
	return result;
}

/** enforce() - bind this process and all it starts, for good; closes the ruleset */
static int enforce(int ruleset)
{
	int result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0), saved = errno;

	close(ruleset);
	errno = saved;
	return result;
}

/**
 * landlock_nothing() - from now on no file can be opened, no TCP connection made, no
 * process outside signalled
 *
 * Return: 0; -1 with errno: ENOSYS or EOPNOTSUPP when the kernel has no Landlock
 */
int landlock_nothing(void)
{
	struct ruleset r = {.fs = FS_WRITE | FS_READ | FS_REFER | FS_TRUNCATE |
				  FS_IOCTL_DEV,
			    .net = NET_ALL,
			    .scoped = SCOPE_ALL};
	int version = abi(), ruleset;

	if (version < 0)
		return -1;
	ruleset = create(&r, version);
	return ruleset < 0 ? -1 : enforce(ruleset);
}

/**
 * landlock_write_only_below() - from now on nothing is written, made or removed elsewhere
 * @paths:	Directories and files; those that do not exist are passed over
 * @count:	How many
 *
 * Reading and executing stay as the file permissions have it.
 *
 * Return: 0; -1 with errno: ENOSYS or EOPNOTSUPP when the kernel has no Landlock
 */
int landlock_write_only_below(const char *const paths[], size_t count)
{
	struct ruleset r = {.fs = FS_WRITE | FS_REFER | FS_TRUNCATE};
	int version = abi(), ruleset;
	size_t i;

	if (version < 0)
		return -1;
	ruleset = create(&r, version);
	if (ruleset < 0)
		return -1;
	for (i = 0; i < count; i++) {
		if (allow(ruleset, paths[i], r.fs)) {
			int saved = errno;

			close(ruleset);
			errno = saved;
			return -1;
		}
	}
	return enforce(ruleset);
}
