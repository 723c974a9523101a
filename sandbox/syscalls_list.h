/* SPDX-License-Identifier: MIT */
/*
 * syscalls_list.h - names of the system calls that each process may make, or may not
 *
 * For syscalls_gen.c, which makes filters of them when the project is built, and adds rules
 * for calls whose arguments count.
 */
#ifndef SANDBOX_SYSCALLS_LIST_H
#define SANDBOX_SYSCALLS_LIST_H

/*
 * Session: connection, packet pair, deadlines, malloc(), exit. By their arguments also mmap()
 * without PROT_EXEC, ioctl(SIOCOUTQ) and getsockopt(SOL_SOCKET); any other call kills it.
 */
static const char *const session_calls[] = {
	"brk",          "clock_gettime", "clock_nanosleep",
	"close",        "exit",          "exit_group",
	"futex",        "getrandom",     "madvise",
	"mremap",       "munmap",        "nanosleep",
	"poll",         "ppoll",         "read",
	"recvfrom",     "recvmsg",       "restart_syscall",
	"rt_sigreturn", "sendmsg",       "sendto",
	"shutdown",     "write",
};

/*
 * What the process that forks sessions has beyond their list, each for some arguments only;
 * its children lose it before they read what a client sent.
 */
static const char *const session_server_calls[] = {
	"clone", "prctl", "prlimit64", "seccomp", "setitimer",
};

/* tsp-udp's reader: datagrams, packet pairs, deadlines, log, exit */
static const char *const datagrams_calls[] = {
	"brk",     "clock_gettime",   "close",        "exit_group", "futex",
	"getpid",  "getrandom",       "lseek",        "madvise",    "mremap",
	"munmap",  "newfstatat",      "poll",         "ppoll",      "recvfrom",
	"recvmsg", "restart_syscall", "rt_sigreturn", "sendmsg",    "sendto",
	"write",
};

/* tspc's mover: packets between a device and a socket, deadlines, exit */
static const char *const mover_calls[] = {
	"brk",        "clock_gettime",   "close",        "exit",
	"exit_group", "futex",           "getrandom",    "madvise",
	"mremap",     "munmap",          "poll",         "ppoll",
	"read",       "readv",           "recvfrom",     "recvmmsg",
	"recvmsg",    "restart_syscall", "rt_sigreturn", "sendmmsg",
	"sendmsg",    "sendto",          "write",        "writev",
};

/* Broker and template: neither allocation files nor tunnels need these */
static const char *const broker_denied[] = {
	"acct",
	"add_key",
	"adjtimex",
	"chroot",
	"clock_adjtime",
	"clock_settime",
	"create_module",
	"delete_module",
	"fanotify_init",
	"fanotify_mark",
	"finit_module",
	"fsconfig",
	"fsmount",
	"fsopen",
	"fspick",
	"get_kernel_syms",
	"init_module",
	"io_cancel",
	"io_destroy",
	"io_getevents",
	"io_pgetevents",
	"io_setup",
	"io_submit",
	"io_uring_enter",
	"io_uring_register",
	"io_uring_setup",
	"ioperm",
	"iopl",
	"kcmp",
	"kexec_file_load",
	"kexec_load",
	"keyctl",
	"lookup_dcookie",
	"mbind",
	"memfd_secret",
	"migrate_pages",
	"modify_ldt",
	"mount",
	"mount_setattr",
	"move_mount",
	"move_pages",
	"name_to_handle_at",
	"nfsservctl",
	"open_by_handle_at",
	"open_tree",
	"perf_event_open",
	"personality",
	"pidfd_getfd",
	"pivot_root",
	"process_madvise",
	"process_mrelease",
	"process_vm_readv",
	"process_vm_writev",
	"ptrace",
	"query_module",
	"quotactl",
	"quotactl_fd",
	"reboot",
	"remap_file_pages",
	"request_key",
	"set_mempolicy",
	"set_mempolicy_home_node",
	"setdomainname",
	"sethostname",
	"setns",
	"settimeofday",
	"swapoff",
	"swapon",
	"_sysctl",
	"sysfs",
	"syslog",
	"umount2",
	"unshare",
	"uselib",
	"userfaultfd",
	"ustat",
	"vhangup",
	"vm86",
	"vm86old",
	"vmsplice",
};

#endif
