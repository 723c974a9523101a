/* SPDX-License-Identifier: MIT */
/* test_template.c - running the operator's script: environment, verdicts, limits */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "tunnel/template_batch.h"
#include "lib/endpoint.h"
#include "lib/prefix.h"
#include "lib/addr.h"

static char dir[64], output[4096];
static struct config config;
static struct tunnel tunnel;

/** script() - make the template these lines */
static void script(const char *lines)
{
	FILE *f;

	snprintf(config.template, sizeof(config.template), "%s/template.sh", dir);
	unlink(config.template);
	f = fopen(config.template, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", lines);
	fclose(f);
	chmod(config.template, 0755);
}

/** run() - run it; what it printed is in output[] */
static int run(enum template_operation operation)
{
	struct buf text = BUF_ON(output);

	return template_run(&config, operation, &tunnel, &text);
}

static int prepare(void **state)
{
	struct lease lease = {.number = 7, .state = LEASE_OFFERED, .owner = "alice"};

	(void)state;
	memset(&config, 0, sizeof(config));
	config.template_seconds = 20;
	config.keepalive_seconds = 30;
	strcpy(config.device, "tsp0");
	strcpy(config.domain, "tsp.example.net");
	assert_int_equal(prefix6_parse("2001:db8:ffff::/64", &config.users_pool.link), 0);
	assert_int_equal(prefix6_parse("2001:db8:1000::/36", &config.users_pool.prefix),
			 0);
	assert_int_equal(prefix6_parse("2001:db8:a::/64", &config.anonymous_pool.link),
			 0);
	config.users_pool.delegate = 56;
	config.users_pool.present = true;
	lease.tunnel.secret = 0x1234;
	lease.tunnel.mode = TUNNEL_V6V4;
	lease.tunnel.prefix_len = 56;
	lease.tunnel.expires = 1795444690;
	assert_int_equal(endpoint_parse("192.0.2.7", &lease.tunnel.endpoint), 0);
	assert_int_equal(addr_parse4("192.0.2.1", &config.address), 0);
	config.local = config.address;
	tunnel_describe(&config, POOL_USERS, &lease, &lease.tunnel, (struct in_addr){0},
			&tunnel);
	return 0;
}

static void the_environment_is_the_contract(void **state)
{
	(void)state;
	setenv("SECRET", "leaks", 1);
	script("env | sort | grep -v '^PWD='");
	assert_int_equal(run(TEMPLATE_CREATION), 0);
	assert_string_equal(
		output,
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
		"TSP_CLIENT_ADDRESS_IPV4=192.0.2.7\n"
		"TSP_CLIENT_ADDRESS_IPV6=2001:db8:ffff::f\n"
		"TSP_CLIENT_DNS_NAME=alice.tsp.example.net\n"
		"TSP_DEVICE=tsp0\n"
		"TSP_HOST_TYPE=router\n"
		"TSP_KEEPALIVE_ADDRESS_IPV6=2001:db8:ffff:0:8000::1234\n"
		"TSP_KEEPALIVE_INTERVAL=30\n"
		"TSP_LEASE=7\n"
		"TSP_LEASE_EXPIRES=1795444690\n"
		"TSP_OPERATION=TSP_TUNNEL_CREATION\n"
		"TSP_PREFIX=2001:db8:1000:700::\n"
		"TSP_PREFIXLEN=56\n"
		"TSP_SERVER_ADDRESS_IPV4=192.0.2.1\n"
		"TSP_SERVER_ADDRESS_IPV6=2001:db8:ffff::e\n"
		"TSP_TUNNEL_INTERFACE=tsp7\n"
		"TSP_TUNNEL_MODE=v6v4\n"
		"TSP_TUNNEL_PREFIXLEN=127\n"
		"TSP_USERID=alice\n");
}

static void an_anonymous_host_has_fewer_variables(void **state)
{
	struct lease lease = {.number = 3, .state = LEASE_PRESENT};

	(void)state;
	strcpy(lease.owner, "192.0.2.7");
	lease.tunnel.mode = TUNNEL_V6V4;
	assert_int_equal(endpoint_parse("192.0.2.7", &lease.tunnel.endpoint), 0);
	tunnel_describe(&config, POOL_ANONYMOUS, &lease, &lease.tunnel,
			(struct in_addr){0}, &tunnel);
	script("echo ${TSP_USERID-unset} ${TSP_PREFIX-unset} ${TSP_PREFIXLEN-unset} "
	       "${TSP_CLIENT_DNS_NAME-unset} $TSP_HOST_TYPE $TSP_TUNNEL_INTERFACE "
	       "$TSP_CLIENT_ADDRESS_IPV6 $TSP_SERVER_ADDRESS_IPV6 $TSP_OPERATION");
	assert_int_equal(run(TEMPLATE_TEARDOWN), 0);
	assert_string_equal(output, "unset unset unset unset host tspac0000207 "
				    "2001:db8:a:0:c000:207:0:3 2001:db8:a:0:c000:207:0:2 "
				    "TSP_TUNNEL_TEARDOWN\n");
}

static void it_runs_in_the_root_without_input_in_its_own_group(void **state)
{
	(void)state;
	script("pwd; cat; echo $#; ls /proc/self/fd | wc -l; cut -d' ' -f1,5 "
	       "/proc/self/stat | "
	       "grep -q . && echo done");
	assert_int_equal(run(TEMPLATE_INFO), 0);
	/* 0, 1, 2 and the one that ls opens */
	assert_string_equal(output, "/\n0\n4\ndone\n");
}

static void another_exit_status_is_a_failure(void **state)
{
	(void)state;
	script("echo something; exit 3");
	assert_int_equal(run(TEMPLATE_CREATION), -1);
	assert_int_equal(errno, EIO);
	assert_string_equal(output, "something\n");
	script("kill -9 $$");
	assert_int_equal(run(TEMPLATE_CREATION), -1);
}

static void a_missing_script_is_a_failure(void **state)
{
	(void)state;
	strcpy(config.template, "/nonexistent/template.sh");
	assert_int_equal(run(TEMPLATE_CREATION), -1);
	assert_int_equal(errno, ENOENT);
	assert_non_null(strstr(output, "/nonexistent/template.sh: No such file"));
}

static void a_script_that_hangs_is_ended_with_its_children(void **state)
{
	char file[96];
	FILE *f;
	int pid;

	(void)state;
	config.template_seconds = 2;
	snprintf(file, sizeof(file), "%s/pid", dir);
	script("echo going\nsleep 30 & echo $! >${0%/*}/pid; wait");
	assert_int_equal(run(TEMPLATE_CREATION), -1);
	assert_string_equal(output, "going\n");
	f = fopen(file, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &pid), 1);
	fclose(f);
	unlink(file);
	usleep(50000);
	/* gone, or a zombie for whoever reaps orphans: either way not sleeping on */
	snprintf(file, sizeof(file), "/proc/%d/wchan", pid);
	f = fopen(file, "r");
	if (f) {
		char where[64] = "";

		assert_true(fread(where, 1, sizeof(where) - 1, f) <= sizeof(where));
		fclose(f);
		assert_null(strstr(where, "nanosleep"));
	}
}

