"""What every request passes: an id, its path as it came, one line of log, headers of caution."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders

from ..contracts import is_valid_id, new_job_id
from ..errors import MipError
from ..telemetry import fields

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

REQUEST_ID_HEADER: Final = "x-request-id"

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"})
"""Those that the log names; another is a word of the client's choosing."""

_CAUTION: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


class RequestContext:
    """Give each request an id and a line of log, and keep its path percent-encoded.

    Ids of images are paths, which come as one segment with ``%2F`` in it: decoded before the route
    is found, they would be several. The log has the route, never the path or the query: these may
    name patients and hold tokens.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        scope["path"] = scope.get("raw_path", scope["path"].encode()).decode("ascii", "replace")
        given = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
        request_id = given if is_valid_id(given) else str(new_job_id(time.time()))
        scope.setdefault("state", {})["request_id"] = request_id
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        has_two_lengths = "content-length" in asked and "transfer-encoding" in asked
        begun = time.monotonic()
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID_HEADER] = request_id
                for name, value in _CAUTION.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
                if has_two_lengths:
                    # A proxy may have counted on the other one: what follows on the connection is
                    # then another's request, or a part of this one (RFC 9112 section 6.1).
                    headers["connection"] = "close"
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except MipError as error:
            # Its answer had begun, so that nothing but its end tells the client.
            log.warning("http.broken_off", extra=fields(code=error.code, request_id=request_id))
            raise
        except Exception:
            log.exception("http.unexpected_error", extra=fields(request_id=request_id))
            raise
        finally:
            route = scope["state"].get("route", "-")
            milliseconds = round((time.monotonic() - begun) * 1000, 1)
            log.info(
                "http.request",
                extra=fields(
                    method=scope["method"] if scope["method"] in METHODS else "-",
                    route=route,
                    status=status,
                    milliseconds=milliseconds,
                    request_id=request_id,
                ),
            )
