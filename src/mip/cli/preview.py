"""Before and after, as pictures in the terminal."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING, Self

from ..errors import MipError
from ..worker import ChildPool, ProcessRequest
from .picture import MAX_SIDE, THUMBNAIL, picture_columns, picture_of, side_by_side

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from .console import Console
    from .picture import Picture

_FALLBACK_SIZE = (80, 24)


class Previewer:
    """Draws DICOM files side by side; decoding happens in a child process.

    Parameters
    ----------
    console : Console
        Where to draw: on standard error, beside the data.
    as_data : bool
        Draw on standard output: the pictures are what was asked for.
    """

    def __init__(self, console: Console, *, as_data: bool = False) -> None:
        self._console = console
        self._write = console.data_as_is if as_data else console.talk_as_is
        self._is_color = console.is_data_color if as_data else console.is_talk_color
        self._pool = ChildPool(THUMBNAIL, size=1)

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._pool.__aexit__(kind, error, trace)

    async def show(self, files: Sequence[tuple[str, str]]) -> None:
        """Draw ``(caption, path)`` beside one another; a file without a picture says why."""
        terminal = shutil.get_terminal_size(_FALLBACK_SIZE)
        columns = picture_columns(terminal.columns, pictures=len(files))
        pictures = []
        for caption, path in files:
            try:
                pictures.append((caption, await self._picture(path, columns=columns)))
            except MipError as error:
                self._console.talk(f"no picture of {caption}: {error}")
        for line in side_by_side(pictures, is_color=self._is_color):
            self._write(line)

    async def _picture(self, path: str, *, columns: int) -> Picture:
        with tempfile.TemporaryDirectory() as folder:
            report = await self._pool.process(
                ProcessRequest(
                    paths=(path,),
                    scope="image",
                    parameters={"columns": columns, "rows": min(columns, MAX_SIDE)},
                    folder=folder,
                )
            )
        return picture_of(report.meta)
