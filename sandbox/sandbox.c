/* SPDX-License-Identifier: MIT */
/*
 * sandbox.c - restrict what each process may do, stage by stage
 *
 * 1. sandbox_become_user(), before the fork. Should afterwards: run as the configured
 *    user, with CAP_NET_ADMIN if the process had it and the template needs it. Must not:
 *    hold any other capability, or be able to become root again.
 * 2. sandbox_broker(), in the broker. Should: read the users file, write the allocation
 *    files, run the template and hand CAP_NET_ADMIN to it. Must not: gain a privilege by
 *    executing anything, write outside the state directory and the places that templates
 *    need, load a module, mount, trace, make or enter another namespace.
 * 3. sandbox_session(), in the session. Should: read and write the connection and the
 *    packet pair, map memory, exit. Must not: hold a capability, open any file, make a
 *    socket, start a process, signal one, leave a core file with a password in it, be
 *    traced. A system call that is not on its list kills it.
 *
 * tsp-udp has two more, after stage 1:
 *
 * - sandbox_starter(), in the process that starts handlers. Should: hand CAP_NET_ADMIN to
 *   them. Must not: gain a privilege by executing anything.
 * - sandbox_datagrams(), in the one that reads the internet's datagrams. Should: use the
 *   sockets it has, and make packet pairs. Must not: what the session must not.
 *
 * tspc has three, and its session has sandbox_session():
 *
 * - sandbox_client(), in the process that runs the client's template. Should: make
 *   devices, addresses and routes, open raw sockets, start processes without rights.
 *   Must not: gain a privilege by executing anything, write outside the places that
 *   templates need, load a module, mount, trace, make or enter another namespace.
 * - sandbox_mover(), in the process that carries packets. Should: use the device and the
 *   sockets it has. Must not: what the session must not.
 * - sandbox_resolver(), in the process that looks a name up and exits. Should: read the
 *   resolver's files, ask name servers. Must not: hold a capability, write a file.
 *
 * Processes that fork sessions have stages of their own: sandbox_fork.c.
 *
 * Each drop is verified after it was made: a sandbox that only seems to be there is
 * worse than none.
 */
#include "sandbox/sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/log.h"
#include "lib/sanitized.h"
#include "sandbox/landlock.h"
#include "sandbox/sandbox_steps.h"
#include "sandbox/syscalls.h"

/* Templates make tunnel devices, addresses, routes and filters: all CAP_NET_ADMIN */
#define KEPT_CAPABILITY CAP_NET_ADMIN

#define KEPT_BIT (UINT64_C(1) << KEPT_CAPABILITY)

#define KEPT_SETS (CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE)

/** sandbox_fail() - log the step of a stage that failed; -1, errno kept */
int sandbox_fail(const char *step)
{
	log_msg(LOG_ERR, "sandbox: %s: %m", step);
	return -1;
}

/** struct sets - the capability sets of this process; bit n of each is capability n */
struct sets {
	uint64_t effective, permitted, inheritable;
};

/**
 * read_sets() - ask the kernel for the capability sets
 * @out:	Result
 *
 * libcap-ng would read /proc/self/status twice each time, which costs a session more than
 * all its other capability calls together.
 *
 * Return: 0; -1 with errno, logged
 */
static int read_sets(struct sets *out)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct half[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(SYS_capget, &header, half))
		return sandbox_fail("reading capabilities");
	out->effective = half[0].effective | (uint64_t)half[1].effective << 32;
	out->permitted = half[0].permitted | (uint64_t)half[1].permitted << 32;
	out->inheritable = half[0].inheritable | (uint64_t)half[1].inheritable << 32;
	return 0;
}

/** verify_sets() - check that no set has more than it may, and that root is out of reach */
static int verify_sets(bool kept)
{
	struct sets now;

	if (read_sets(&now))
		return -1;
	errno = EPERM;
	if ((now.effective | now.permitted | now.inheritable) & ~(kept ? KEPT_BIT : 0))
		return sandbox_fail("a capability is left over");
	if (getuid() != 0 && (setuid(0) == 0 || seteuid(0) == 0)) {
		errno = EPERM;
		return sandbox_fail("root can still be reached");
	}
	return 0;
}

