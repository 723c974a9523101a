/* SPDX-License-Identifier: MIT */
/*
 * order.c - in which order a list shows leases, and which columns
 *
 * Addresses and times do not sort as their texts do. So each row gets a key of bytes, in
 * which numbers are big-endian; rows without a value come last.
 */
#include "ctl/ui/order.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/suggest.h"

/** find_column() - a column by its name for machines; VIEW_FIELDS: none */
static enum view_field find_column(const char *name, size_t len)
{
	int i;

	for (i = 0; i < VIEW_FIELDS; i++) {
		const char *own = view_fields[i].name;

		if (own && strlen(own) == len && !memcmp(own, name, len))
			break;
	}
	return (enum view_field)i;
}

/** complain() - report a column that does not exist; -1 */
static int complain(const char *option, const char *name, size_t len)
{
	struct suggest near;
	char text[SUGGEST_TEXT];
	int i;

	suggest_begin(&near, name, len);
	for (i = 0; i < VIEW_FIELDS; i++) {
		if (view_fields[i].name)
			suggest_offer(&near, view_fields[i].name);
	}
	log_msg(LOG_ERR, "%s: no such column: '%.*s'%s", option, (int)len, name,
		suggest_text(&near, "", text));
	return -1;
}

/**
 * order_parse() - read what to sort by: a column, with "-" in front the largest first
 * @text:	As typed
 * @out:	Result
 *
 * Return: 0; -1, reported
 */
int order_parse(const char *text, struct order *out)
{
	out->descending = *text == '-';
	text += out->descending;
	out->field = find_column(text, strlen(text));
	return out->field < VIEW_FIELDS ? 0 : complain("--sort", text, strlen(text));
}

/**
 * order_columns() - read a list of columns: "user,address"
 * @text:	As typed
 * @columns:	Result
 * @count:	Result: how many
 *
 * Return: 0; -1, reported
 */
int order_columns(const char *text, enum view_field columns[VIEW_FIELDS], size_t *count)
{
	size_t len;

	*count = 0;
	for (;; text += len + 1) {
		len = strcspn(text, ",");
		if (*count == VIEW_FIELDS) {
			log_msg(LOG_ERR, "-o: too many columns");
			return -1;
		}
		columns[*count] = find_column(text, len);
		if (columns[(*count)++] == VIEW_FIELDS)
			return complain("-o", text, len);
		if (!text[len])
			return 0;
	}
}

/** put_number() - a number as eight bytes */
static void put_number(unsigned char *key, uint64_t n)
{
	int i;

	for (i = 7; i >= 0; i--, n >>= 8)
		key[i] = (unsigned char)n;
}

/** put_value() - the value of the column as bytes that sort */
static void put_value(enum view_field field, const struct view *v, unsigned char *key)
{
	const struct lease_tunnel *tunnel = &v->lease.tunnel;
	const struct output_value *value = &v->values[field];

	if (field == VIEW_ADDRESS) {
		memcpy(key, &v->ipv6.client, sizeof(v->ipv6.client));
	} else if (field == VIEW_PREFIX) {
		memcpy(key, &v->ipv6.prefix.addr, sizeof(v->ipv6.prefix.addr));
	} else if (field == VIEW_ENDPOINT) {
		memcpy(key, &tunnel->endpoint.addr, sizeof(tunnel->endpoint.addr));
		put_number(key + sizeof(tunnel->endpoint.addr), tunnel->endpoint.port);
	} else if (field == VIEW_GRANTED) {
		put_number(key, (uint64_t)tunnel->granted);
	} else if (field == VIEW_EXPIRES) {
		put_number(key, (uint64_t)tunnel->expires);
	} else if (field == VIEW_HEARD) {
		put_number(key, (uint64_t)tunnel->heard);
	} else if (value->kind == OUTPUT_NUMBER) {
		put_number(key, (uint64_t)value->number);
	} else {
		strncpy((char *)key, value->text, ORDER_KEY_LEN - 2);
	}
}

/**
 * order_key() - where a lease belongs
 * @order:	What to sort by
 * @v:		Lease, with traffic if that is sorted by
 * @out:	Result; @out->item stays
 */
void order_key(const struct order *order, const struct view *v, struct order_row *out)
{
	size_t i;

	memset(out->key, 0, sizeof(out->key));
	out->key[0] = v->values[order->field].kind == OUTPUT_NONE;
	if (out->key[0])
		return;
	put_value(order->field, v, out->key + 1);
	for (i = 1; i < sizeof(out->key) && order->descending; i++)
		out->key[i] = (unsigned char)~out->key[i];
}

/** compare_rows() - by key; rows that are equal stay in the order of their items */
static int compare_rows(const void *a, const void *b)
{
	const struct order_row *first = a, *second = b;
	int order = memcmp(first->key, second->key, sizeof(first->key));

	return order ? order
		     : (first->item > second->item) - (first->item < second->item);
}

/** order_sort() - sort rows by their keys */
void order_sort(struct order_row *rows, size_t count)
{
	if (count)
		qsort(rows, count, sizeof(*rows), compare_rows);
}
