/* SPDX-License-Identifier: MIT */
/* offer.h - what a server answered, read as narrowly as clients in the field read it */
#ifndef TESTS_TOOLS_LIB_OFFER_H
#define TESTS_TOOLS_LIB_OFFER_H

#include <stdio.h>

#include "tests/tools/lib/wire.h"

#define OFFER_FIELD_MAX 512 /* bytes of a value, the NUL included */

/** struct offer - an answer; a field that is not in it is empty */
struct offer {
	char status[8];
	char text[OFFER_FIELD_MAX];
	char action[OFFER_FIELD_MAX];
	char type[OFFER_FIELD_MAX];
	char lifetime[OFFER_FIELD_MAX]; /* minutes */
	char server_ipv4[OFFER_FIELD_MAX];
	char server_ipv6[OFFER_FIELD_MAX];
	char client_ipv4[OFFER_FIELD_MAX];
	char client_ipv6[OFFER_FIELD_MAX];
	char client_name[OFFER_FIELD_MAX];
	char prefix[OFFER_FIELD_MAX];
	char prefixlen[OFFER_FIELD_MAX];
	char keepalive[OFFER_FIELD_MAX]; /* seconds */
	char keepalive_address[OFFER_FIELD_MAX];
	char dns[OFFER_FIELD_MAX];     /* several: with blanks between */
	char brokers[OFFER_FIELD_MAX]; /* several: with blanks between */
};

enum outcome offer_status(struct offer *offer, const char *line);
enum outcome offer_brokers(struct offer *offer, const char *xml);
enum outcome offer_read(struct offer *offer, char *body);
enum outcome offer_check(const struct offer *offer);
void offer_print(const struct offer *offer, FILE *file);

#endif