/** change_id() - from root to @user, carrying KEPT_CAPABILITY over */
static int change_id(const char *user)
{
	struct passwd *pw;

	errno = 0;
	pw = getpwnam(user);
	if (!pw) {
		if (!errno)
			errno = ENOENT;
		log_msg(LOG_ERR, "user '%s' of [server] user: %m", user);
		return -1;
	}
	if (initgroups(user, pw->pw_gid))
		return sandbox_fail("setting supplementary groups");
	if (capng_change_id((int)pw->pw_uid, (int)pw->pw_gid, CAPNG_CLEAR_BOUNDING))
		return sandbox_fail("changing user");
	if (getuid() != pw->pw_uid || geteuid() != pw->pw_uid || getgid() != pw->pw_gid ||
	    getegid() != pw->pw_gid) {
		errno = EPERM;
		return sandbox_fail("user did not change");
	}
	return 0;
}

/**
 * sandbox_become_user() - stage 1: the configured user, with CAP_NET_ADMIN at most
 * @user:	Name; used only when the process runs as root (inetd, a trial)
 * @net_admin:	The template needs CAP_NET_ADMIN: keep it if the process has it
 *
 * A process without CAP_NET_ADMIN goes on without it: a template that needs it will fail.
 *
 * Return: 0; -1 with errno, already logged
 */
int sandbox_become_user(const char *user, bool net_admin)
{
	struct sets now;
	bool kept;

	if (read_sets(&now))
		return -1;
	kept = net_admin && now.permitted & KEPT_BIT;

	capng_clear(CAPNG_SELECT_ALL);
	if (kept)
		capng_update(CAPNG_ADD, KEPT_SETS | CAPNG_BOUNDING_SET | CAPNG_AMBIENT,
			     KEPT_CAPABILITY);
	if (getuid() == 0 ? change_id(user) : capng_apply(CAPNG_SELECT_CAPS)) {
		if (getuid() != 0)
			sandbox_fail("dropping capabilities");
		return -1;
	}
	return verify_sets(kept);
}

/**
 * hand_on() - let executed programs have CAP_NET_ADMIN, if this process has it, and no more
 *
 * A program executed by an ordinary user keeps the ambient capabilities only.
 *
 * Return: 0; -1 with errno, logged
 */
static int hand_on(void)
{
	struct sets now;

	if (read_sets(&now))
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return sandbox_fail("no_new_privs");
	if (now.permitted & KEPT_BIT &&
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, KEPT_CAPABILITY, 0, 0))
		return sandbox_fail("raising the ambient capability");
	return 0;
}

/** sandbox_landlock() - judge a Landlock call; a kernel without it is no failure, logged if @log */
int sandbox_landlock(int result, bool log)
{
	if (!result)
		return 0;
	if (errno != ENOSYS && errno != EOPNOTSUPP)
		return sandbox_fail("Landlock");
	if (log)
		log_msg(LOG_NOTICE, "this kernel has no Landlock: going on without it");
	return 0;
}

/**
 * sandbox_broker() - stage 2: write leases and what tunnels need, gain nothing by execution
 * @config:	Configuration: state, writable
 *
 * Return: 0; -1 with errno, already logged
 */
int sandbox_broker(const struct config *config)
{
	/* Scripts write to /dev/null, set tunnel devices' sysctls and use scratch files */
	const char *writable[4 + CONFIG_LIST_MAX] = {config->state, "/dev/null",
						     "/proc/sys/net", "/tmp"};
	size_t count = 4, i;

	for (i = 0; i < config->writable_count; i++)
		writable[count++] = config->writable[i];
	if (hand_on() ||
	    sandbox_landlock(landlock_write_only_below(writable, count), true))
		return -1;
	return syscalls_broker() ? sandbox_fail("seccomp") : 0;
}

/** sandbox_limit() - set both limits of a resource */
int sandbox_limit(int resource, rlim_t value)
{
	struct rlimit rl = {value, value};

	return setrlimit(resource, &rl);
}

/**
 * only_the_peers() - close all descriptors but the connection and @broker
 *
 * Standard error is the connection under inetd, so /dev/null takes its place, but in a
 * build with sanitizers, which report there. The log's socket is closed too: only the
 * broker logs.
 */
static int only_the_peers(int broker)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null < 0 || (!TSP_SANITIZED && dup2(null, STDERR_FILENO) < 0))
		return -1;
	if (broker > 3 && file_close_range(3, (unsigned)broker - 1))
		return -1;
	return file_close_range((unsigned)broker + 1, ~0u);
}

/** sandbox_give_up() - drop all capabilities for good; no core file, no tracing */
int sandbox_give_up(void)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return sandbox_fail("clearing ambient capabilities");
	capng_clear(CAPNG_SELECT_ALL);
	if (capng_apply(CAPNG_SELECT_CAPS))
		return sandbox_fail("dropping all capabilities");
	if (verify_sets(false))
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return sandbox_fail("no_new_privs and dumpable");
	return 0;
}

