#!/usr/bin/env python3
"""Write src/mip/kernels/c/median_networks.h: medians as networks of minima and maxima.

Each network sorts columns of pixels, merges neighbouring lists in pairs, pairs of pairs and so on
along x, each list once for all windows that it lies in, and takes the middle of the last two lists
without merging them. Only what the middle depends on is written. After A. Adams, "Fast median
filters using separable sorting networks", ACM Transactions on Graphics 40 (2021); the merges are
Batcher's.
"""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = Path(__file__).parent.parent / "src/mip/kernels/c/median_networks.h"
PLANE_SIZES = (5, 7, 9, 11)  # of 3 x 3 all nine pixels fit into registers: see median_pixel.h
CUBE = 3


class Node(NamedTuple):
    """An input (op is its C expression, no operands), or LEAST or MOST of two earlier nodes."""

    op: str
    first: int = -1
    second: int = -1


class Network:
    """Values that follow from each other; what is equal is the same node."""

    def __init__(self) -> None:
        self.nodes: dict[Node, int] = {}

    def add(self, op: str, first: int = -1, second: int = -1) -> int:
        """Return the number of a node."""
        return self.nodes.setdefault(Node(op, first, second), len(self.nodes))

    def inputs(self, expressions: list[str]) -> list[int]:
        """Return a node for each C expression."""
        return [self.add(expression) for expression in expressions]

    def merge(self, first: list[int], second: list[int]) -> list[int]:
        """Merge two sorted lists of any lengths: Batcher's odd-even merge."""
        if not first or not second:
            return first + second
        if len(first) == len(second) == 1:
            pair = (first[0], second[0])
            return [self.add("LEAST", *pair), self.add("MOST", *pair)]
        even = self.merge(first[0::2], second[0::2])
        odd = self.merge(first[1::2], second[1::2])
        merged = even[:1]
        for at in range(max(len(even) - 1, len(odd))):
            pair_of = even[at + 1 : at + 2] + odd[at : at + 1]
            if len(pair_of) == 2:  # noqa: PLR2004 - a pair; past the end of a list there is one
                merged += [self.add("LEAST", *pair_of), self.add("MOST", *pair_of)]
            else:
                merged += pair_of
        return merged

    def sort(self, values: list[int]) -> list[int]:
        """Sort by merging halves."""
        half = len(values) // 2
        return self.merge(self.sort(values[:half]), self.sort(values[half:])) if half else values

    def pick(self, trimmed: list[int], lowest: int, other: list[int], rank: int) -> int:
        """Return the element of a rank among two sorted lists.

        ``trimmed`` begins at its element ``lowest``. The result is the least, over all ways to take
        ``rank + 1`` elements from the two beginnings, of the greatest element taken.
        """
        ways = []
        for taken in range(rank + 2):
            rest = rank + 1 - taken
            last = [other[rest - 1]] if 0 < rest <= len(other) else []
            if rest > len(other) or (taken and not 0 <= taken - 1 - lowest < len(trimmed)):
                continue
            last += [trimmed[taken - 1 - lowest]] if taken else []
            ways.append(self.add("MOST", *last) if len(last) > 1 else last[0])
        least = ways[0]
        for way in ways[1:]:
            least = self.add("LEAST", least, way)
        return least

    def loop(self, outputs: list[int], place: Callable[[int], str]) -> str:
        """Return the C loop over x that computes ``outputs`` into ``place`` of each."""
        needed, queue = set(), list(outputs)
        every = list(self.nodes)
        while queue:
            number = queue.pop()
            if number not in needed:
                needed.add(number)
                queue += [n for n in every[number][1:] if n >= 0]
        lines = []
        for number in sorted(needed):
            op, first, second = every[number]
            value = op if first < 0 else f"{op}(v{first}, v{second})"
            lines.append(f"const KEY v{number} = {value};")
        lines += [f"{place(at)} = v{number};" for at, number in enumerate(outputs)]
        indent = " " * 8
        body = fill(
            " ".join(line.replace(" ", "\0") for line in lines),
            100,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
        ).replace("\0", " ")
        return f"    for (ptrdiff_t x = 0; x < n; ++x) {{\n{body}\n    }}\n"


def function(name: str, parameters: str, body: str) -> str:
    """Return a C function of one instruction set and pixel type."""
    head = fill(
        f"MIP_TARGET static void MIP_TYPED({name})({parameters}, ptrdiff_t n)",
        100,
        subsequent_indent=" " * 4,
    )
    return f"{head}\n{{\n{body}}}\n"


def pointers(count: int) -> str:
    """Return the C declarations of r0, r1, …: stores of bytes may alias an array of pointers."""
    return "".join(f"    const KEY *restrict r{i} = rows[{i}];\n" for i in range(count))


def staged(at: int) -> str:
    """Return element ``at`` of a list that a stage writes."""
    return f"out[{at} * STAGE_STRIDE + x]"


def read(name: str, at: int, shift: int) -> str:
    """Return element ``at`` of the list of the column ``shift`` pixels to the right."""
    return f"{name}[{at} * STAGE_STRIDE + x + {shift}]"


ROWS = "const KEY *const *rows, KEY *restrict out"


def columns(size: int) -> str:
    """Sort the pixels of each column."""
    network = Network()
    inputs = network.inputs([f"r{i}[x]" for i in range(size)])
    body = pointers(size) + network.loop(network.sort(inputs), staged)
    return function(f"median{size}_columns", ROWS, body)


