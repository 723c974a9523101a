/* SPDX-License-Identifier: MIT */
/* test_uplinks.c - which devices stand below an uplink, for stacks that no test can make */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "datapath/uplinks.h"

/* eth0 and eth1 are a bond with a VLAN on it, which is a port of a bridge beside tap0; the
 * other names say what they are */
static struct link list[] = {
	{.name = "lo", .index = 1},
	{.name = "eth0", .index = 2, .master = 4, .ethernet = true},
	{.name = "eth1", .index = 3, .master = 4, .ethernet = true},
	{.name = "bond", .index = 4, .kind = LINK_GROUP, .ethernet = true},
	{.name = "bond.7",
	 .index = 5,
	 .master = 6,
	 .parent = 4,
	 .kind = LINK_STACKED,
	 .ethernet = true},
	{.name = "bridge", .index = 6, .kind = LINK_GROUP, .ethernet = true},
	{.name = "tap0", .index = 7, .master = 6, .ethernet = true},
	{.name = "empty", .index = 8, .kind = LINK_GROUP, .ethernet = true},
	{.name = "contained",
	 .index = 9,
	 .parent = 2,
	 .kind = LINK_STACKED,
	 .ethernet = true,
	 .elsewhere = true},
	{.name = "ppp0", .index = 10},
	{.name = "crowd", .index = 11, .kind = LINK_GROUP, .ethernet = true},
};

/** found() - names of the devices below those of [server] uplink; "-": refused */
static const char *found(const char *first, const char *second)
{
	static char names[UPLINK_MAX * IFNAMSIZ];
	struct links links = {.list = list, .count = sizeof(list) / sizeof(list[0])};
	struct config config = {.uplink_count = second ? 2 : 1};
	struct uplinks out;
	size_t i;

	snprintf(config.uplink[0], sizeof(config.uplink[0]), "%s", first);
	snprintf(config.uplink[1], sizeof(config.uplink[1]), "%s", second ? second : "");
	if (uplinks_find(-1, &links, &config, &out))
		return "-";
	names[0] = '\0';
	for (i = 0; i < out.count; i++) {
		strcat(names, i ? " " : "");
		strcat(names, out.list[i]->name);
	}
	return names;
}

static void a_device_by_itself_is_an_uplink(void **state)
{
	(void)state;
	assert_string_equal(found("eth0", NULL), "eth0");
	assert_string_equal(found("eth0", "tap0"), "eth0 tap0");
	assert_string_equal(found("eth0", "eth0"), "eth0");
}

static void upper_devices_stand_for_those_below(void **state)
{
	(void)state;
	assert_string_equal(found("bond", NULL), "eth0 eth1");
	assert_string_equal(found("bond.7", NULL), "eth0 eth1");
	assert_string_equal(found("bridge", NULL), "tap0 eth0 eth1");
	assert_string_equal(found("bond.7", "bridge"), "eth0 eth1 tap0");
	assert_string_equal(found("eth1", "bond"), "eth1 eth0");
}

static void a_device_whose_parent_is_elsewhere_is_the_lowest_here(void **state)
{
	(void)state;
	assert_string_equal(found("contained", NULL), "contained");
}

static void what_is_no_uplink_is_refused(void **state)
{
	(void)state;
	assert_string_equal(found("eth9", NULL), "-");
	assert_string_equal(found("lo", NULL), "-");
	assert_string_equal(found("eth0", "ppp0"), "-");
	assert_string_equal(found("empty", NULL), "-");
}

static void more_devices_than_there_is_room_for_are_refused(void **state)
{
	static struct link many[UPLINK_MAX + 1];
	struct links links = {.list = many, .count = UPLINK_MAX};
	struct config config = {.uplink_count = 1, .uplink = {"crowd"}};
	struct uplinks out;
	size_t i;

	(void)state;
	many[0] = list[10];
	for (i = 1; i <= UPLINK_MAX; i++) {
		many[i] = (struct link){
			.index = (uint32_t)i + 20, .master = 11, .ethernet = true};
		snprintf(many[i].name, sizeof(many[i].name), "port%zu", i);
	}
	assert_int_equal(uplinks_find(-1, &links, &config, &out), 0);
	assert_int_equal(out.count, UPLINK_MAX - 1);
	links.count++;
	assert_int_equal(uplinks_find(-1, &links, &config, &out), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_by_itself_is_an_uplink),
		cmocka_unit_test(upper_devices_stand_for_those_below),
		cmocka_unit_test(a_device_whose_parent_is_elsewhere_is_the_lowest_here),
		cmocka_unit_test(what_is_no_uplink_is_refused),
		cmocka_unit_test(more_devices_than_there_is_room_for_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
