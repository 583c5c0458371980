#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hostile_tns.py good ADDRESS             a redirect that must open a pinhole to port 3000
hostile_tns.py straight|swapped ADDRESS   flows of helpers/tns/hostile, which must not

Swapped sends them in the wrong directions. The address that the flows name is put to ADDRESS, so that
nothing but the parser keeps it shut. Prints the number of messages."""

import os
import sys

sys.path[:0] = [os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "/pinhole/tests/vm/tns-redirect"]
import hostile  # noqa: E402  pylint: disable=wrong-import-position
import listener  # noqa: E402  pylint: disable=wrong-import-position

NAMED = b"192.0.2.1"


def at(address, flow):
    name, transport, steps = flow
    named = address.encode().ljust(len(NAMED))
    return name, transport, [(sender, data.replace(NAMED, named)) for sender, data in steps]


def good_flow(address):
    """CONNECT, and a redirect to the server itself."""
    body = bytes.fromhex("013f012c") + bytes(12) + bytes.fromhex("0000003a") + bytes(30)
    return "good", "tcp", [("client", listener.packet(listener.CONNECT, body)),
                           ("server", listener.redirect([], address, 3000))]


def main():
    mode, address = sys.argv[1:]
    if mode == "good":
        flows = [good_flow(address)]
    else:
        flows = [at(address, flow) for flow in hostile.flows_of("/pinhole/helpers/tns/hostile")]
        if mode == "swapped":
            flows = hostile.swapped(flows)
    print(hostile.play(address, 1521, flows))


main()
