/* SPDX-License-Identifier: MIT */
/* test_worklist.c - lists of leases */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "upkeep/worklist.h"

static void a_list_is_worked_through_once(void **state)
{
	struct worklist todo = {.items = NULL};
	const struct worklist_item *item;
	uint32_t i;

	(void)state;
	assert_null(worklist_next(&todo));
	for (i = 1; i <= 1000; i++)
		assert_int_equal(worklist_add(&todo, POOL_ANONYMOUS, i, i % 3, i), 0);
	for (i = 1; (item = worklist_next(&todo)); i++) {
		assert_int_equal(item->number, i);
		assert_int_equal(item->pool, POOL_ANONYMOUS);
		assert_int_equal(item->mark, i % 3);
		assert_int_equal(item->expires, i);
	}
	assert_int_equal(i, 1001);
	worklist_free(&todo);
	assert_null(worklist_next(&todo));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_worked_through_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
