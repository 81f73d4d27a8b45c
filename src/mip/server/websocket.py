"""The WebSocket: who may open one, and what it means for the connection how its talk ended."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ..errors import MipError
from ..telemetry import fields
from .conversation import Conversation
from .errors import NOT_FOUND, error_body, error_response
from .queries import address_of, query_id, query_number
from .responses import json_response

if TYPE_CHECKING:
    from .access import Caller
    from .conversation import Ended
    from .services import Services

log = logging.getLogger(__name__)

PATHS: Final = ("/", "/ws", "/prod")
"""Each is the same; the last is that of older deployments."""

SUBPROTOCOL: Final = "mip"
TOKEN_SUBPROTOCOL: Final = "token."  # noqa: S105 - what comes before one
"""What a page may offer beside ``mip`` to show its token, which it cannot put into a header."""

CLOSE_SECONDS: Final = 1.0
_LEFT_CODES: Final = frozenset({1000, 1001, 1005})
_CLOSES: Final[dict[Ended, tuple[int, str]]] = {
    "slow": (1013, "too slow: connect again and resume"),
    "failing": (1013, "records do not answer: connect again and resume"),
    "flood": (1008, "too many frames"),
    "expired": (1008, "the token has expired: get another"),
}
"""What we say when we give a connection up; 1013 is *try again later* (RFC 6455 section 11.7)."""


def websocket_routes(services: Services) -> list[WebSocketRoute]:
    """Return the routes of WebSockets: those that there are, and one that refuses all others."""
    serve = partial(_serve, services=services)

    async def call(websocket: WebSocket) -> None:
        try:
            await serve(websocket)
        except Exception:
            # The roof: a defect of ours ends one connection and is one line of log.
            log.exception(
                "http.unexpected_error", extra=fields(request_id=websocket.state.request_id)
            )

    return [
        *(WebSocketRoute(path, call) for path in PATHS),
        WebSocketRoute("/{path:path}", _refuse_path),
    ]


async def _serve(websocket: WebSocket, *, services: Services) -> None:
    request_id: str = websocket.state.request_id
    try:
        caller, client_id, after = await _admit(websocket, services)
        _forget_query(websocket)
        with services.hub.bell(client_id) as bell:
            offers = websocket.scope.get("subprotocols", [])
            await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in offers else None)
            base = str(websocket.base_url.replace(scheme=_http(websocket.url.scheme))).rstrip("/")
            conversation = Conversation(
                _Channel(websocket),
                client_id=client_id,
                push=services.push,
                present=partial(services.links.present, base=base),
                bell=bell,
                clock=services.clock,
                notes_delivery=caller.role == "client",
                expires_at=caller.expires_at,
            )
            await _converse(conversation, websocket, after=after, client_id=client_id)
    except MipError as error:
        _forget_query(websocket)
        await websocket.send_denial_response(error_response(error, request_id=request_id))


async def _admit(websocket: WebSocket, services: Services) -> tuple[Caller, str, int | None]:
    """Tell who opens a connection, whose results it is for, and where they begin."""
    offers: list[str] = websocket.scope.get("subprotocols", [])
    offered = [each for each in offers if each.startswith(TOKEN_SUBPROTOCOL)]
    token = websocket.query_params.get("token") or None
    if token is None and offered:
        token = offered[0].removeprefix(TOKEN_SUBPROTOCOL)
    caller = await services.doorkeeper.admit(
        websocket.headers, "client", address=address_of(websocket), token=token
    )
    client_id = caller.acting_as(query_id(websocket, "client_id"))
    if "after" not in websocket.query_params:
        return caller, client_id, None
    return caller, client_id, query_number(websocket, "after", default=0)


async def _converse(
    conversation: Conversation, websocket: WebSocket, *, after: int | None, client_id: str
) -> None:
    ended: Ended | None = None  # when the server stops
    try:
        ended = await conversation.run(after=after)
    finally:
        log.info(
            "push.closed",
            extra=fields(
                client_id=client_id, outcome=ended or "stopped", results=conversation.results
            ),
        )
    if ended in _CLOSES:
        await _close(websocket, *_CLOSES[ended])


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    """Say why, if the client reads; the connection ends in any case with the call."""
    with anyio.move_on_after(CLOSE_SECONDS):
        try:
            await websocket.close(code, reason)
        except WebSocketDisconnect:
            return  # it is gone


async def _refuse_path(websocket: WebSocket) -> None:
    _forget_query(websocket)
    request_id: str = websocket.state.request_id
    body = error_body(NOT_FOUND, "the WebSocket is at /", request_id=request_id)
    await websocket.send_denial_response(json_response(body, status=404))


def _forget_query(websocket: WebSocket) -> None:
    """Take the query out of the request: it has the token, and the web server logs what is left."""
    websocket.scope["query_string"] = b""


def _http(scheme: str) -> str:
    return "https" if scheme == "wss" else "http"


class _Channel:
    """A WebSocket of Starlette as a conversation needs it."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def send(self, text: bytes) -> None:
        try:
            await self._websocket.send_text(text.decode())
        except WebSocketDisconnect as error:
            raise ConnectionError("the client is gone") from error

    async def receive(self) -> bytes | None:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            # A reason, be it empty, comes with a closing frame alone (not when a connection broke).
            if message.get("reason") is not None and message.get("code") in _LEFT_CODES:
                raise EOFError
            raise ConnectionError("the connection broke")
        text: str | None = message.get("text")
        return None if text is None else text.encode()
