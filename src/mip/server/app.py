"""The ASGI application: the table of endpoints as routes, and one form for every error."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from ..errors import MipError
from ..telemetry import fields
from .errors import HTTP_ERRORS, INTERNAL, error_body, error_response
from .middleware import REQUEST_ID_HEADER, RequestContext
from .queries import address_of
from .responses import json_response
from .routes import ENDPOINTS
from .routes.instances import FRAME_HEADERS
from .websocket import websocket_routes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from .endpoint import Endpoint
    from .services import Services

    Call = Callable[[Request], Awaitable[Response]]

log = logging.getLogger(__name__)


def create_app(services: Services) -> Starlette:
    """Return the application over services that are open for as long as it serves."""
    calls: dict[str, dict[str, Call]] = {}
    for endpoint in ENDPOINTS:
        for path in (endpoint.path, *endpoint.aliases):
            calls.setdefault(path, {})[endpoint.method] = _call(endpoint, services)
    app = Starlette(
        routes=[*_routes(calls), *websocket_routes(services)],
        middleware=[Middleware(RequestContext), *_cors(services)],
        exception_handlers={HTTPException: _http_error},
    )
    app.router.redirect_slashes = False  # to a URL made from the header Host; and it is no call
    return app


def _cors(services: Services) -> list[Middleware]:
    origins = [each.strip() for each in services.settings.mip_cors_origins.split(",")]
    origins = [origin for origin in origins if origin]
    if not origins:
        return []
    cors = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["authorization", "content-type", "x-admin-key", "x-api-key"],
        expose_headers=[REQUEST_ID_HEADER, "etag", "retry-after", *FRAME_HEADERS],
    )
    return [cors]


def _routes(calls: Mapping[str, Mapping[str, Call]]) -> list[Route]:
    return [Route(path, _dispatch(of), methods=[*of]) for path, of in calls.items()]


def _dispatch(calls: Mapping[str, Call]) -> Call:
    """Return what answers all methods of a path, so that 405 names all of them."""

    async def dispatch(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await calls[method](request)

    return dispatch


def _call(endpoint: Endpoint, services: Services) -> Call:
    async def call(request: Request) -> Response:
        request.state.route = endpoint.path
        request_id: str = request.state.request_id
        try:
            request.state.caller = await services.doorkeeper.admit(
                request.headers, endpoint.access, address=address_of(request)
            )
            return await endpoint.handler(request, services)
        except MipError as error:
            return error_response(error, request_id=request_id)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody is there to read it
        except HTTPException:
            raise
        except Exception:
            # The roof: a defect of ours is one answer and one line of log, not a closed connection.
            log.exception("http.unexpected_error", extra=fields(request_id=request_id))
            body = error_body(
                INTERNAL, "this is a defect of mip; report the request id", request_id=request_id
            )
            return json_response(body, status=HTTPStatus.INTERNAL_SERVER_ERROR)

    return call


async def _http_error(request: Request, error: Exception) -> Response:
    """Answer what has no error of ours: an unknown path or method, a body that does not come."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    request_id: str = request.state.request_id
    code, message = HTTP_ERRORS[error.status_code]
    body = error_body(code, message, request_id=request_id)
    headers = dict(error.headers or {})
    return json_response(body, status=error.status_code, headers=headers)
