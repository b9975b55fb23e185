#include "main/trim.h"

#include "base/test.h"

TEST(trim, once_after_a_thousand_requests_and_two_seconds_without_any)
{
	CHECK(!trim_when_quiet(0));
	CHECK(!trim_when_quiet(999));
	CHECK(!trim_when_quiet(999)); /* not worth it */
	CHECK(!trim_when_quiet(1500)); /* not quiet */
	CHECK(!trim_when_quiet(1500)); /* threads give back what they kept */
	CHECK(trim_when_quiet(1500));
	CHECK(!trim_when_quiet(1500)); /* done */
	CHECK(!trim_when_quiet(2400));
	CHECK(!trim_when_quiet(2400));
	CHECK(!trim_when_quiet(2500));
	CHECK(!trim_when_quiet(2500));
	CHECK(trim_when_quiet(2500));
}
