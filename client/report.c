/* SPDX-License-Identifier: MIT */
/* report.c - reports of the session process to the main process, and verdicts */
#include "client/report.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/parse.h"
#include "lib/seqpacket.h"

/** report_send() - session: tell the main process; the version is filled in */
int report_send(int fd, struct report *report)
{
	report->version = REPORT_VERSION;
	return seqpacket_send(fd, report, sizeof(*report));
}

/** is_client_name() - a name as answer.c accepts it, NUL-terminated */
static bool is_client_name(const char text[ANSWER_NAME_MAX])
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789._@+-";

	return memchr(text, '\0', ANSWER_NAME_MAX) && !text[strspn(text, set)] &&
	       !(text[0] && strchr("._@+-", text[0]));
}

/** offer_is_sound() - its types are valid; trust.c checks the values */
static bool offer_is_sound(const struct answer_offer *o)
{
	return o->type < TUNNEL_TYPES && o->prefix.len <= 128 && is_client_name(o->name);
}

/** brokers_are_sound() - no more than there is room for, each with an address or a name */
static bool brokers_are_sound(const struct answer_brokers *b)
{
	uint32_t i;

	if (b->count > ANSWER_BROKERS_MAX)
		return false;
	for (i = 0; i < b->count; i++) {
		const struct answer_broker *one = &b->list[i];

		if (one->kind != BROKER_IPV4 && one->kind != BROKER_NAME)
			return false;
		if (!memchr(one->name, '\0', sizeof(one->name)))
			return false;
		if (one->kind == BROKER_NAME && !parse_is_domain(one->name))
			return false;
	}
	return true;
}

/** is_sound() - a session that obeys can have sent this */
static bool is_sound(const struct report *r)
{
	if (r->version != REPORT_VERSION || r->phase >= PHASE_COUNT)
		return false;
	switch (r->kind) {
	case REPORT_OFFER:
		return offer_is_sound(&r->offer);
	case REPORT_STATUS:
		return r->status >= 100 && r->status <= 1999 &&
		       brokers_are_sound(&r->brokers);
	case REPORT_FAULT:
		return r->fault > FAULT_NONE && r->fault < FAULT_COUNT;
	case REPORT_DONE:
		return true;
	default:
		return false;
	}
}

/**
 * report_receive() - main process: the next report
 * @fd:		The main process's end of the pair
 * @out:	Result; nothing in it is out of its type's range
 *
 * Return: 1 for a report, 0 when the session is gone, -1 with errno: EBADMSG for anything
 * that is not a report
 */
int report_receive(int fd, struct report *out)
{
	int got = seqpacket_receive(fd, out, sizeof(*out));

	if (got <= 0 || is_sound(out))
		return got;
	errno = EBADMSG;
	return -1;
}

/** report_judge() - main process: accept the offer or reject it; 0, or -1 with errno */
int report_judge(int fd, int accept)
{
	struct report_verdict verdict = {.version = REPORT_VERSION,
					 .accept = accept != 0};

	return seqpacket_send(fd, &verdict, sizeof(verdict));
}

/** report_verdict() - session: wait for the verdict; 0, or -1 if the main process is gone */
int report_verdict(int fd, int *accept)
{
	struct report_verdict verdict;

	if (seqpacket_receive(fd, &verdict, sizeof(verdict)) != 1 ||
	    verdict.version != REPORT_VERSION)
		return -1;
	*accept = verdict.accept != 0;
	return 0;
}