def powers(size: int) -> list[int]:
    """Return the powers of two that add up to ``size``, the greatest first."""
    return [1 << bit for bit in reversed(range(size.bit_length())) if size >> bit & 1]


def plane(size: int) -> str:
    """Return the stages of a window of size x size, and the function that runs them."""
    parts = powers(size)
    top, rank = parts[0], size * size // 2
    lowest = max(0, rank - (size * size - top * size))
    code = [columns(size)]
    calls = [
        f"        MIP_TYPED(median{size}_columns)(at, l1, n + {size - 1});\n",
    ]
    lengths = {1: size}
    for width in [1 << bit for bit in range(1, top.bit_length())]:
        network, half = Network(), width // 2
        first, second = (
            network.inputs([read("in", i, shift) for i in range(half * size)])
            for shift in (0, half)
        )
        merged = network.merge(first, second)
        merged = merged[lowest : rank + 1] if width == top else merged
        lengths[width] = len(merged)
        name = f"median{size}_of_{width}"
        code.append(
            function(
                name, "const KEY *restrict in, KEY *restrict out", network.loop(merged, staged)
            )
        )
        calls.append(f"        MIP_TYPED({name})(l{half}, l{width}, n + {size - width});\n")
    code.append(last_of_plane(size, lowest, lengths[top]))
    lists = "".join(f"l{part}, " for part in parts)
    calls.append(f"        MIP_TYPED(median{size}_last)({lists}out + begin, n);\n")
    code.append(driver(f"median{size}", size, lengths, calls))
    return "\n".join(code)


def last_of_plane(size: int, lowest: int, length: int) -> str:
    """Take the middle of the widest list and all that is beside it."""
    top, *others = powers(size)
    network, shift = Network(), top
    beside: list[int] = []
    for part in others:
        inputs = network.inputs([read(f"l{part}", i, shift) for i in range(part * size)])
        beside = network.merge(beside, inputs)
        shift += part
    widest = network.inputs([read(f"l{top}", i, 0) for i in range(length)])
    middle = network.pick(widest, lowest, beside, size * size // 2)
    lists = "".join(f"const KEY *restrict l{part}, " for part in (top, *others))
    body = network.loop([middle], lambda _: "out[x]")
    return function(f"median{size}_last", f"{lists}KEY *restrict out", body)


def driver(name: str, rows: int, lengths: dict[int, int], calls: list[str]) -> str:
    """Return the function that runs the stages chunk by chunk, so that lists stay in L1."""
    lists, used = "", 0
    for width, length in lengths.items():
        lists += f"    KEY *l{width} = stage + {used} * STAGE_STRIDE;\n"
        used += length
    return (
        f"MIP_TARGET static void MIP_TYPED({name})(const KEY *const *rows, KEY *out,\n"
        f"    ptrdiff_t columns, KEY *stage)\n{{\n{lists}"
        f"    for (ptrdiff_t begin = 0; begin < columns; begin += CHUNK) {{\n"
        f"        const ptrdiff_t n = columns - begin < CHUNK ? columns - begin : CHUNK;\n"
        f"        const KEY *at[{rows}];\n"
        f"        for (int i = 0; i < {rows}; ++i)\n"
        f"            at[i] = rows[i] + begin;\n" + "".join(calls) + "    }\n}\n"
    )


def cube() -> str:
    """Return the stages of 3 x 3 x 3: along z (shared by rows), along y, along x."""
    along_z = Network()
    found = along_z.sort(along_z.inputs([f"r{i}[x]" for i in range(CUBE)]))
    names = "lowest", "middle", "highest"
    targets = ", ".join(f"KEY *restrict {name}" for name in names)
    code = [
        function(
            "cube_along_z",
            f"const KEY *const *rows, {targets}",
            pointers(CUBE) + along_z.loop(found, lambda at: f"{names[at]}[x]"),
        )
    ]
    along_y = Network()
    lists = [along_y.inputs([f"r{CUBE * i + j}[x]" for j in range(CUBE)]) for i in range(CUBE)]
    merged = along_y.merge(along_y.merge(lists[0], lists[1]), lists[2])
    code.append(
        function("cube_along_y", ROWS, pointers(CUBE * CUBE) + along_y.loop(merged, staged))
    )
    last, rank = Network(), CUBE**3 // 2
    sides = [last.inputs([read("l1", i, shift) for i in range(CUBE * CUBE)]) for shift in (0, 1, 2)]
    lowest = rank - CUBE * CUBE
    pair = last.merge(sides[0], sides[1])[lowest : rank + 1]
    middle = last.pick(pair, lowest, sides[2], rank)
    code.append(
        function(
            "cube_last",
            "const KEY *restrict l1, KEY *restrict out",
            last.loop([middle], lambda _: "out[x]"),
        )
    )
    calls = [
        "        MIP_TYPED(cube_along_y)(at, l1, n + 2);\n",
        "        MIP_TYPED(cube_last)(l1, out + begin, n);\n",
    ]
    code.append(driver("cube_rows", CUBE * CUBE, {1: CUBE * CUBE}, calls))
    return "\n".join(code)


def text() -> str:
    """Return the whole file."""
    head = (
        "/* Made by scripts/median_networks.py: change that, and run it. See median.h.\n *\n"
        " * `rows` are padded: a window begins at its own x. Lists lie in `stage`, sorted: element "
        "i\n * of the list of column x is at [i * STAGE_STRIDE + x]. */\n"
    )
    return "\n".join([head, *(plane(size) for size in PLANE_SIZES), cube()])


def main() -> int:
    """Write the file."""
    TARGET.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
