/* SPDX-License-Identifier: MIT */
/* order.h - in which order a list shows leases, and which columns */
#ifndef CTL_UI_ORDER_H
#define CTL_UI_ORDER_H

#include "ctl/ui/view.h"

#define ORDER_KEY_LEN 68 /* bytes; a user id fits */

/** struct order - sort by a column */
struct order {
	enum view_field field;
	bool descending;
};

/** struct order_row - a lease of a list, and where it belongs */
struct order_row {
	size_t item; /* the caller's */
	unsigned char key[ORDER_KEY_LEN];
};

int order_parse(const char *text, struct order *out);
int order_columns(const char *text, enum view_field columns[VIEW_FIELDS], size_t *count);
void order_key(const struct order *order, const struct view *v, struct order_row *out);
void order_sort(struct order_row *rows, size_t count);

#endif
