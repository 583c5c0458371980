/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Unit tests that print TAP (testanything.org). A test is one program:
 *
 *	ok(n == 3, "three of them");
 *	is_int(port, 2049, "port");
 *	is_str(text, "abc", "text");
 *	return done_testing();
 *
 * Each returns whether it passed, so that what depends on it can be left out. meson: protocol 'tap'.
 */
#ifndef PINHOLE_TESTS_UNIT_TAP_H
#define PINHOLE_TESTS_UNIT_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned tap_run, tap_failed;

__attribute__((format(printf, 4, 0))) static inline bool
tap_result(bool passed, const char *file, int line, const char *format, va_list args)
{
	tap_run++;
	printf("%sok %u - ", passed ? "" : "not ", tap_run);
	vprintf(format, args);
	printf("\n");
	if (!passed) {
		tap_failed++;
		printf("# failed at %s:%d\n", file, line);
	}
	fflush(stdout);
	return passed;
}

__attribute__((format(printf, 4, 5))) static inline bool tap_ok(bool passed, const char *file,
								int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tap_result(passed, file, line, format, args);
	va_end(args);
	return passed;
}

__attribute__((format(printf, 5, 6))) static inline bool
tap_is_int(long long got, long long want, const char *file, int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tap_result(got == want, file, line, format, args);
	va_end(args);
	if (got != want)
		printf("#  got %lld\n# want %lld\n", got, want);
	return got == want;
}

/* A line of a diagnostic must begin with `#`. */
static inline void tap_quote(const char *label, const char *text)
{
	printf("# %s ", label);
	for (; text && *text; text++) {
		putchar(*text);
		if (*text == '\n' && text[1])
			printf("#      ");
	}
	printf("%s\n", text ? "" : "(null)");
}

__attribute__((format(printf, 5, 6))) static inline bool
tap_is_str(const char *got, const char *want, const char *file, int line, const char *format, ...)
{
	bool passed = got && want ? !strcmp(got, want) : got == want;
	va_list args;

	va_start(args, format);
	tap_result(passed, file, line, format, args);
	va_end(args);
	if (!passed) {
		tap_quote(" got", got);
		tap_quote("want", want);
	}
	return passed;
}

#define ok(cond, ...)	       tap_ok((cond), __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, want, ...) tap_is_int((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_str(got, want, ...) tap_is_str((got), (want), __FILE__, __LINE__, __VA_ARGS__)

/* Prints the plan; the exit code of main(). */
static inline int done_testing(void)
{
	printf("1..%u\n", tap_run);
	if (tap_failed)
		printf("# %u of %u failed\n", tap_failed, tap_run);
	return tap_failed ? 1 : 0;
}

#endif
