/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * URLs: RFC 3986 3, with RFC 6874 zones.
 *
 *	http://192.0.2.1:8200/root.xml
 *	http://[fe80::1%25eth0]:8200/root.xml
 *
 * Programs do not agree on what counts in a URL that is out of the ordinary, so what is so is none.
 */
#include "helpers/ssdp/url.h"

#include <string.h>
#include <sys/socket.h>

#include "wire/text.h"

#define HTTP_PORT   80
#define PORT_DIGITS 5

static const uint8_t scheme[] = { 'h', 't', 't', 'p', ':', '/', '/' };

static struct span behind(struct span s, size_t n)
{
	return (struct span){ s.data + n, s.len - n };
}

static bool stands_in(const char *set, uint8_t c)
{
	while (*set && (uint8_t)*set != c)
		set++;
	return *set;
}

/* Bytes before the first that stands in `ends`. */
static size_t length_up_to(struct span s, const char *ends)
{
	size_t n = 0;

	while (n < s.len && !stands_in(ends, s.data[n]))
		n++;
	return n;
}

static bool is_plain(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] <= ' ' || s.data[i] == 0x7f || stands_in("<>\"\\^`{|}", s.data[i]))
			return false;
	return true;
}

/* "http:", or another scheme's name? */
static enum ssdp_note read_scheme(struct span s)
{
	size_t n = 0;

	while (n < s.len && n < sizeof(scheme) && (s.data[n] | (n < 4 ? 0x20 : 0)) == scheme[n])
		n++;
	if (n == sizeof(scheme))
		return SSDP_NOTE_NONE;
	n = length_up_to(s, ":/");
	return n && n + 2 < s.len && !memcmp(s.data + n, "://", 3) ? NOTE_SCHEME : NOTE_URL;
}

/* The host in front of what remains in *s. */
static enum ssdp_note read_host(struct span *s, struct ssdp_url *ret)
{
	bool v6 = s->len && s->data[0] == '[';
	size_t len;

	if (v6)
		*s = behind(*s, 1);
	len = length_up_to(*s, v6 ? "]" : ":");
	if (v6 && len == s->len)
		return NOTE_URL;
	ret->addr_text = (struct span){ s->data, len };
	if (v6) /* RFC 6874: behind it the zone, which is the sender's own business */
		ret->addr_text.len = length_up_to(ret->addr_text, "%");
	*s = behind(*s, len + v6);
	if (!addr_from_text((const char *)ret->addr_text.data, ret->addr_text.len, &ret->addr))
		return v6 || !len ? NOTE_URL : NOTE_NAME;
	return (ret->addr.family == AF_INET6) == v6 ? SSDP_NOTE_NONE : NOTE_URL;
}

static enum ssdp_note read_port(struct span s, struct ssdp_url *ret)
{
	uint32_t port;

	ret->port = HTTP_PORT;
	if (!s.len)
		return SSDP_NOTE_NONE;
	if (s.data[0] != ':')
		return NOTE_URL;
	s = behind(s, 1);
	if (s.len > PORT_DIGITS || !s.len ||
	    text_get_decimal((const char *)s.data, s.len, UINT16_MAX, &port) != s.len || !port)
		return NOTE_PORT;
	ret->port = (uint16_t)port;
	ret->port_text = s;
	return SSDP_NOTE_NONE;
}

enum ssdp_note ssdp_url_read(struct span text, struct ssdp_url *ret)
{
	enum ssdp_note note = is_plain(text) ? read_scheme(text) : NOTE_URL;
	struct span authority;

	if (note)
		return note;
	*ret = (struct ssdp_url){ 0 };
	authority = behind(text, sizeof(scheme));
	authority.len = length_up_to(authority, "/?#");
	if (memchr(authority.data, '@', authority.len)) /* a name, perhaps a password */
		return NOTE_URL;
	note = read_host(&authority, ret);
	return note ? note : read_port(authority, ret);
}
