"""The kernels' page tells what there is."""

from __future__ import annotations

import inspect
import re
import runpy
from pathlib import Path

import numpy as np

from mip import kernels

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "kernels.md").read_text(encoding="utf-8")


def test_every_function_is_in_the_table_with_its_parameters():
    documented = dict(re.findall(r"^\| `(\w+)\(([^)]*)\)` \|", PAGE, flags=re.MULTILINE))
    for name in kernels.__all__:
        function = getattr(kernels, name)
        if inspect.isfunction(function):
            names = [
                n for n in inspect.signature(function).parameters if n not in {"out", "threads"}
            ]
            assert [n for n in documented.pop(name).split(", ") if n not in {"*", ""}] == names
    assert not documented


def test_every_function_has_its_picture_on_the_page():
    shown = re.findall(r"!\[(\w+)\]\(pictures/\1\.webp\)", PAGE)
    functions = [name for name in kernels.__all__ if inspect.isfunction(getattr(kernels, name))]
    assert sorted(shown) == sorted(set(functions) - {"info"})  # which takes no image
    assert sorted(path.stem for path in (ROOT / "docs" / "pictures").iterdir()) == sorted(shown)


def test_the_pictures_are_what_the_kernels_draw():
    script = runpy.run_path(str(ROOT / "scripts" / "draw_kernels.py"))
    is_drawn, target = script["is_drawn"], script["TARGET"]
    pictures = list(script["pictures"]())
    stale = [p.name for p in pictures if not is_drawn(p, target / f"{p.name}.webp")]
    assert not stale, "run scripts/draw_kernels.py"
    other = pictures[0]._replace(after=pictures[1].after)
    assert not is_drawn(other, target / f"{other.name}.webp")


def test_every_build_variable_is_documented():
    variables = set(re.findall(r"\"(MIP_\w+)\"", (ROOT / "setup.py").read_text(encoding="utf-8")))
    assert variables
    assert all(f"`{variable}`" in PAGE for variable in variables)


def test_the_example_runs():
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    names: dict[str, object] = {}
    exec(example, names)  # noqa: S102 - our own page
    picture = names["picture"]
    assert isinstance(picture, np.ndarray)
    assert picture.shape == (40, 256, 256, 3)
