/* Addresses that are nobody's on the public Internet, however they are dressed up. */
#include "http/ip_public.h"
#include "base/test.h"

#include <string.h>

static const char *judge(const char *text)
{
	struct ip ip;
	if (!ip_parse(text, strlen(text), &ip))
		test_fail(__FILE__, __LINE__, "%s is no address", text);
	return ip_not_public(&ip);
}

TEST(ip_public, lets_the_addresses_of_others_pass)
{
	static const char *const good[] = { "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255",
		"100.128.0.0", "126.255.255.255", "128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255",
		"172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
		"198.20.0.0", "223.255.255.255", "::ffff:8.8.8.8", "2606:4700:4700::1111", "2a00:1450::1",
		"2001:4860:4860::8888", "2001:200::1", "64:ff9b::8.8.8.8", "2002:808:808::1", "3ffe::1",
		"2a00:1450::5efe:808:808" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (judge(good[i]))
			test_fail(__FILE__, __LINE__, "%s is taken for %s", good[i], judge(good[i]));
}

TEST(ip_public, advisory_ssrf_no_address_of_this_host_or_network_passes)
{
	static const struct {
		const char *text, *what;
	} bad[] = {
		{ "0.0.0.0", "this network" },
		{ "0.1.2.3", "this network" },
		{ "10.0.0.1", "private" },
		{ "10.255.255.255", "private" },
		{ "100.64.0.1", "shared by a provider" },
		{ "100.127.255.255", "shared by a provider" },
		{ "127.0.0.1", "loopback" },
		{ "127.255.255.254", "loopback" },
		{ "169.254.169.254", "link-local" },
		{ "172.16.0.1", "private" },
		{ "172.31.255.255", "private" },
		{ "192.0.0.170", "reserved" },
		{ "192.0.2.1", "documentation" },
		{ "192.88.99.1", "a relay to 6to4" },
		{ "192.168.0.1", "private" },
		{ "198.18.0.1", "benchmarking" },
		{ "198.19.255.255", "benchmarking" },
		{ "198.51.100.7", "documentation" },
		{ "203.0.113.7", "documentation" },
		{ "224.0.0.1", "multicast" },
		{ "239.255.255.255", "multicast" },
		{ "240.0.0.1", "reserved" },
		{ "255.255.255.255", "reserved" },
		{ "::", "loopback" },
		{ "::1", "loopback" },
		{ "::7f00:1", "IPv4-compatible" },
		{ "::8.8.8.8", "IPv4-compatible" },
		{ "fc00::1", "private" },
		{ "fdff::1", "private" },
		{ "fe80::1", "link-local" },
		{ "febf::1", "link-local" },
		{ "fec0::1", "site-local" },
		{ "ff02::1", "multicast" },
		{ "100::1", "discarded" },
		{ "2001:db8::1", "documentation" },
		{ "3fff:fff::1", "documentation" },
		{ "2001:2::1", "benchmarking" },
		{ "2001:10::1", "an identifier" },
		{ "2001:2f::1", "an identifier" },
		{ "5f00::1", "segment routing" },
		{ "4000::1", "reserved" },
		{ "1::1", "reserved" },
		{ "64:ff9c::1", "reserved" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK_TEXT(judge(bad[i].text), bad[i].what);
}

/* 3x-ui GHSA-cfpf-wmjp-gh6c: the same two addresses as a translation, a tunnel or an old spelling. */
TEST(ip_public, advisory_ssrf_an_address_inside_another_is_judged_too)
{
	static const struct {
		const char *text, *what;
	} bad[] = {
		{ "::ffff:127.0.0.1", "loopback" },
		{ "::ffff:a9fe:a9fe", "link-local" },
		{ "64:ff9b::127.0.0.1", "loopback" },
		{ "64:ff9b::a9fe:a9fe", "link-local" },
		{ "64:ff9b::10.0.0.1", "private" },
		{ "64:ff9b:1::8.8.8.8", "a translation of a private network" },
		{ "2002:7f00:1::", "loopback" },
		{ "2002:a9fe:a9fe::1", "link-local" },
		{ "2002:c0a8:101:1:2:3:4:5", "private" },
		/* Teredo: server 127.0.0.1; then a public server and the client 127.0.0.1, 169.254.169.254, bits turned */
		{ "2001:0:7f00:1:0:0:f7f7:f7f7", "loopback" },
		{ "2001:0:808:808:0:0:80ff:fffe", "loopback" },
		{ "2001:0:808:808:0:0:5601:5601", "link-local" },
		{ "2a00:1450::5efe:7f00:1", "loopback" },
		{ "2a00:1450::200:5efe:a00:1", "private" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK_TEXT(judge(bad[i].text), bad[i].what);
}
