#!/usr/bin/env python3
"""Write src/mip/kernels/c/median_networks.h: medians as networks of minima and maxima.

Each network of a plane makes two rows of results. It sorts the columns of the rows that both have
in their windows, and merges neighbouring lists in pairs, pairs of pairs and so on along x, each
list once for all windows that it lies in. Then each result sorts the row that it has for itself,
and picks the middle of both lists without merging them. Only what the middles depend on is written.
After A. Adams, "Fast median filters using separable sorting networks", ACM Transactions on Graphics
40 (2021); the merges are Batcher's.
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
BELOW, ABOVE = -2, -3  # numbers of nodes that are never in the middle


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
        for bound, kept_by in ((BELOW, "MOST"), (ABOVE, "LEAST")):
            if bound in (first, second):
                other = second if first == bound else first
                return other if op == kept_by else bound
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
    """Sort the pixels of each column that both windows cover."""
    network = Network()
    inputs = network.inputs([f"r{i}[x]" for i in range(size - 1)])
    body = pointers(size - 1) + network.loop(network.sort(inputs), staged)
    return function(f"median{size}_columns", ROWS, body)


def powers(size: int) -> list[int]:
    """Return the powers of two that add up to ``size``, the greatest first."""
    return [1 << bit for bit in reversed(range(size.bit_length())) if size >> bit & 1]


def plane(size: int) -> str:
    """Return the stages of a window of size x size, and the function that runs them."""
    common, top = size - 1, powers(size)[0]
    lowest, highest = middle_of_widest(size)
    code = [columns(size)]
    calls = [call(f"median{size}_columns", "at + 1, l1", size - 1)]
    lengths = {1: common}
    for width in [1 << bit for bit in range(1, top.bit_length())]:
        network, half = Network(), width // 2
        first, second = (
            network.inputs([read("in", i, shift) for i in range(half * common)])
            for shift in (0, half)
        )
        merged = network.merge(first, second)
        merged = merged[lowest : highest + 1] if width == top else merged
        lengths[width] = len(merged)
        name = f"median{size}_of_{width}"
        code.append(
            function(
                name, "const KEY *restrict in, KEY *restrict out", network.loop(merged, staged)
            )
        )
        calls.append(call(name, f"l{half}, l{width}", size - width))
    code.append(last_of_plane(size))
    lists = "".join(f"l{part}, " for part in powers(size))
    calls.append(call(f"median{size}_last", f"{lists}at[0], at[{size}], to0, to1", 0))
    code.append(plane_driver(size, lengths, calls))
    return "\n".join(code)


def middle_of_both(size: int) -> tuple[int, int]:
    """Return the least and greatest rank, among the pixels of both windows, of a median."""
    return size * size // 2 - size, size * size // 2


def middle_of_widest(size: int) -> tuple[int, int]:
    """Return the places in the widest list that may come to a rank of ``middle_of_both``."""
    lowest, highest = middle_of_both(size)
    length, pixels = powers(size)[0] * (size - 1), size * (size - 1)
    return max(0, lowest - (pixels - length)), min(highest, length - 1)


def last_of_plane(size: int) -> str:
    """Merge the widest list and all that is beside it, and take both medians."""
    top, *others = powers(size)
    network, shift = Network(), top
    beside: list[int] = []
    for part in others:
        inputs = network.inputs([read(f"l{part}", i, shift) for i in range(part * (size - 1))])
        beside = network.merge(beside, inputs)
        shift += part
    lowest, highest = middle_of_widest(size)
    known = network.inputs([read(f"l{top}", i, 0) for i in range(highest + 1 - lowest)])
    widest = [BELOW] * lowest + known + [ABOVE] * (top * (size - 1) - 1 - highest)
    least, middle = middle_of_both(size)
    both = network.merge(widest, beside)[least : middle + 1]
    medians = []
    for name in ("above", "below"):
        row = network.sort(network.inputs([f"{name}[x + {i}]" for i in range(size)]))
        medians.append(network.pick(both, least, row, middle))
    lists = "".join(f"const KEY *restrict l{part}, " for part in (top, *others))
    body = network.loop(medians, lambda at: f"out{at}[x]")
    return function(
        f"median{size}_last",
        f"{lists}const KEY *restrict above, const KEY *restrict below, "
        "KEY *restrict out0, KEY *restrict out1",
        body,
    )


def call(name: str, arguments: str, beside: int) -> str:
    """Return the call of a stage that makes lists for ``beside`` columns more than the results."""
    return f"        MIP_TYPED({name})({arguments}, WHOLE(n + {beside}));\n"


def plane_driver(size: int, lengths: dict[int, int], calls: list[str]) -> str:
    """Return the function that runs the stages chunk by chunk, so that lists stay in L1.

    Stages make whole vectors: the rest of a row goes by way of a spare one.
    """
    lists, used = "", 0
    for width, length in lengths.items():
        lists += f"    KEY *l{width} = stage + {used} * STAGE_STRIDE;\n"
        used += length
    return (
        f"MIP_TARGET static void MIP_TYPED(median{size})(const KEY *const *rows, KEY *out0,\n"
        f"    KEY *out1, ptrdiff_t columns, KEY *stage)\n{{\n{lists}"
        f"    KEY *spare = stage + {used} * STAGE_STRIDE;\n"
        f"    for (ptrdiff_t begin = 0; begin < columns; begin += CHUNK) {{\n"
        f"        const ptrdiff_t n = columns - begin < CHUNK ? columns - begin : CHUNK;\n"
        f"        const int is_whole = WHOLE(n) == n;\n"
        f"        KEY *to0 = is_whole ? out0 + begin : spare;\n"
        f"        KEY *to1 = is_whole ? out1 + begin : spare + STAGE_STRIDE;\n"
        f"        const KEY *at[{size + 1}];\n"
        f"        for (int i = 0; i < {size + 1}; ++i)\n"
        f"            at[i] = rows[i] + begin;\n" + "".join(calls) + "        if (!is_whole) {\n"
        "            memcpy(out0 + begin, to0, (size_t)n * sizeof(KEY));\n"
        "            memcpy(out1 + begin, to1, (size_t)n * sizeof(KEY));\n"
        "        }\n    }\n}\n"
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
    code.append(CUBE_DRIVER)
    return "\n".join(code)


CUBE_DRIVER = """\
MIP_TARGET static void MIP_TYPED(cube_rows)(const KEY *const *rows, KEY *out,
    ptrdiff_t columns, KEY *stage)
{
    for (ptrdiff_t begin = 0; begin < columns; begin += CHUNK) {
        const ptrdiff_t n = columns - begin < CHUNK ? columns - begin : CHUNK;
        const KEY *at[9];
        for (int i = 0; i < 9; ++i)
            at[i] = rows[i] + begin;
        MIP_TYPED(cube_along_y)(at, stage, WHOLE(n + 2));
        MIP_TYPED(cube_last)(stage, out + begin, n);
    }
}
"""


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
