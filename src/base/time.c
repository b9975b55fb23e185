#include "base/time.h"
#include "base/str.h"

#include <string.h>
#include <time.h>

enum { MS_PER_DAY = 86400000 };

int64_t time_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint64_t time_nanos(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int64_t time_monotonic(void)
{
	return (int64_t)(time_nanos() / 1000000);
}

/* Days since 1970 of a day of the proleptic Gregorian calendar, and back: the "days from civil" arithmetic, counting
 * years from March so that the leap day is the last of its year. */
static int64_t days_from_civil(int64_t y, int64_t m, int64_t d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

struct civil {
	int64_t year, month, day, weekday; /* weekday 0: Sunday */
	int64_t hour, minute, second, ms;
};

static struct civil civil_from_ms(int64_t ms)
{
	int64_t days = ms / MS_PER_DAY, rest = ms % MS_PER_DAY;
	if (rest < 0) {
		rest += MS_PER_DAY;
		days--;
	}
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int64_t month = mp + (mp < 10 ? 3 : -9);
	return (struct civil){
		.year = yoe + era * 400 + (month <= 2),
		.month = month,
		.day = doy - (153 * mp + 2) / 5 + 1,
		.weekday = ((days % 7) + 11) % 7,
		.hour = rest / 3600000,
		.minute = rest / 60000 % 60,
		.second = rest / 1000 % 60,
		.ms = rest % 1000,
	};
}

static char *digits(char *o, int64_t v, int n)
{
	for (int i = n - 1; i >= 0; i--, v /= 10)
		o[i] = (char)('0' + v % 10);
	return o + n;
}

size_t time_format(char out[static TIME_TEXT], int64_t ms)
{
	struct civil c = civil_from_ms(ms);
	char *o = digits(out, c.year, 4);
	*o++ = '-';
	o = digits(o, c.month, 2);
	*o++ = '-';
	o = digits(o, c.day, 2);
	*o++ = 'T';
	o = digits(o, c.hour, 2);
	*o++ = ':';
	o = digits(o, c.minute, 2);
	*o++ = ':';
	o = digits(o, c.second, 2);
	*o++ = '.';
	o = digits(o, c.ms, 3);
	*o++ = 'Z';
	*o = 0;
	return (size_t)(o - out);
}

/* Reads exactly n digits; false when there are fewer. */
static bool number(const char **s, int n, int64_t *out)
{
	int64_t v = 0;
	for (int i = 0; i < n; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		v = v * 10 + (**s - '0');
	}
	*out = v;
	return true;
}

static bool expect(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static bool day_exists(int64_t y, int64_t m, int64_t d)
{
	static const int64_t length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	return m >= 1 && m <= 12 && d >= 1 && d <= length[m - 1] + (m == 2 && leap);
}

static bool parse_date(const char **s, int64_t *days)
{
	int64_t y, m, d;
	if (!number(s, 4, &y) || !expect(s, '-') || !number(s, 2, &m) || !expect(s, '-') || !number(s, 2, &d))
		return false;
	if (!day_exists(y, m, d))
		return false;
	*days = days_from_civil(y, m, d);
	return true;
}

bool time_is_date(const char *s)
{
	int64_t days;
	return parse_date(&s, &days) && !*s;
}

static bool parse_offset(const char **s, int64_t *minutes)
{
	*minutes = 0;
	if (**s == 'Z' || **s == 'z') {
		(*s)++;
		return true;
	}
	bool minus = **s == '-';
	int64_t h, m;
	if (!minus && **s != '+')
		return false;
	(*s)++;
	if (!number(s, 2, &h) || !expect(s, ':') || !number(s, 2, &m) || h > 23 || m > 59)
		return false;
	*minutes = minus ? -(h * 60 + m) : h * 60 + m;
	return true;
}

bool time_parse(const char *s, int64_t *ms)
{
	int64_t days, h, m, sec, fraction = 0, scale = 100, offset;
	if (!parse_date(&s, &days) || (*s != 'T' && *s != 't' && *s != ' '))
		return false;
	s++;
	if (!number(&s, 2, &h) || !expect(&s, ':') || !number(&s, 2, &m) || !expect(&s, ':') || !number(&s, 2, &sec))
		return false;
	if (h > 23 || m > 59 || sec > 60)
		return false;
	if (*s == '.') {
		const char *first = ++s;
		for (; *s >= '0' && *s <= '9'; s++, scale /= 10)
			fraction += (*s - '0') * scale;
		if (s == first)
			return false;
	}
	if (!parse_offset(&s, &offset) || *s)
		return false;
	*ms = days * MS_PER_DAY + ((h * 60 + m - offset) * 60 + sec) * 1000 + fraction;
	return true;
}

static const char weekdays[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

size_t time_format_http(char out[static TIME_TEXT], int64_t ms)
{
	struct civil c = civil_from_ms(ms);
	char *o = out;
	memcpy(o, weekdays[c.weekday], 3);
	memcpy(o + 3, ", ", 2);
	o = digits(o + 5, c.day, 2);
	*o++ = ' ';
	memcpy(o, months[c.month - 1], 3);
	o[3] = ' ';
	o = digits(o + 4, c.year, 4);
	*o++ = ' ';
	o = digits(o, c.hour, 2);
	*o++ = ':';
	o = digits(o, c.minute, 2);
	*o++ = ':';
	o = digits(o, c.second, 2);
	memcpy(o, " GMT", 5);
	return (size_t)(o + 4 - out);
}

bool time_parse_http(const char *s, int64_t *ms)
{
	/* RFC 9110 section 5.6.7: IMF-fixdate, RFC 850 and asctime; strptime here knows only C-locale names. */
	static const char *const forms[] = { "%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
		"%a %b %e %H:%M:%S %Y" };
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct tm tm = { 0 };
		const char *end = strptime(s, forms[i], &tm);
		if (!end || *end)
			continue;
		*ms = days_from_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) * MS_PER_DAY +
		      ((tm.tm_hour * 60 + tm.tm_min) * 60 + tm.tm_sec) * (int64_t)1000;
		return true;
	}
	return false;
}

struct unit {
	const char *name;
	int64_t factor;
};

static bool with_unit(const char *s, const struct unit *units, int64_t *out)
{
	size_t n = strspn(s, "0123456789");
	char num[20];
	if (!n || n >= sizeof num)
		return false;
	memcpy(num, s, n);
	num[n] = 0;
	int64_t v;
	if (!str_int(num, &v))
		return false;
	for (const struct unit *u = units; u->name; u++)
		if (strcmp(s + n, u->name) == 0)
			return !__builtin_mul_overflow(v, u->factor, out);
	return false;
}

bool duration_parse(const char *s, int64_t *ms)
{
	static const struct unit units[] = { { "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", MS_PER_DAY }, { NULL, 0 } };
	int64_t v;
	if (!with_unit(s, units, &v) || v > (int64_t)36525 * MS_PER_DAY)
		return false;
	*ms = v;
	return true;
}

bool size_parse(const char *s, int64_t *bytes)
{
	static const struct unit units[] = { { "", 1 }, { "B", 1 }, { "KB", 1000 }, { "MB", 1000000 },
		{ "GB", 1000000000 }, { "TB", 1000000000000 }, { "KiB", 1024 }, { "MiB", 1 << 20 }, { "GiB", 1 << 30 },
		{ "TiB", INT64_C(1) << 40 }, { NULL, 0 } };
	return with_unit(s, units, bytes);
}
