/* SPDX-License-Identifier: MIT */
/* timestamp.c - points in time as text: UTC, ISO 8601, so that they sort as text */
#include "lib/timestamp.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Days by the arithmetic of the Gregorian calendar, in years that begin in March, so that
 * a leap day is the last of its year. gmtime_r(), timegm() and strftime() lock and look at
 * the time zone, which is a third of the time of reading a lease.
 */
#define DAYS_OF_400_YEARS  146097
#define DAYS_BEFORE_1970   719468 /* since 1 March of the year 0 */
#define SECONDS_OF_A_DAY   86400
#define DAYS_BEFORE(month) ((153 * (month) + 2) / 5) /* month: 0 is March */

/** days_of() - days from 1970-01-01 to a date; @month from 1 */
static long days_of(long year, long month, long day)
{
	long from_march = (month + 9) % 12, y = year - (month <= 2);

	return 365 * y + y / 4 - y / 100 + y / 400 + DAYS_BEFORE(from_march) + day - 1 -
	       DAYS_BEFORE_1970;
}

/** date_of() - the reverse of days_of() */
static void date_of(long days, long *year, long *month, long *day)
{
	long since = days + DAYS_BEFORE_1970, in_era = since % DAYS_OF_400_YEARS;
	long y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	long in_year = in_era - (365 * y + y / 4 - y / 100);
	long from_march = (5 * in_year + 2) / 153;

	*day = in_year - DAYS_BEFORE(from_march) + 1;
	*month = from_march < 10 ? from_march + 3 : from_march - 9;
	*year = y + since / DAYS_OF_400_YEARS * 400 + (*month <= 2);
}

static bool is_leap(long year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static long days_in(long year, long month)
{
	static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

/** put_two() - two decimal digits */
static void put_two(char *out, long n)
{
	out[0] = (char)('0' + n / 10);
	out[1] = (char)('0' + n % 10);
}

/**
 * timestamp_format() - UTC, ISO 8601
 * @t:		Unix time; outside the years 1970 to 9999 the nearest of them is written
 * @out:	Result, NUL-terminated, always TIMESTAMP_LEN - 1 characters
 */
void timestamp_format(time_t t, char out[TIMESTAMP_LEN])
{
	const time_t last = 253402300799; /* 9999-12-31T23:59:59Z */
	long year, month, day, second;

	t = t < 0 ? 0 : t > last ? last : t;
	date_of(t / SECONDS_OF_A_DAY, &year, &month, &day);
	second = t % SECONDS_OF_A_DAY;
	memcpy(out, "0000-00-00T00:00:00Z", TIMESTAMP_LEN);
	put_two(out, year / 100);
	put_two(out + 2, year % 100);
	put_two(out + 5, month);
	put_two(out + 8, day);
	put_two(out + 11, second / 3600);
	put_two(out + 14, second / 60 % 60);
	put_two(out + 17, second % 60);
}

/** get_two() - the number of two digits */
static long get_two(const char *text)
{
	return (text[0] - '0') * 10 + text[1] - '0';
}

/**
 * timestamp_parse() - the reverse of timestamp_format(): UTC, ISO 8601 with "T" and "Z"
 *
 * Return: 0, or -1 with EINVAL, also for days and hours that do not exist
 */
int timestamp_parse(const char *text, time_t *out)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";
	long year, month, day, hour, minute, second;
	size_t i;

	errno = EINVAL;
	for (i = 0; i < sizeof(shape); i++) {
		if (shape[i] == 'd' ? !is_digit(text[i]) : text[i] != shape[i])
			return -1;
	}
	year = get_two(text) * 100 + get_two(text + 2);
	month = get_two(text + 5);
	day = get_two(text + 8);
	hour = get_two(text + 11);
	minute = get_two(text + 14);
	second = get_two(text + 17);
	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > days_in(year, month) || hour > 23 || minute > 59 || second > 59)
		return -1;
	*out = days_of(year, month, day) * SECONDS_OF_A_DAY + hour * 3600 + minute * 60 +
	       second;
	return 0;
}
