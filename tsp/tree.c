/* SPDX-License-Identifier: MIT */
/*
 * tree.c - the elements of a message's XML: find one, read its text and attributes
 *
 * Server and client read through this file; it is the only one that knows libmxml. Text
 * reaches libmxml only after xml_check(). Whether an element may stand twice is decided
 * by the function that the caller chooses: tree_child() or tree_next().
 */
#include "tsp/tree.h"

#include <errno.h>
#include <mxml.h>
#include <stdbool.h>
#include <string.h>

#include "tsp/xml.h"

/** node_of() - an element as libmxml has it */
static mxml_node_t *node_of(struct tree_element *element)
{
	return (mxml_node_t *)element;
}

#if MXML_MAJOR_VERSION < 4
#define MXML_TYPE_ELEMENT MXML_ELEMENT
#define MXML_TYPE_OPAQUE  MXML_OPAQUE

/** quiet() - drop libmxml's errors, which it would print on fd 2, under inetd the client */
static void quiet(const char *message)
{
	(void)message;
}

/** load() - parse @xml below @top; false: it is not XML, or memory is short */
static bool load(mxml_node_t *top, const char *xml)
{
	mxmlSetErrorCallback(quiet);
	return mxmlLoadString(top, xml, MXML_OPAQUE_CALLBACK);
}
#else
/** quiet() - drop libmxml's errors, which it would print on fd 2, under inetd the client */
static void quiet(void *context, const char *message)
{
	(void)context;
	(void)message;
}

/** load() - parse @xml below @top; false: it is not XML, or memory is short */
static bool load(mxml_node_t *top, const char *xml)
{
	mxml_options_t *options = mxmlOptionsNew();
	bool loaded;

	if (!options)
		return false;
	mxmlOptionsSetTypeValue(options, MXML_TYPE_OPAQUE);
	mxmlOptionsSetErrorCallback(options, quiet, NULL);
	loaded = mxmlLoadString(top, options, xml);
	mxmlOptionsDelete(options);
	return loaded;
}
#endif

/**
 * tree_read() - read a message's XML
 * @xml:	Its text, with a NUL at @xml[@len]; comments in it become blanks
 * @len:	Its length in bytes
 *
 * Return: the parent of the root element, for tree_free(); NULL with errno: EINVAL for
 * text that is not XML of the kind that TSP needs
 */
struct tree_element *tree_read(char *xml, size_t len)
{
	mxml_node_t *top;

	if (xml_check(xml, len))
		return NULL;

	/* Under a parent of ours, nothing of a half-read text is lost when libmxml gives up */
	top = mxmlNewElement(NULL, "message");
	if (!top)
		return NULL;
	if (!load(top, xml)) {
		mxmlDelete(top);
		errno = EINVAL;
		return NULL;
	}
	return (struct tree_element *)top;
}

/** tree_free() - free everything that tree_read() made; NULL is allowed */
void tree_free(struct tree_element *top)
{
	if (top)
		mxmlDelete(node_of(top));
}

/** is_named() - a node is an element of that name */
static int is_named(mxml_node_t *node, const char *name)
{
	const char *element =
		mxmlGetType(node) == MXML_TYPE_ELEMENT ? mxmlGetElement(node) : NULL;

	return element && !strcmp(element, name);
}

/**
 * tree_next() - the children of that name, one after the other
 * @parent:	Where to look
 * @name:	Element name
 * @after:	Child found last; NULL: begin with the first
 *
 * Return: the next one, or NULL
 */
struct tree_element *tree_next(struct tree_element *parent, const char *name,
			       struct tree_element *after)
{
	mxml_node_t *node = after ? mxmlGetNextSibling(node_of(after))
				  : mxmlGetFirstChild(node_of(parent));

	while (node && !is_named(node, name))
		node = mxmlGetNextSibling(node);
	return (struct tree_element *)node;
}

/**
 * tree_child() - the only child element of that name
 * @parent:	Where to look
 * @name:	Element name
 * @type:	Its type attribute; NULL: any or none
 * @out:	Result; NULL if it is absent
 *
 * Return: 0, or -1 with EINVAL when there are two
 */
int tree_child(struct tree_element *parent, const char *name, const char *type,
	       struct tree_element **out)
{
	struct tree_element *child = NULL;

	*out = NULL;
	while ((child = tree_next(parent, name, child))) {
		const char *has = tree_attribute(child, "type");

		if (type && (!has || strcmp(has, type)))
			continue;
		if (*out) {
			errno = EINVAL;
			return -1;
		}
		*out = child;
	}
	return 0;
}

/** tree_attribute() - the value of an attribute, or NULL */
const char *tree_attribute(struct tree_element *element, const char *name)
{
	return mxmlElementGetAttr(node_of(element), name);
}

/**
 * tree_text() - the text in an element, without the white space around it
 * @element:	Element
 * @out:	Result, NUL-terminated; empty when it does not fit
 * @size:	Room in @out, in bytes
 */
void tree_text(struct tree_element *element, char *out, size_t size)
{
	mxml_node_t *child = mxmlGetFirstChild(node_of(element));
	const char *text;
	size_t len;

	out[0] = '\0';
	/* asked of an element, mxmlGetOpaque() would answer for what is in it */
	if (!child || mxmlGetType(child) != MXML_TYPE_OPAQUE)
		return;
	text = mxmlGetOpaque(child);
	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	if (len >= size)
		return;
	memcpy(out, text, len);
	out[len] = '\0';
}
