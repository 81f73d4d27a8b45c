"""A file as an answer, that is let go of when the answer ends, however it ends."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse

if TYPE_CHECKING:
    from contextlib import AsyncExitStack
    from pathlib import Path

    from starlette.types import Message, Receive, Scope, Send


class HeldFileResponse(FileResponse):
    """Sends a file, or the ranges of it that are asked for.

    Ranges that nothing can be sent for are refused as every bad call is: the answer is an error
    with a code, not a text of the library's.

    Parameters
    ----------
    path : Path
        The file.
    held : AsyncExitStack
        Holds the file; closed when the answer was sent, refused or broken off.
    media_type, filename : str
        What the answer says it is.
    headers : dict
        More of its headers.
    """

    def __init__(
        self,
        path: Path,
        *,
        held: AsyncExitStack,
        media_type: str,
        filename: str,
        headers: dict[str, str],
    ) -> None:
        super().__init__(path, media_type=media_type, filename=filename, headers=headers)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it.

        Raises
        ------
        HTTPException
            416: the ranges are none of this file.
        """

        async def checked(message: Message) -> None:
            if message.get("status", HTTPStatus.OK) >= HTTPStatus.BAD_REQUEST:
                headers = {"content-range": f"bytes */{self.headers['content-length']}"}
                raise HTTPException(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
            await send(message)

        async with self._held:
            await super().__call__(scope, receive, checked)
