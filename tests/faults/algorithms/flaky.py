"""Fails as told by its parameters: ``poison`` always, ``fail_first`` on the first try only."""

from __future__ import annotations

from pathlib import Path

import mip


@mip.algorithm(id="flaky", version="1.0.0")
def flaky(
    image: mip.Image, *, index: int = 0, poison: int = 0, fail_first: int = 0, tries: str = ""
) -> mip.Measurements:
    """Note each try in the folder ``tries``; then fail or measure."""
    notes = Path(tries)
    with (notes / "order").open("a") as order:
        order.write(f"{index}\n")
    mark = notes / f"tried-{index}"
    was_tried = mark.exists()
    mark.touch()
    if poison or (fail_first and not was_tried):
        raise RuntimeError("as told")
    return mip.Measurements(values={"index": index})
