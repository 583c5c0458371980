/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/breaker.h"

#include "tests/unit/tap.h"

static void test_opens(void)
{
	struct breaker b = { 0 };
	int64_t now = 5;

	for (int i = 0; i < BREAKER_FAULTS - 1; i++, now += 10)
		ok(!breaker_fault(&b, now) && breaker_allows(&b, now), "fault %d is forgiven", i + 1);
	ok(breaker_fault(&b, now), "the next one opens");
	ok(!breaker_fault(&b, now), "only once");
	ok(!breaker_allows(&b, now + BREAKER_PAUSE - 1), "no start during the pause");
	ok(breaker_allows(&b, now + BREAKER_PAUSE), "one behind it");
	ok(breaker_fault(&b, now + BREAKER_PAUSE + BREAKER_WINDOW), "on probation one fault is enough");
}

static void test_slow_faults(void)
{
	struct breaker b = { 0 };
	int64_t now = 1, step = BREAKER_WINDOW / (BREAKER_FAULTS - 1) + 1;
	bool opened = false;

	for (int i = 0; i < 10 * BREAKER_FAULTS; i++, now += step)
		opened |= breaker_fault(&b, now);
	ok(!opened, "faults that come slowly never open it");
	now += BREAKER_WINDOW;
	for (int i = 0; i < BREAKER_FAULTS - 1; i++)
		opened |= breaker_fault(&b, now);
	ok(!opened, "one too few at once");
	ok(breaker_fault(&b, now), "enough at once");
}

static void test_probation_ends(void)
{
	struct breaker b = { 0 };
	int64_t now = 1;

	for (int i = 0; i < BREAKER_FAULTS; i++)
		breaker_fault(&b, now);
	now += BREAKER_PAUSE;
	breaker_allows(&b, now);
	ok(!breaker_fault(&b, now + BREAKER_WINDOW + 1), "who lived through the window is forgiven");
}

int main(void)
{
	test_opens();
	test_slow_faults();
	test_probation_ends();
	return done_testing();
}
