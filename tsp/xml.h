/* SPDX-License-Identifier: MIT */
/* xml.h - check that a text is XML of the plain kind that TSP needs */
#ifndef TSP_XML_H
#define TSP_XML_H

#include <stddef.h>

int xml_check(char *text, size_t len);

#endif
