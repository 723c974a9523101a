/* SPDX-License-Identifier: MIT */
/*
 * strike.c - run a program under ptrace and let one of its system calls go wrong
 *
 * strace can inject faults too, but counts calls per name and in every process at once,
 * templates included, and ends a process that is under a seccomp list: a call that is to
 * fail becomes number -1, which is on no list. Here it becomes close(-1), which is on all
 * of ours, and gets its result from us.
 */
#include "tests/faults/strike.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef __x86_64__
#error "tests/faults knows the registers of x86-64 only"
#endif

#define TRACEES_MAX 64

#define OPTIONS                                                                          \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |              \
	 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

/** struct tracee - a process of the program */
struct tracee {
	pid_t pid;
	enum role role;
	bool pending; /* between the entry and the exit of the struck call */
	bool killed;  /* by us */
	struct user_regs_struct saved;
};

/** struct trace - a program under way */
struct trace {
	const struct program *program;
	const struct fault *fault;
	struct run *run;
	struct tracee tracees[TRACEES_MAX];
	size_t count;
	size_t alive;
};

const char *role_name(enum role role)
{
	static const char *const names[] = {"main", "session", "script"};

	return names[role];
}

/** prepare_jump() - let the clock be set, in the child */
static void prepare_jump(const struct program *p, const struct fault *fault)
{
	char text[32];

	snprintf(text, sizeof(text), "%u:%d", fault->call, fault->seconds);
	setenv("LD_PRELOAD", p->jump, 1);
	setenv("TSP_JUMP", text, 1);
}

/** become_program() - in the child */
static _Noreturn void become_program(const struct program *p, const struct fault *fault)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int input = p->input >= 0 ? p->input : null;
	int output = p->output >= 0 ? p->output : null;

	if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(p->log, 2) < 0)
		_exit(98);
	if (p->user && (setgroups(0, NULL) || setgid(p->user) || setuid(p->user)))
		_exit(98);
	if (fault->kind == FAULT_JUMP)
		prepare_jump(p, fault);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	execv(p->argv[0], p->argv);
	_exit(98);
}

static struct tracee *find(struct trace *t, pid_t pid)
{
	size_t i;

	for (i = 0; i < t->count; i++) {
		if (t->tracees[i].pid == pid)
			return &t->tracees[i];
	}
	return NULL;
}

/** add() - a new process: the session is the first child of a handler, the rest are scripts */
static struct tracee *add(struct trace *t, pid_t pid)
{
	struct tracee *new = &t->tracees[t->count];

	if (t->count == TRACEES_MAX)
		return NULL;
	*new = (struct tracee){.pid = pid, .role = ROLE_SCRIPT};
	if (t->count == 0)
		new->role = ROLE_MAIN;
	else if (t->count == 1 && t->program->is_handler)
		new->role = ROLE_SESSION;
	t->count++;
	t->alive++;
	return new;
}

static void kill_one(struct tracee *who)
{
	who->killed = true;
	kill(who->pid, SIGKILL);
}

static void kill_all(struct trace *t)
{
	size_t i;

	for (i = 0; i < t->count; i++) {
		if (t->tracees[i].pid)
			kill_one(&t->tracees[i]);
	}
}

/**
 * call_can_fail() - a call can end with this error
 *
 * Some do not return, brk() can only refuse, to unlock needs nothing that could run out,
 * EAGAIN of a lock is an answer ("somebody has it"), and libraries abort when futex() or
 * sigprocmask() ends with an error that it does not have.
 */
bool call_can_fail(const struct call *call, int error)
{
	switch (call->number) {
	case SYS_exit:
	case SYS_exit_group:
	case SYS_rt_sigreturn:
	case SYS_futex:
	case SYS_rt_sigprocmask:
		return false;
	case SYS_brk:
		return error == ENOMEM;
	case SYS_fcntl:
		return !call->unlock && error != EAGAIN;
	default:
		return !call->unlock;
	}
}

/** is_for() - the fault is one that this call can have */
static bool is_for(const struct fault *fault, const struct call *call)
{
	if (fault->kind == FAULT_ERROR)
		return call_can_fail(call, fault->error);
	if (fault->kind == FAULT_SHORT || fault->kind == FAULT_TEAR)
		return call->size > fault->bytes;
	return fault->kind == FAULT_KILL || fault->kind == FAULT_KILL_ALL;
}

/** unlocks() - the call releases a lock of the process */
static bool unlocks(pid_t pid, const struct __ptrace_syscall_info *info)
{
	if (info->entry.nr != SYS_fcntl || info->entry.args[1] != F_OFD_SETLK)
		return false;
	/* l_type comes first in struct flock */
	return (short)ptrace(PTRACE_PEEKDATA, pid, info->entry.args[2], NULL) == F_UNLCK;
}

/** note() - record a call */
static struct call note(pid_t pid, const struct __ptrace_syscall_info *info)
{
	long number = (long)info->entry.nr;
	bool write = number == SYS_pwrite64 || number == SYS_write;

	return (struct call){
		.number = number,
		.size = write ? info->entry.args[2] : 0,
		.unlock = unlocks(pid, info),
	};
}

