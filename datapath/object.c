/* SPDX-License-Identifier: MIT */
/*
 * object.c - the compiled programs, embedded in tsp-datapath
 *
 * So their version is always the right one, and no file has to be found.
 */
#include "datapath/object.h"

__asm__(".section .rodata\n"
	".balign 8\n"
	".global object_begin\n"
	".hidden object_begin\n"
	"object_begin:\n"
	".incbin \"" OBJECT_FILE "\"\n"
	".global object_end\n"
	".hidden object_end\n"
	"object_end:\n"
	".byte 0\n"
	".previous\n");
