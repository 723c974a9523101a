/* SPDX-License-Identifier: MIT */
/* udp_report.c - log what was dropped, not too often */
#include "listen/udp_report.h"

#include "lib/log.h"

#define REPORT_MS 60000 /* between two lines */

/** total_of() - number of events that the log line reports */
static unsigned long total_of(const struct udp_report *r,
			      const unsigned long counts[UDP_COUNTS])
{
	return r->kinds[UDP_PACKET] + r->kinds[UDP_SHORT] + r->kinds[UDP_LONG] +
	       r->foreign + counts[UDP_COUNT_UNKNOWN] + counts[UDP_COUNT_SERVER] +
	       counts[UDP_COUNT_REFUSED] + counts[UDP_COUNT_PAST] +
	       counts[UDP_COUNT_EARLY] + counts[UDP_COUNT_LIMITED];
}

/**
 * udp_report_log() - log what was dropped, if there is more than last time
 * @r:		Counts of datagrams
 * @counts:	Counts of conversations
 * @now:	Time in milliseconds; at most one line is written in REPORT_MS
 */
void udp_report_log(struct udp_report *r, const unsigned long counts[UDP_COUNTS],
		    int64_t now)
{
	if (total_of(r, counts) == r->said || now < r->next)
		return;
	r->said = total_of(r, counts);
	r->next = now + REPORT_MS;
	log_msg(LOG_NOTICE,
		"%lu conversations and %lu handlers so far; dropped: %lu without a "
		"header, "
		"%lu too long, %lu packets of no tunnel, "
		"%lu from or to a foreign address, %lu of no conversation, "
		"%lu answers of servers, %lu out of order, %lu too early, "
		"%lu without a place; %lu not answered, over the limit",
		counts[UDP_COUNT_GREETED], counts[UDP_COUNT_STARTED], r->kinds[UDP_SHORT],
		r->kinds[UDP_LONG], r->kinds[UDP_PACKET], r->foreign,
		counts[UDP_COUNT_UNKNOWN], counts[UDP_COUNT_SERVER],
		counts[UDP_COUNT_PAST], counts[UDP_COUNT_EARLY],
		counts[UDP_COUNT_REFUSED], counts[UDP_COUNT_LIMITED]);
}
