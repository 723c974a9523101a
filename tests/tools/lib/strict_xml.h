/* SPDX-License-Identifier: MIT */
/* strict_xml.h - a walk over a server's XML that refuses what clients in the field stumble over */
#ifndef TESTS_TOOLS_LIB_STRICT_XML_H
#define TESTS_TOOLS_LIB_STRICT_XML_H

#include "tests/tools/lib/conn.h"

#define STRICT_XML_PATH_MAX  128
#define STRICT_XML_VALUE_MAX 512

/**
 * struct strict_xml_visitor - what to do with the parts of a document
 * @attribute:	Called for each attribute
 * @text:	Called for each element without children, when it ends; @type is the value
 *		of its type attribute or empty
 * @arg:	Handed to both
 *
 * @path is the way from the top: "tunnel/client/address".
 */
struct strict_xml_visitor {
	enum outcome (*attribute)(void *arg, const char *path, const char *name,
				  const char *value);
	enum outcome (*text)(void *arg, const char *path, const char *type,
			     const char *text);
	void *arg;
};

enum outcome strict_xml_walk(const char *xml, const struct strict_xml_visitor *visitor);

#endif