static void a_teardown_has_longer(void **state)
{
	struct template_run creation, teardown;

	(void)state;
	script("exit 0");
	config.template_seconds = 10;
	assert_int_equal(
		template_start(&creation, &config, TEMPLATE_CREATION, &tunnel, NULL), 0);
	assert_int_equal(
		template_start(&teardown, &config, TEMPLATE_TEARDOWN, &tunnel, NULL), 0);
	assert_true(teardown.script.deadline.tv_sec - creation.script.deadline.tv_sec >=
		    20);
	assert_int_equal(template_finish(&creation), 0);
	assert_int_equal(template_finish(&teardown), 0);
}

static void a_script_that_prints_without_end_is_ended(void **state)
{
	(void)state;
	script("yes | head -c 1000000; echo the end");
	assert_int_equal(run(TEMPLATE_CREATION), -1);
}

/* one read gives more than there is room for */
static void the_end_of_one_long_write_is_kept(void **state)
{
	size_t len;

	(void)state;
	script("{ yes | head -c 15992; echo the end; } |"
	       "dd bs=16000 iflag=fullblock 2>/dev/null");
	assert_int_equal(run(TEMPLATE_CREATION), 0);
	len = strlen(output);
	assert_int_equal(len, sizeof(output) - 1);
	assert_string_equal(output + len - 8, "the end\n");
}

static void the_end_of_long_output_is_kept(void **state)
{
	size_t len;

	(void)state;
	script("yes | head -c 30000; echo the end");
	assert_int_equal(run(TEMPLATE_CREATION), 0);
	len = strlen(output);
	assert_true(len > 1000);
	assert_string_equal(output + len - 8, "the end\n");
}

static void a_background_job_does_not_hold_it_up(void **state)
{
	(void)state;
	script("sleep 30 & echo quick");
	assert_int_equal(run(TEMPLATE_CREATION), 0);
	assert_string_equal(output, "quick\n");
}

/** anonymous() - the tunnel of a client behind a NAT, without an account */
static struct tunnel anonymous(void)
{
	struct lease lease = {.number = 3, .state = LEASE_PRESENT};
	struct tunnel out;

