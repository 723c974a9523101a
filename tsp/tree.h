/* SPDX-License-Identifier: MIT */
/* tree.h - the elements of a message's XML: find one, read its text and attributes */
#ifndef TSP_TREE_H
#define TSP_TREE_H

#include <stddef.h>

/** struct tree_element - an element, or the parent of all; valid until tree_free() */
struct tree_element;

struct tree_element *tree_read(char *xml, size_t len);
void tree_free(struct tree_element *top);
int tree_child(struct tree_element *parent, const char *name, const char *type,
	       struct tree_element **out);
struct tree_element *tree_next(struct tree_element *parent, const char *name,
			       struct tree_element *after);
const char *tree_attribute(struct tree_element *element, const char *name);
void tree_text(struct tree_element *element, char *out, size_t size);

#endif
