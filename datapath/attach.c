/* SPDX-License-Identifier: MIT */
/*
 * attach.c - attach programs to devices and detach them
 *
 * A program replaces an older one of ours in one step, so that no packet passes it by. It
 * stays attached until it is detached, also without a pin and after the end of
 * tsp-datapath. A device takes one XDP program; a foreign one stays.
 */
#include "datapath/attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <string.h>
#include <unistd.h>

#include "datapath/identify.h"
#include "datapath/why.h"
#include "lib/log.h"

#define TC_HANDLE   1
#define TC_PRIORITY 3653

/** note() - remember a change for attach_undo() */
static void note(struct attach *a, uint32_t index, uint32_t mode, int before, int now)
{
	a->sites[a->count++] = (struct attach_site){index, mode, before, now};
}

/**
 * attach_read_out() - read which program encapsulates
 * @index:	Device
 *
 * Return: its number; 0: none is attached
 */
uint32_t attach_read_out(uint32_t index)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)index,
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = TC_HANDLE, .priority = TC_PRIORITY);
	int error = bpf_tc_query(&hook, &opts);

	why_clear();
	return error ? 0 : opts.prog_id;
}

/** put_out() - bpf_tc_attach(), replacing an earlier program; 0, or -1 with errno */
static int put_out(uint32_t index, int program)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)index,
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = TC_HANDLE, .priority = TC_PRIORITY,
		    .prog_fd = program, .flags = BPF_TC_F_REPLACE);
	int error = bpf_tc_hook_create(&hook);

	why_clear();
	if (!error || error == -EEXIST)
		error = bpf_tc_attach(&hook, &opts);
	errno = -error;
	return error ? -1 : 0;
}

/**
 * attach_out() - attach the program that encapsulates
 * @a:		links and device are set
 * @index:	Device that packets to clients arrive at
 * @program:	Program
 *
 * Return: 0; -1, logged
 */
int attach_out(struct attach *a, uint32_t index, int program)
{
	uint32_t id = attach_read_out(index);
	int before = id ? bpf_prog_get_fd_by_id(id) : -1;

	if (put_out(index, program)) {
		if (before >= 0)
			close(before);
		return why_failed("tc");
	}
	note(a, index, 0, before, program);
	return 0;
}

/**
 * attach_read() - read the XDP program of a device
 * @index:	Device
 * @mode:	Result: XDP_FLAGS_DRV_MODE or XDP_FLAGS_SKB_MODE
 *
 * Return: its number; 0: none is attached
 */
uint32_t attach_read(uint32_t index, uint32_t *mode)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);

	if (bpf_xdp_query((int)index, 0, &opts))
		return 0;
	*mode = opts.attach_mode == XDP_ATTACHED_SKB ? XDP_FLAGS_SKB_MODE
						     : XDP_FLAGS_DRV_MODE;
	return opts.prog_id;
}

/** put_in() - change a device's program from @before, -1: none; 0, or -1 with errno */
static int put_in(uint32_t index, uint32_t mode, int before, int program)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, opts, .old_prog_fd = before < 0 ? 0 : before);
	uint32_t flags = mode | (before < 0 ? XDP_FLAGS_UPDATE_IF_NOEXIST : 0);
	int error = bpf_xdp_attach((int)index, program, flags, &opts);

	errno = -error;
	return error ? -1 : 0;
}

/** replace() - replace program @id of ours; -1, logged */
static int replace(struct attach *a, const struct link *link, uint32_t id, uint32_t mode,
		   int program)
{
	char name[PROGRAM_NAME_LEN];
	enum owner owner = identify(id, a->links, a->device, name);
	int before;

	if (owner != OWNER_US) {
		log_msg(LOG_ERR, "%s: %s XDP program '%s' is there already", link->name,
			owner == OWNER_ANOTHER ? "another broker's" : "the", name);
		return -1;
	}
	before = bpf_prog_get_fd_by_id(id);
	if (before < 0)
		return why_failed(link->name);
	if (put_in(link->index, mode, before, program)) {
		why_failed(link->name);
		close(before);
		return -1;
	}
	note(a, link->index, mode, before, program);
	return 0;
}

/**
 * attach_in() - attach the program that decapsulates, natively if the driver can
 * @a:		links and device are set
 * @link:	Uplink
 * @program:	Program
 *
 * Return: 0; -1, logged
 */
int attach_in(struct attach *a, const struct link *link, int program)
{
	static const uint32_t modes[] = {XDP_FLAGS_DRV_MODE, XDP_FLAGS_SKB_MODE};
	uint32_t mode, id = attach_read(link->index, &mode);
	size_t i;

	if (id)
		return replace(a, link, id, mode, program);
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		why_clear();
		if (put_in(link->index, modes[i], -1, program))
			continue;
		why_clear();
		note(a, link->index, modes[i], -1, program);
		return 0;
	}
	return why_failed(link->name);
}

/** put_back() - restore one device's earlier program */
static void put_back(const struct attach_site *s)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)s->index,
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = TC_HANDLE, .priority = TC_PRIORITY);

	if (s->mode)
		put_in(s->index, s->mode, s->now, s->before);
	else if (s->before >= 0)
		put_out(s->index, s->before);
	else
		bpf_tc_detach(&hook, &opts);
}

/** attach_undo() - restore all earlier programs, in reverse order */
void attach_undo(struct attach *a)
{
	size_t i;

	for (i = a->count; i > 0; i--)
		put_back(&a->sites[i - 1]);
	attach_done(a);
	why_clear();
}

/** attach_done() - keep the current attachments */
void attach_done(struct attach *a)
{
	size_t i;

	for (i = 0; i < a->count; i++) {
		if (a->sites[i].before >= 0)
			close(a->sites[i].before);
	}
	a->count = 0;
}

/** is_among() - one of the uplinks */
static bool is_among(const struct uplinks *u, const struct link *link)
{
	size_t i;

	for (i = 0; u && i < u->count; i++) {
		if (u->list[i]->index == link->index)
			return true;
	}
	return false;
}

/**
 * attach_off() - detach all programs of ours, found by looking at every device
 * @links:	All devices
 * @device:	[server] device
 * @but:	Devices that keep theirs; may be NULL
 *
 * Return: 0; -1, logged, when one could not be detached
 */
int attach_off(const struct links *links, const char *device, const struct uplinks *but)
{
	char name[PROGRAM_NAME_LEN];
	uint32_t id, mode;
	int result = 0;
	size_t i;

	for (i = 0; i < links->count; i++) {
		const struct link *link = &links->list[i];

		id = is_among(but, link) ? 0 : attach_read(link->index, &mode);
		if (!id || identify(id, links, device, name) != OWNER_US)
			continue;
		if (bpf_xdp_detach((int)link->index, mode, NULL))
			result = why_failed(link->name);
	}
	return result;
}
