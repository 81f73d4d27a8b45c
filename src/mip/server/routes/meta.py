"""The server about itself: health, and its API described."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse

from ..endpoint import Answer, Endpoint
from ..openapi import docs_page, docs_style_hash, document
from ..page import fallback_page
from ..responses import json_response
from ..schemas import ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from ..services import Services


def endpoints(all_of_them: Callable[[], tuple[Endpoint, ...]]) -> tuple[Endpoint, ...]:
    """Return the calls that need to know all calls."""

    @cache
    def described() -> dict[str, Any]:
        return document(all_of_them())

    async def health(request: Request, services: Services) -> Response:
        del request
        report = await services.health.recent()
        return json_response(report, status=503 if report.status == "unhealthy" else 200)

    async def openapi(request: Request, services: Services) -> Response:
        del request, services
        return json_response(described())

    async def docs(request: Request, services: Services) -> Response:
        del request, services
        policy = f"default-src 'none'; style-src 'sha256-{docs_style_hash()}'; base-uri 'none'"
        headers = {"content-security-policy": policy}
        return HTMLResponse(docs_page(all_of_them()), headers=headers)

    async def page(request: Request, services: Services) -> Response:
        del request, services
        html, policy = fallback_page()
        return HTMLResponse(html, headers={"content-security-policy": policy})

    html = {"type": "string"}
    return (
        Endpoint(
            method="GET",
            path="/",
            handler=page,
            summary="The page",
            description="Lists jobs. A WebSocket is opened at the same path.",
            tag="Server",
            access="anyone",
            answers=(
                Answer(status=200, description="A page.", schema=html, media_type="text/html"),
            ),
        ),
        Endpoint(
            method="GET",
            path="/health",
            handler=health,
            summary="How everything is",
            description="As it was at timestamp, less than a second ago. The status is healthy; "
            "starting, while an algorithm takes no jobs yet; degraded, when something is not well; "
            "or unhealthy.",
            tag="Server",
            access="anyone",
            answers=(
                Answer(status=200, description="It works.", schema=ref("HealthReport")),
                Answer(
                    status=503,
                    description="Unhealthy: queues or records do not answer or cannot be written.",
                    schema=ref("HealthReport"),
                ),
            ),
        ),
        Endpoint(
            method="GET",
            path="/openapi.json",
            handler=openapi,
            summary="This document",
            tag="Server",
            access="anyone",
            answers=(Answer(status=200, description="OpenAPI 3.1.", schema={"type": "object"}),),
        ),
        Endpoint(
            method="GET",
            path="/docs",
            handler=docs,
            summary="The API for people",
            tag="Server",
            access="anyone",
            answers=(
                Answer(status=200, description="A page.", schema=html, media_type="text/html"),
            ),
        ),
    )
