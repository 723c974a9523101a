/* SPDX-License-Identifier: MIT */
/* noop.c - the least a socket unit can start: linked statically, does nothing */
int main(void)
{
	return 0;
}
