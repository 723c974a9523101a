/* SPDX-License-Identifier: MIT */
/* server_offer.h - a server's answer, read as strictly as by clients in the field */
#ifndef TESTS_TOOLS_LIB_SERVER_OFFER_H
#define TESTS_TOOLS_LIB_SERVER_OFFER_H

#include <stdio.h>

#include "tests/tools/lib/conn.h"

#define SERVER_OFFER_FIELD_MAX 512 /* bytes of a value, the NUL included */

/** struct server_offer - an answer; a field that is not in it is empty */
struct server_offer {
	char status[8];
	char text[SERVER_OFFER_FIELD_MAX];
	char action[SERVER_OFFER_FIELD_MAX];
	char type[SERVER_OFFER_FIELD_MAX];
	char lifetime[SERVER_OFFER_FIELD_MAX]; /* minutes */
	char server_ipv4[SERVER_OFFER_FIELD_MAX];
	char server_ipv6[SERVER_OFFER_FIELD_MAX];
	char client_ipv4[SERVER_OFFER_FIELD_MAX];
	char client_ipv6[SERVER_OFFER_FIELD_MAX];
	char client_name[SERVER_OFFER_FIELD_MAX];
	char prefix[SERVER_OFFER_FIELD_MAX];
	char prefixlen[SERVER_OFFER_FIELD_MAX];
	char keepalive[SERVER_OFFER_FIELD_MAX]; /* seconds */
	char keepalive_address[SERVER_OFFER_FIELD_MAX];
	char dns[SERVER_OFFER_FIELD_MAX];     /* several: with blanks between */
	char brokers[SERVER_OFFER_FIELD_MAX]; /* several: with blanks between */
};

enum outcome server_offer_status(struct server_offer *offer, const char *line);
enum outcome server_offer_brokers(struct server_offer *offer, const char *xml);
enum outcome server_offer_read(struct server_offer *offer, char *body);
enum outcome server_offer_check(const struct server_offer *offer);
void server_offer_print(const struct server_offer *offer, FILE *file);

#endif