	strcpy(lease.owner, "192.0.2.9:40000");
	lease.tunnel.mode = TUNNEL_V6UDPV4;
	lease.tunnel.expires = 1795444691;
	assert_int_equal(endpoint_parse("192.0.2.9:40000", &lease.tunnel.endpoint), 0);
	config.udp_port = 3653;
	tunnel_describe(&config, POOL_ANONYMOUS, &lease, &lease.tunnel,
			(struct in_addr){0}, &out);
	return out;
}

/** batch() - both tunnels in one run; what the script has written to a file is in output[] */
static int batch(void)
{
	struct tunnel both[] = {tunnel, anonymous()};
	char path[96];
	FILE *f;
	int r = template_batch(&config, TEMPLATE_BATCH, both, 2, NULL);

	snprintf(path, sizeof(path), "%s/said", dir);
	f = fopen(path, "r");
	assert_non_null(f);
	output[fread(output, 1, sizeof(output) - 1, f)] = '\0';
	fclose(f);
	unlink(path);
	return r;
}

static void a_batch_has_a_line_for_each_tunnel(void **state)
{
	(void)state;
	script("exec >${0%/*}/said; env | sort | grep -v '^PWD='; cat");
	assert_int_equal(batch(), 0);
	assert_string_equal(
		output,
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
		"TSP_DEVICE=tsp0\n"
		"TSP_KEEPALIVE_INTERVAL=30\n"
		"TSP_OPERATION=TSP_TUNNEL_BATCH\n"
		"TSP_SERVER_PORT=3653\n"
		"TSP_TUNNEL_PREFIXLEN=127\n"
		"v6v4 router tsp7 192.0.2.1 192.0.2.7 - - 2001:db8:ffff::e "
		"2001:db8:ffff::f 2001:db8:1000:700:: 56 alice alice.tsp.example.net 7 "
		"1795444690 2001:db8:ffff:0:8000::1234\n"
		"v6udpv4 host tspc00002099c40 192.0.2.1 192.0.2.9 40000 - "
		"2001:db8:a:0:c000:209:9c40:2 2001:db8:a:0:c000:209:9c40:3 - - - - 3 "
		"1795444691 -\n");
}

static void a_batch_fails_as_a_whole(void **state)
{
	(void)state;
	script("head -n 1 >${0%/*}/said; exit 1");
	assert_int_equal(batch(), -1);
	assert_int_equal(errno, EIO);
}

static void a_batch_may_print_as_much_as_there_is_room_for(void **state)
{
	static const char begin[] = "TSP_TUNNEL_BATCH_INFO\nv6v4\nv6udpv4\ny\ny\n";
	struct tunnel both[] = {tunnel, anonymous()};
	struct buf text = {.size = 100000};

	(void)state;
	text.data = malloc(text.size);
	assert_non_null(text.data);
	script("echo $TSP_OPERATION; cut -d' ' -f1; yes | head -c 99900");
	assert_int_equal(template_batch(&config, TEMPLATE_BATCH_INFO, both, 2, &text), 0);
	assert_int_equal(text.len, strlen(begin) - 4 + 99900);
	assert_memory_equal(text.data, begin, strlen(begin));
	script("yes | head -c 100000");
	assert_int_equal(template_batch(&config, TEMPLATE_BATCH_INFO, both, 2, &text),
			 -1);
	free(text.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_environment_is_the_contract, prepare),
		cmocka_unit_test_setup(an_anonymous_host_has_fewer_variables, prepare),
		cmocka_unit_test_setup(it_runs_in_the_root_without_input_in_its_own_group,
				       prepare),
		cmocka_unit_test_setup(another_exit_status_is_a_failure, prepare),
		cmocka_unit_test_setup(a_missing_script_is_a_failure, prepare),
		cmocka_unit_test_setup(a_script_that_hangs_is_ended_with_its_children,
				       prepare),
		cmocka_unit_test_setup(a_teardown_has_longer, prepare),
		cmocka_unit_test_setup(a_script_that_prints_without_end_is_ended,
				       prepare),
		cmocka_unit_test_setup(the_end_of_one_long_write_is_kept, prepare),
		cmocka_unit_test_setup(the_end_of_long_output_is_kept, prepare),
		cmocka_unit_test_setup(a_background_job_does_not_hold_it_up, prepare),
		cmocka_unit_test_setup(a_batch_has_a_line_for_each_tunnel, prepare),
		cmocka_unit_test_setup(a_batch_fails_as_a_whole, prepare),
		cmocka_unit_test_setup(a_batch_may_print_as_much_as_there_is_room_for,
				       prepare),
	};
	int failed;

	strcpy(dir, "/tmp/test_template.XXXXXX");
	if (!mkdtemp(dir))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(config.template);
	snprintf(config.template, sizeof(config.template), "%s/template.sh", dir);
	unlink(config.template);
	rmdir(dir);
	return failed;
}
