#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hostile_amanda.py good ADDRESS             a reply that must open pinholes to ports 3000 and 3001
hostile_amanda.py straight|swapped ADDRESS   flows of helpers/amanda/hostile, which must not

Swapped sends them in the wrong directions. Prints the number of messages."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import hostile  # noqa: E402  pylint: disable=wrong-import-position


def good_flow(port):
    """A request, and a reply that names two streams."""
    return "good", "udp", [
        ("client", b"Amanda 3.5 REQ HANDLE 000-00000000 SEQ 1\nSERVICE sendbackup\n"),
        ("server", b"Amanda 3.5 ACK HANDLE 000-00000000 SEQ 1\n"),
        ("server", b"Amanda 3.5 REP HANDLE 000-00000000 SEQ 1\nCONNECT DATA %d MESG %d\nOPTIONS ;\n"
         % (port, port + 1))]


def main():
    mode, address = sys.argv[1:]
    if mode == "good":
        flows = [good_flow(3000)]
    else:
        flows = hostile.flows_of("/pinhole/helpers/amanda/hostile")
        if mode == "swapped":
            # A reply of the server's is none, even unasked: nothing is kept with a flow to tell.
            flows = [flow for flow in hostile.swapped(flows) if "-client-REP" not in flow[0]]
    print(hostile.play(address, 10080, flows))


if __name__ == "__main__":
    main()
