#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines that tests reach, for each parser and for wire/, from gcovr's JSON on standard input:
`coverage.py PERCENT` lists the lines that are missing and fails if a part has less than that."""

import collections
import json
import sys


def part_of(path):
    """helpers/rpc, wire; None: nobody's."""
    words = path.split("/")
    if path.endswith(("_test.c", "_test.h", "_fuzz.c")):
        return None
    return "/".join(words[:2]) if words[0] == "helpers" and len(words) > 2 else words[0]


def ranges(numbers):
    """[1, 2, 3, 7] -> 1-3,7"""
    spans = []
    for n in sorted(numbers):
        if spans and n == spans[-1][1] + 1:
            spans[-1][1] = n
        else:
            spans.append([n, n])
    return ",".join(f"{a}-{b}" if b > a else str(a) for a, b in spans)


def main():
    wanted = float(sys.argv[1])
    reached, total = collections.Counter(), collections.Counter()
    missing = collections.defaultdict(list)
    for file in json.load(sys.stdin)["files"]:
        part = part_of(file["file"])
        lines = [line for line in file["lines"] if not line.get("gcovr/noncode")]
        if part is None or not lines:
            continue
        total[part] += len(lines)
        reached[part] += sum(line["count"] > 0 for line in lines)
        unreached = [line["line_number"] for line in lines if not line["count"]]
        if unreached:
            missing[part].append(f"    {file['file']}: {ranges(unreached)}")
    poor = 0
    for part in sorted(total):
        percent = 100 * reached[part] / total[part]
        poor += percent < wanted
        print(f"{'ok' if percent >= wanted else 'not ok'} {part:16} {reached[part]:4} of {total[part]:4}"
              f" lines {percent:6.1f} %")
        print("\n".join(missing[part]), end="\n" if missing[part] else "")
    print(f"coverage: {len(total) - poor} passed, {poor} failed (less than {wanted:g} % of lines)")
    return poor > 0 or not total


if __name__ == "__main__":
    sys.exit(main())
