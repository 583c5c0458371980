#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the hostile flows next to itself: NNN-what.{call,reply}.{udp,tcp}.

Files of one number belong to one flow: the client sends `call`, the server answers `reply`. One of
them is hostile, the other is what would open a pinhole if it were believed. None may open one.
"""
import glob
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))
ME = "192.0.2.10"  # the client: searches, subscribes
DEVICE = "192.0.2.1"  # the server
GOOD_URL = f"http://{ME}:20048/"
EVENT = "NT: upnp:event\r\n"
SEARCH = 'M-SEARCH * HTTP/1.1\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n'

PORTS = [
    "0", "00", "00000", "1", "22", "80", "443", "1023", "65536", "65558", "131072", "4294967318", "18446744073709551638", "99999",
    "-1", "+20048", "0x4e50", "4e50", "020048", " 20048", "20048 ", "", "20048x", "20,048", "2.0048", "1e4", "%n", "20048:22",
    "20048%00", "2%300048", "\xb220048", "20048\x7f", "20048\x01", "20048;22", "20048@8.8.8.8", "20048\\@8.8.8.8",
]
HOSTS = [
    "8.8.8.8", "192.0.2.66", "10.0.0.1", "0.0.0.0", "127.0.0.1", "127.255.255.254", "224.0.0.1", "239.255.255.250",
    "255.255.255.255", "[::1]", "[::]", "[ff02::c]", "[fd00::1]", "localhost", "device.local", "", "[]", "[", "]", "192.0.2",
    "192.0.2.", "192.0.2.256", "192.0.2.1.", "192.0.2.1.1", "192.0.02.1", "0300.0.2.1", "0xc0.0.2.1", "3221225985", "192.0.513",
    "192,0,2,1", "\xd9\xa1.0.2.1", "%31.0.2.1", "x@192.0.2.1", "x:y@192.0.2.1", "192.0.2.1@x", "@192.0.2.1", "192.0.2.1 ", " 192.0.2.1",
    "192.0.2.1\t", "[192.0.2.1]", "[::ffff:192.0.2.1]", "[::192.0.2.1]", "::ffff:192.0.2.1", "[fe80::1%25eth0", "[fe80::1%25eth0]x",
    "[::1%", "[%25eth0]", "[1:2:3:4:5:6:7:8:9]", "[12345::]", "[:::]", "192.0.2.1%25eth0", "192.0.2.1\\",
]
SCHEMES = [
    "https://", "ftp://", "http:/", "http:", "http//", "//", "/", "", "HTTPS://", "httpx://", "xhttp://", "http ://", "http:// ",
    "\thttp\t://", "javascript://", "urn:", "file://", "http:\\\\", "http:///", "http:////", "%68ttp://", "<http://", "\"http://", "h\xd4tp://",
]
NUMBERS = [
    "-1", "+1", "0x10", "1e3", "1,1", "1 1", "1, 1", "", "4294967296", "4294967297", "4294967306", "2147483648", "2147483649", "1073741824",
    "536870913", "18446744073709551616", "18446744073709551626", "99999999999999999999999", "\xb21", "1\x0b", "1;2", "ten", "%31", "1.0", "-0",
]


def answers(location, also=""):
    return f"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nLOCATION: {location}\r\n{also}\r\n"


def subscribes(callback, also=EVENT, line="SUBSCRIBE /e HTTP/1.1"):
    return f"{line}\r\nHOST: {DEVICE}:1900\r\nCALLBACK: {callback}\r\n{also}\r\n"


GOOD_ANSWER = answers(f"http://{DEVICE}:20048/")
GOOD = subscribes(f"<{GOOD_URL}>")


def bad_urls(host):
    for port in PORTS:
        yield "port", f"http://{host}:{port}/"
        if port not in ("1", "22", "80", "443", "1023", "20048 "):
            yield "port-no-path", f"http://{host}:{port}"
    for bad in HOSTS:
        bad = bad.replace("192.0.2.1", host) if host == DEVICE else bad.replace("192.0.2.1", host).replace("192.0.2.100", host)
        yield "host", f"http://{bad}:20048/"
    for scheme in SCHEMES:
        yield "scheme", f"{scheme}{host}:20048/"
    for url in [f"http://{host}:20048/ x", f"http://{host}:20048/<", f"http://{host}:20048/\x01", f"http://{host}:20048/\"", f"http://{host}:20048/`",
                f"http://{host}:20048\x0b/", f"x http://{host}:20048/", f"http://{host} :20048/", "http://", "http://:20048/", "http://?", "http://#",
                f"http://#{host}:20048/", f"http://?{host}:20048/", f"http:///{host}:20048/", f"http://x/{host}:20048/", "http://" + "1" * 4000,
                f"http://{host}" + "0" * 300 + ":20048/", f"http://{host}:" + "0" * 300 + "20048/"]:
        yield "url", url


def bad_answers():
    """To a search of one device, from where it was asked."""
    for what, url in bad_urls(DEVICE):
        yield "location-" + what, answers(url)
    for line in ["HTTP/1.1 404 Not Found", "HTTP/1.1 500 no", "HTTP/1.1 302 Found", "HTTP/1.1 100 Continue", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 200OK",
                 "HTTP/1.1 +200 OK", "HTTP/1.1 0200 OK", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1\t200 OK", "HTTP/1.1  200 OK", " HTTP/1.1 200 OK", "HTTP/2.0 200 OK",
                 "HTTP/0.9 200 OK", "HTTP/1.10 200 OK", "HTTP/11 200 OK", "http/1.1 200 ok", "HTTP 200 OK", "200 OK", "", "x", "\0", "OK", "SIP/2.0 200 OK",
                 "NOTIFY * HTTP/1.1", "M-SEARCH * HTTP/1.1", "GET / HTTP/1.1", "SUBSCRIBE / HTTP/1.1", "POST / HTTP/1.1", "\xff\xfe", "HTTP/1.1 200 \0",
                 "HTTP/1.1 200 OK\rX"]:
        yield "status", GOOD_ANSWER.replace("HTTP/1.1 200 OK", line, 1)
    url = f"http://{DEVICE}:20048/"
    for name in ["LOCATIO", "XLOCATION", "LOCATIONS", "LOCATION ", " LOCATION", "LO CATION", "LOC\tATION", "LOCATION\0", "L\xd6CATION", "LOCATION;", "CONTENT-LOCATION", ""]:
        yield "name", GOOD_ANSWER.replace("LOCATION", name, 1)
    yield "twice", answers(url, f"LOCATION: {url}\r\n")
    yield "twice-other-port", answers(url, f"location: http://{DEVICE}:20049/\r\n")
    yield "twice-empty", answers(url, "Location:\r\n")
    yield "no-location", "HTTP/1.1 200 OK\r\nST: x\r\n\r\n"
    yield "behind-the-head", f"HTTP/1.1 200 OK\r\n\r\nLOCATION: {url}\r\n\r\n"
    yield "folded", f"HTTP/1.1 200 OK\r\nLOCATION:\r\n {url}\r\n\r\n"
    yield "folded-tab", f"HTTP/1.1 200 OK\r\nX: y\r\n\tLOCATION: {url}\r\n\r\n"
    yield "lonely-cr", f"HTTP/1.1 200 OK\r\nX: y\rLOCATION: {url}\r\n\r\n"
    yield "nul", f"HTTP/1.1 200 OK\r\nX: \0\r\nLOCATION: {url}\r\n\r\n"
    yield "long", "HTTP/1.1 200 OK\r\n" + "X: y\r\n" * 1400 + f"LOCATION: {url}\r\n\r\n"
    for size in range(1, len(GOOD_ANSWER), 4):
        yield f"cut-to-{size}", GOOD_ANSWER[:size]
    for seed in range(8):
        yield "noise", random.Random(seed).randbytes(300).decode("latin-1")


def bad_searches():
    """From the client; or the device searches by itself."""
    good = SEARCH
    for what, old, new in [("man", 'MAN: "ssdp:discover"\r\n', ""), ("man", "ssdp:discover", "ssdp:byebye"), ("man", '"ssdp:discover"', '"ssdp:discover'), ("man", "MAN:", "MAN :"),
                           ("man", "MAN:", "XMAN:"), ("man", "MAN:", 'MAN: "ssdp:discover"\r\nMAN:'), ("man", '"ssdp:discover"', '"ssdp:discover"x'), ("st", "ST: ssdp:all\r\n", ""),
                           ("st", "ST: ssdp:all", "ST:"), ("st", "ST:", "ST: a\r\nST:"), ("mx-twice", "MX:", "MX: 1\r\nMX:"), ("line", " * ", " / "), ("line", " * ", "  * "),
                           ("line", "HTTP/1.1", "HTTP/2"), ("line", "HTTP/1.1", "HTTP/1.1 "), ("line", "M-SEARCH", "m-search"), ("line", "M-SEARCH", "SEARCH"), ("line", "M-SEARCH", " M-SEARCH"),
                           ("line", "M-SEARCH", "NOTIFY"), ("line", "M-SEARCH", "\r\nM-SEARCH"), ("nul", "ST: ", "ST: \0"), ("cr", "\r\nST", "\rST"), ("fold", "\r\nST", "\r\n ST"),
                           ("end", "\r\n\r\n", "\r\n"), ("end", "\r\n\r\n", ""), ("end", "\r\n\r\n", "\r\n\r")]:
        yield "search-" + what, good.replace(old, new, 1), ""
    yield "search-from-the-device", "\0", good
    yield "answer-from-the-client", GOOD_ANSWER, ""
    yield "notify-from-the-client", "NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\nLOCATION: " + GOOD_URL + "\r\n\r\n", ""
    for size in range(1, len(good), 5):
        yield f"search-cut-to-{size}", good[:size], ""


def bad_callbacks():
    for what, url in bad_urls(ME):
        yield "callback-" + what, subscribes(f"<{url}>")
    for value in ["", "<", ">", "<>", "><", GOOD_URL, f"<{GOOD_URL}", f"{GOOD_URL}>", f"<<{GOOD_URL}>>", f"<{GOOD_URL}>,<{GOOD_URL}>", f"<{GOOD_URL}>x",
                  f"x<{GOOD_URL}>", f"<{GOOD_URL}> <", f"< {GOOD_URL}>", f"<{GOOD_URL} >", f"<{GOOD_URL}>" * 9, f"<{GOOD_URL}><http://{ME}:0/>", f"<{GOOD_URL}><x>",
                  f'"<{GOOD_URL}>"', f"({GOOD_URL})", f"<http://8.8.8.8:20048/><http://{DEVICE}:20048/>", "<" * 500, f"<{GOOD_URL}>\0"]:
        yield "callback", subscribes(value)
    for also in ["", "NT: upnp:events\r\n", "NT: upnp: event\r\n", "NT:\r\n", "NT: upnp:rootdevice\r\n", EVENT * 2, EVENT + "SID: uuid:1\r\n", EVENT + f"CALLBACK: <{GOOD_URL}>\r\n",
                 EVENT + "Callback:\r\n", "XNT: upnp:event\r\n"]:
        yield "event", subscribes(f"<{GOOD_URL}>", also)
    for name in ["CALLBACK ", " CALLBACK", "CALL BACK", "XCALLBACK", "CALLBACKS", "CALLBACK\0", "C\xc4LLBACK", ""]:
        yield "name", GOOD.replace("CALLBACK", name, 1)
    for line in ["SUBSCRIBE", "SUBSCRIBE ", "SUBSCRIBE /e", "SUBSCRIBE /e HTTP/2.0", "SUBSCRIBE /e HTTP/1", "SUBSCRIBE  /e HTTP/1.1", "SUBSCRIBE /e  HTTP/1.1", " SUBSCRIBE /e HTTP/1.1",
                 "subscribe /e HTTP/1.1", "SUBSCRIBE\t/e\tHTTP/1.1", "SUBSCRIBE /e HTTP/1.1 x", "XSUBSCRIBE /e HTTP/1.1", "UNSUBSCRIBE /e HTTP/1.1", "NOTIFY /e HTTP/1.1",
                 "GET /e HTTP/1.1", "SUBSCRIBEX /e HTTP/1.1", "HTTP/1.1 200 OK", "SUBSCRIBE /e HTTP/1.1\0", "\0SUBSCRIBE /e HTTP/1.1", "SUBSCRIBE /\r HTTP/1.1", "5;SUBSCRIBE /e HTTP/1.1",
                 "PRI * HTTP/2.0", "SIP/2.0 200 OK", "\x16\x03\x01 /e HTTP/1.1", "SSH-2.0-x"]:
        yield "line", subscribes(f"<{GOOD_URL}>", EVENT, line)
    for also in ["Origin: http://evil.example\r\n", "Origin: null\r\n", "origin:\r\n", "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Mode: cors\r\n", "Upgrade: h2c\r\n"]:
        yield "web", subscribes(f"<{GOOD_URL}>", EVENT + also) + GOOD
    yield "folded", subscribes("\r\n " + f"<{GOOD_URL}>")
    yield "long", "SUBSCRIBE /e HTTP/1.1\r\n" + "X: y\r\n" * 1400 + f"CALLBACK: <{GOOD_URL}>\r\n" + EVENT + "\r\n"
    for size in (1, 9, 10, 15):
        yield f"cut-to-{size}", GOOD[:size] + "\n"


def bad_bodies():
    """A subscription in what a page made a browser post, or behind what nobody can measure."""
    post = "POST /x HTTP/1.1\r\nContent-Type: text/plain\r\n"
    for number in NUMBERS:
        yield "length", f"{post}Content-Length: {number}\r\n\r\n{GOOD}"
    for n in (0, 1, len(GOOD)):
        yield "length-twice", f"{post}Content-Length: {n}\r\nContent-Length: {n}\r\n\r\n{GOOD}"
        yield "length-twice", f"{post}Content-Length: {n}\r\ncontent-length: {n + 1}\r\n\r\n{GOOD}"
    yield "in-the-body", f"{post}Content-Length: {len(GOOD)}\r\n\r\n{GOOD}"
    yield "in-the-body-padded", f"{post}X: {'x' * 1400}\r\nContent-Length: {len(GOOD) + 6000}\r\n\r\n{'y' * 6000}{GOOD}"
    yield "body-longer-than-said", f"{post}Content-Length: 1\r\n\r\nxy{GOOD}"
    yield "body-shorter-than-said", f"{post}Content-Length: {len(GOOD) + 999}\r\n\r\n{GOOD}"
    for name in ("Content-Length ", " Content-Length", "Content_Length\t", "Content-Length\0"):
        yield "length-name", f"{post}{name}: {len(GOOD)}\r\n\r\n{GOOD}"
    for coding in ("gzip", "gzip, chunked", "chunked, gzip", "identity", "", "chunked,", "xchunked", "chunked\r\nTransfer-Encoding: chunked", "chunked\r\nContent-Length: 5",
                   "chunked\r\nContent-Length: 0"):
        yield "coding", f"{post}Transfer-Encoding: {coding}\r\n\r\n{GOOD}"
    chunked = f"{post}Transfer-Encoding: chunked\r\n\r\n"
    yield "in-a-chunk", f"{chunked}{len(GOOD):x}\r\n{GOOD}\r\n0\r\n\r\n"
    yield "in-two-chunks", f"{chunked}5\r\nSUBSC\r\n{len(GOOD) - 5:X};x=y\r\n{GOOD[5:]}\r\n0\r\n\r\n"
    yield "in-a-trailer", f"{chunked}0\r\n{GOOD}"
    yield "in-a-trailer", f"{chunked}0\r\nX: y\r\n\r\n{GOOD}"
    for size in ("100000000", "20000001", "ffffffff", "ffffffffffffffff", "10000000000000005", "000000000", "-1", "+5", "0x5", "5 5", "5,", "g", "", " 5", "\xb25"):
        yield "chunk", f"{chunked}{size}\r\n" + ("x" if size == "" else "") + GOOD
    yield "chunk-extension", f"{chunked}5;{'x' * 9000}\r\n{GOOD}"
    for line in ["CONNECT 192.0.2.1:1900 HTTP/1.1", "OPTIONS /e HTTP/1.1"]:
        yield "tunnel", f"{line}\r\n\r\n{GOOD}"
    yield "websocket", f"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n{GOOD}"
    yield "media", f"GET /m HTTP/1.1\r\nRange: bytes=0-\r\n\r\n{GOOD}"
    for first in ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", "\0" * 20 + "\n", "x" * 9000, "\r\r\n", "5\n12345x"):
        yield "first", first + GOOD
    for seed in range(8):
        yield "noise", random.Random(100 + seed).randbytes(200).decode("latin-1") + "\n" + GOOD


def flows():
    for what, reply in bad_answers():
        yield what, "udp", "\0", reply
    for what, call, reply in bad_searches():
        yield what, "udp", call, reply
    for source in (bad_callbacks, bad_bodies):
        for what, call in source():
            yield what, "tcp", call, "HTTP/1.1 200 OK\r\nSID: uuid:1\r\n\r\n"
    yield "from-the-device", "tcp", "GET / HTTP/1.1\r\n\r\n", subscribes(f"<http://{DEVICE}:20048/>")


def main():
    number = 0
    for old in glob.glob(os.path.join(HERE, "*.tcp")) + glob.glob(os.path.join(HERE, "*.udp")):
        os.unlink(old)
    for what, transport, *parts in flows():
        number += 1
        for suffix, data in zip(("call", "reply"), parts):
            if data:
                with open(os.path.join(HERE, f"{number:03}-{what}.{suffix}.{transport}"), "wb") as f:
                    f.write(data.encode("latin-1"))
    print(number, "hostile flows")


main()
