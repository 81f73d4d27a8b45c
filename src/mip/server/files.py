"""A file as an answer, that is let go of when the answer ends, however it ends."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from .negotiation import is_known

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from starlette.types import Message, Receive, Scope, Send

_OF_UNCHANGED: Final = ("etag", "last-modified", "cache-control")
"""Headers that an answer without the file has in common with one that has it."""


class HeldFileResponse(FileResponse):
    """Sends a file, or the ranges of it that are asked for, unless the caller has it already.

    Its tag and time are those of the file, so that a download that broke off goes on where it was
    (RFC 9110 section 13).
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
            self.stat_result = await anyio.to_thread.run_sync(Path(self.path).stat)
            self.set_stat_headers(self.stat_result)
            if self._is_known(Headers(scope=scope)):
                await self._not_modified()(scope, receive, send)
            else:
                await super().__call__(scope, receive, checked)

    def _is_known(self, asked: Headers) -> bool:
        """Tell whether the caller has this very file; the tag counts before the time."""
        tags = asked.get("if-none-match")
        if tags is not None:
            return is_known(tags, self.headers["etag"])
        return asked.get("if-modified-since") == self.headers["last-modified"]

    def _not_modified(self) -> Response:
        headers = {name: self.headers[name] for name in _OF_UNCHANGED}
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