/** strike() - at the entry of the chosen call */
static void strike(struct trace *t, struct tracee *who)
{
	struct user_regs_struct regs;

	t->run->struck = true;
	if (t->fault->kind == FAULT_KILL) {
		kill_one(who);
		return;
	}
	if (t->fault->kind == FAULT_KILL_ALL) {
		kill_all(t);
		return;
	}
	ptrace(PTRACE_GETREGS, who->pid, NULL, &regs);
	who->saved = regs;
	who->pending = true;
	if (t->fault->kind == FAULT_ERROR && regs.orig_rax == SYS_brk) {
		regs.rdi = 0; /* it has no errno: the break stays where it is */
	} else if (t->fault->kind == FAULT_ERROR) {
		regs.orig_rax = SYS_close;
		regs.rdi = (unsigned long long)-1;
	} else {
		regs.rdx = t->fault->bytes;
	}
	ptrace(PTRACE_SETREGS, who->pid, NULL, &regs);
}

/** finish_strike() - at its exit: the caller's registers, and our result */
static void finish_strike(struct trace *t, struct tracee *who)
{
	struct user_regs_struct regs;

	who->pending = false;
	if (t->fault->kind == FAULT_TEAR) {
		kill_all(t);
		return;
	}
	ptrace(PTRACE_GETREGS, who->pid, NULL, &regs);
	if (t->fault->kind == FAULT_ERROR && who->saved.orig_rax != SYS_brk)
		regs.rax = (unsigned long long)-(long long)t->fault->error;
	regs.orig_rax = who->saved.orig_rax;
	regs.rdi = who->saved.rdi;
	regs.rdx = who->saved.rdx;
	ptrace(PTRACE_SETREGS, who->pid, NULL, &regs);
}

/** on_call() - a process enters or leaves a system call */
static void on_call(struct trace *t, struct tracee *who)
{
	struct __ptrace_syscall_info info;
	struct run *run = t->run;
	struct call call;
	unsigned n;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, who->pid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && who->pending)
		finish_strike(t, who);
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	call = note(who->pid, &info);
	n = ++run->calls[who->role];
	if (n <= CALLS_MAX)
		run->seen[who->role][n - 1] = call;
	if (!run->struck && who->role == t->fault->role && n == t->fault->call &&
	    is_for(t->fault, &call))
		strike(t, who);
}

/** on_end() - a process is no more */
static void on_end(struct trace *t, struct tracee *who, int status)
{
	if (who->role == ROLE_MAIN)
		t->run->status = status;
	/* a broker kills a session; the kernel kills a script when its broker ends */
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL && !who->killed) {
		t->run->crash = WTERMSIG(status);
		t->run->crashed = who->role;
	}
	who->pid = 0;
	t->alive--;
}

/** on_stop() - a process stopped: find out why, and let it go on */
static void on_stop(struct trace *t, struct tracee *who, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;
	/* once struck, only its end is of interest */
	int how = t->run->struck ? PTRACE_CONT : PTRACE_SYSCALL;

	if (signal == (SIGTRAP | 0x80))
		on_call(t, who);
	if (who->pending)
		how = PTRACE_SYSCALL;
	if (event == PTRACE_EVENT_EXEC && who->role == ROLE_SCRIPT) {
		ptrace(PTRACE_DETACH, who->pid, NULL, NULL);
		who->pid = 0; /* it is the template now */
		t->alive--;
		return;
	}
	/* signals made by ptrace are not passed on, nor a new process's first stop */
	if (signal == (SIGTRAP | 0x80) || event || signal == SIGTRAP || signal == SIGSTOP)
		signal = 0;
	ptrace(how, who->pid, NULL, (long)signal);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void on_alarm(int signal)
{
	(void)signal; /* it interrupts waitpid() */
}

/** set_alarm() - one each second, or none */
static void set_alarm(bool on)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct itimerval timer = {.it_interval.tv_sec = on, .it_value.tv_sec = on};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/** wait_some() - waitpid() for any process of ours until @deadline; 0 when it has passed */
static pid_t wait_some(int *status, double deadline)
{
	pid_t pid;

	do
		pid = waitpid(-1, status, __WALL);
	while (pid < 0 && errno == EINTR && seconds_now() < deadline);
	return pid < 0 && errno == EINTR ? 0 : pid;
}

/** follow() - until no process is left */
static void follow(struct trace *t, unsigned seconds)
{
	double deadline = seconds_now() + seconds;
	struct tracee *who;
	int status;
	pid_t pid;

	while (t->alive) {
		pid = wait_some(&status, deadline);
		if (pid < 0)
			return;
		if (pid == 0) {
			t->run->hung = true;
			kill_all(t);
			deadline = seconds_now() + seconds;
			continue;
		}
		who = find(t, pid);
		if (!who && WIFSTOPPED(status)) {
			who = add(t, pid);
			if (who)
				ptrace(PTRACE_SETOPTIONS, pid, NULL, OPTIONS);
		}
		if (!who)
			continue; /* a template, detached, or what it left behind */
		if (WIFSTOPPED(status))
			on_stop(t, who, status);
		else
			on_end(t, who, status);
	}
}

/**
 * strike_run() - run a program, with at most one fault, to its end
 * @program:	What to run; it must be the only child of the calling process
 * @fault:	What goes wrong
 * @seconds:	How long it may take
 * @out:	Result
 *
 * Return: 0; -1 when it could not be started
 */
int strike_run(const struct program *program, const struct fault *fault, unsigned seconds,
	       struct run *out)
{
	struct trace t = {.program = program, .fault = fault, .run = out};
	int status;
	pid_t pid;

	memset(out, 0, sizeof(*out));
	out->struck = fault->kind == FAULT_JUMP;
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0)
		become_program(program, fault);
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return -1;
	add(&t, pid);
	ptrace(PTRACE_SETOPTIONS, pid, NULL, OPTIONS);
	ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	set_alarm(true);
	follow(&t, seconds);
	set_alarm(false);
	return 0;
}
