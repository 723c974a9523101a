/* SPDX-License-Identifier: MIT */
/* session_view.c - the part of the configuration that a session may know */
#include <string.h>

#include "session/session.h"

/**
 * session_view() - copy what replies and limits of a session are made of
 * @config:	Configuration
 * @out:	Result: clients are told most of it; there is no path, no pool and no user in it
 */
void session_view(const struct config *config, struct config *out)
{
	*out = (struct config){
		.dns_count = config->dns_count,
		.redirect_count = config->redirect_count,
		.mechanisms = config->mechanisms,
		.login_seconds = config->login_seconds,
		.login_delay = config->login_delay,
		.session_seconds = config->session_seconds,
		.template_seconds = config->template_seconds,
		.request_bytes = config->request_bytes,
	};
	memcpy(out->dns, config->dns, sizeof(out->dns));
	memcpy(out->redirect, config->redirect, sizeof(out->redirect));
}
