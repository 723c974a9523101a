/* SPDX-License-Identifier: MIT */
/*
 * landlock.c - restrict which files a process may write, by Landlock
 *
 * The C library has no wrapper for the three system calls, whose structures grew with each
 * ABI version. Rights that a kernel does not know are left out; a kernel without Landlock
 * gets one line in the log (sandbox.c).
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

/* ABI 2 to 6: some distributions have older headers than kernels */
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

/** abi_version() - of the kernel's Landlock; -1 with errno: ENOSYS, EOPNOTSUPP: it has none */
static int abi_version(void)
{
	int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
				   LANDLOCK_CREATE_RULESET_VERSION);

	/* The question needs no right: some containers' filters answer EPERM for ENOSYS */
	if (version < 0 && errno == EPERM)
		errno = ENOSYS;
	return version;
}

/** create_ruleset() - refuse the rights in @r that ABI @version knows; a descriptor, or -1 */
static int create_ruleset(struct ruleset *r, int version)
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

/** allow_below() - allow @access below @path; a missing path is no error; 0, or -1 */
static int allow_below(int ruleset, const char *path, uint64_t access)
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

/** enforce_ruleset() - restrict this process and its children for good; closes @ruleset */
static int enforce_ruleset(int ruleset)
{
	int result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0), saved = errno;

	close(ruleset);
	errno = saved;
	return result;
}

/**
 * landlock_nothing() - forbid opening any file, TCP connections and signals to others
 *
 * Return: 0; -1 with errno: ENOSYS or EOPNOTSUPP when the kernel has no Landlock
 */
int landlock_nothing(void)
{
	struct ruleset r = {.fs = FS_WRITE | FS_READ | FS_REFER | FS_TRUNCATE |
				  FS_IOCTL_DEV,
			    .net = NET_ALL,
			    .scoped = SCOPE_ALL};
	int version = abi_version(), ruleset;

	if (version < 0)
		return -1;
	ruleset = create_ruleset(&r, version);
	return ruleset < 0 ? -1 : enforce_ruleset(ruleset);
}

/**
 * landlock_write_only_below() - forbid writing, making and removing files elsewhere
 * @paths:	Directories and files; missing ones are skipped
 * @count:	Their number
 *
 * Reading and executing follow the file permissions as before.
 *
 * Return: 0; -1 with errno: ENOSYS or EOPNOTSUPP when the kernel has no Landlock
 */
int landlock_write_only_below(const char *const paths[], size_t count)
{
	struct ruleset r = {.fs = FS_WRITE | FS_REFER | FS_TRUNCATE};
	int version = abi_version(), ruleset;
	size_t i;

	if (version < 0)
		return -1;
	ruleset = create_ruleset(&r, version);
	if (ruleset < 0)
		return -1;
	for (i = 0; i < count; i++) {
		if (allow_below(ruleset, paths[i], r.fs)) {
			int saved = errno;

			close(ruleset);
			errno = saved;
			return -1;
		}
	}
	return enforce_ruleset(ruleset);
}