/**
 * sandbox_session() - stage 3: the connection, the packet pair and nothing else
 * @broker:	The session's end of the packet pair, 3 or higher
 *
 * Return: 0; -1 with errno, already logged as far as possible
 */
int sandbox_session(int broker)
{
	if (sandbox_give_up())
		return -1;
	if (only_the_peers(broker))
		return sandbox_fail("closing descriptors");
	/* Without a broker the client cannot be served: the connection closes with it */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		return sandbox_fail("dying with the broker");
	if (sandbox_landlock(landlock_nothing(), false))
		return -1;
	if (sandbox_limit(RLIMIT_CORE, 0) ||
	    (!TSP_SANITIZED && sandbox_limit(RLIMIT_FSIZE, 0)) ||
	    sandbox_limit(RLIMIT_NPROC, 0) ||
	    sandbox_limit(RLIMIT_NOFILE, SANDBOX_POLLED))
		return sandbox_fail("resource limits");
	return syscalls_session();
}

/**
 * sandbox_starter() - for processes that start handlers and read nothing from the network
 *
 * Return: 0; -1 with errno, already logged
 */
int sandbox_starter(void)
{
	return hand_on();
}

/** keep_descriptors() - leave a process its open descriptors and the calls of a filter */
static int keep_descriptors(int (*filter)(void))
{
	if (sandbox_give_up() || sandbox_landlock(landlock_nothing(), false))
		return -1;
	if (sandbox_limit(RLIMIT_CORE, 0) || sandbox_limit(RLIMIT_NPROC, 0))
		return sandbox_fail("resource limits");
	return filter() ? sandbox_fail("seccomp") : 0;
}

/**
 * sandbox_datagrams() - tsp-udp's reader: open sockets and packet pairs, nothing else
 *
 * The log keeps working, on the descriptors of log_open().
 *
 * Return: 0; -1 with errno, already logged as far as possible
 */
int sandbox_datagrams(void)
{
	return keep_descriptors(syscalls_datagrams);
}

/** keep_for_children() - what a root process needs to start one as another user, and to end it */
static void keep_for_children(void)
{
	static const unsigned kept[] = {CAP_SETUID, CAP_SETGID, CAP_SETPCAP, CAP_KILL};
	size_t i;

	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, kept[i]);
}

/**
 * sandbox_client() - tspc: CAP_NET_ADMIN and CAP_NET_RAW, for templates too, and no more
 * @writable:	Where templates may write
 * @count:	How many
 *
 * CAP_NET_RAW is for protocol 41 and for keepalives. Root keeps what starts and ends
 * processes of another user; what it executes does not get that, as the bounding set is
 * without it.
 *
 * Return: 0; -1 with errno, already logged
 */
int sandbox_client(const char *const writable[], size_t count)
{
	static const unsigned kept[] = {CAP_NET_ADMIN, CAP_NET_RAW};
	struct sets before, now;
	size_t i;

	if (read_sets(&before))
		return -1;
	capng_clear(CAPNG_SELECT_ALL);
	for (i = 0; i < 2; i++) {
		if (before.permitted & UINT64_C(1) << kept[i])
			capng_update(CAPNG_ADD,
				     KEPT_SETS | CAPNG_BOUNDING_SET | CAPNG_AMBIENT,
				     kept[i]);
	}
	if (geteuid() == 0)
		keep_for_children();
	if (capng_apply(before.permitted & UINT64_C(1) << CAP_SETPCAP
				? CAPNG_SELECT_ALL
				: CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT))
		return sandbox_fail("dropping capabilities");
	if (read_sets(&now))
		return -1;
	if (now.inheritable &
	    ~(UINT64_C(1) << CAP_NET_ADMIN | UINT64_C(1) << CAP_NET_RAW)) {
		errno = EPERM;
		return sandbox_fail("a capability is left over");
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return sandbox_fail("no_new_privs");
	if (sandbox_landlock(landlock_write_only_below(writable, count), true))
		return -1;
	return syscalls_broker() ? sandbox_fail("seccomp") : 0;
}

/** sandbox_mover() - tspc: the device and sockets that are open; 0, or -1, logged */
int sandbox_mover(void)
{
	return keep_descriptors(syscalls_mover);
}

/** sandbox_resolver() - tspc: read the resolver's files, ask; 0, or -1, logged */
int sandbox_resolver(void)
{
	if (sandbox_give_up() ||
	    sandbox_landlock(landlock_write_only_below(NULL, 0), false))
		return -1;
	if (sandbox_limit(RLIMIT_CORE, 0) || sandbox_limit(RLIMIT_FSIZE, 0))
		return sandbox_fail("resource limits");
	return syscalls_broker() ? sandbox_fail("seccomp") : 0;
}
