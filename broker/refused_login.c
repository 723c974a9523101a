/* SPDX-License-Identifier: MIT */
/* refused_login.c - a refused login: what the log says, and how long the answer waits */
#include "broker/refused_login.h"

#include <errno.h>
#include <time.h>

#include "lib/addr.h"
#include "lib/log.h"

/**
 * hold_back() - delay the answer to a refused login, to slow password guessing
 * @seconds:	How long
 *
 * The connection counts meanwhile, even when the client hangs up: with the limit of
 * connections per address (tsp.socket) this bounds the guesses of one address, and no other
 * client waits.
 */
static void hold_back(uint32_t seconds)
{
	struct timespec left = {.tv_sec = (time_t)seconds};

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

/** why_failed() - which rule refused a login, for the log alone */
static const char *why_failed(const struct broker *b)
{
	if (!b->sasl)
		return b->config->anonymous_pool.present
			       ? "mechanism is not offered"
			       : "mechanism is not offered: no [pool anonymous]";
	if (sasl_is_locked(b->sasl))
		return "the account is locked";
	return sasl_claimed(b->sasl) ? "wrong password" : "no such user";
}

/**
 * refused_login_report() - log a refused login, and let it wait
 *
 * fail2ban bans the addresses of lines that say "authentication failed". The sender of a
 * datagram may be forged: it would be banned for somebody else, and the delay would hold a
 * place for nobody. So over UDP both are for clients that have answered with the nonce of
 * DIGEST-MD5. A user id is unproven text: the log has it only if the users file has it.
 */
void refused_login_report(struct broker *b)
{
	const char *name = mechanism_name(b->mechanism);
	char address[INET_ADDRSTRLEN];
	const char *user = sasl_claimed(b->sasl);
	struct log_fields f = {.peer = address,
			       .claimed = user,
			       .reason = why_failed(b),
			       .status = STATUS_AUTH_FAILED};

	b->reported = true;
	addr_format4(b->peer->client.addr, address);
	if (b->peer->udp && !sasl_proves_path(b->sasl)) {
		log_event(EVENT_REFUSED, LOG_INFO, &f,
			  "%s: login refused (%s), sender unproven", b->peer->text,
			  name ? name : "unknown mechanism");
		return;
	}
	log_event(EVENT_AUTH_FAILED, LOG_NOTICE, &f,
		  "%s: authentication failed (%s), %s%s%s", address,
		  name ? name : "unknown mechanism", f.reason, user ? ": " : "",
		  user ? user : "");
	hold_back(b->config->login_delay);
}
