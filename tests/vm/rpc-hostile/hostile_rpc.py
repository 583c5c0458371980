#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hostile_rpc.py good ADDRESS              one look-up that must open a pinhole, per transport
hostile_rpc.py straight|swapped ADDRESS   the flows of helpers/rpc/hostile, which must not

Swapped sends them in the wrong directions. Prints the number of messages."""

import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import hostile  # noqa: E402  pylint: disable=wrong-import-position


def good_flow(transport, port):
    """GETPORT of mountd, and its answer."""
    xid = 0x600D0000 + port
    call = struct.pack("!10I4I", xid, 0, 2, 100000, 2, 3, 0, 0, 0, 0, 100005, 3, 17, 0)
    reply = struct.pack("!6II", xid, 1, 0, 0, 0, 0, port)
    if transport == "tcp":
        call, reply = (struct.pack("!I", 0x80000000 | len(m)) + m for m in (call, reply))
    return "good", transport, [("client", call), ("server", reply)]


def main():
    mode, address = sys.argv[1:]
    if mode == "good":
        flows = [good_flow(transport, 3000 + i) for i, transport in enumerate(hostile.KINDS)]
    else:
        flows = hostile.flows_of("/pinhole/helpers/rpc/hostile")
        if mode == "swapped":
            flows = hostile.swapped(flows)
    print(hostile.play(address, 111, flows))


main()
