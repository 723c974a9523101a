/* SPDX-License-Identifier: MIT */
/* refused_login.h - a refused login: what the log says, and how long the answer waits */
#ifndef BROKER_REFUSED_LOGIN_H
#define BROKER_REFUSED_LOGIN_H

#include "broker/broker.h"

void refused_login_report(struct broker *b);

#endif
