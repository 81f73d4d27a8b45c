"""Identities of clients."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from ...clock import to_iso
from ..access import bearer_of
from ..endpoint import Answer, Endpoint
from ..queries import address_of
from ..responses import json_response
from ..schemas import ID, INSTANT, TEXT, object_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ..services import Services

ID_BYTES: Final = 16


async def provision(request: Request, services: Services) -> Response:
    """Make a client, or renew the token of the one that calls."""
    token = bearer_of(request.headers)
    if token is not None:
        client_id = services.tokens.verify(token).client_id
    else:
        services.provisions.take(address_of(request))
        client_id = f"client-{secrets.token_hex(ID_BYTES)}"
        await services.stores.clients.create(client_id)
    issued = services.tokens.issue(client_id)
    body = {
        "client_id": client_id,
        "token": issued.token,
        "expires_at": to_iso(issued.expires_at),
    }
    if services.settings.mip_polling:
        base = str(request.base_url).rstrip("/")
        body["queue_url"] = services.links.queue_link(client_id, until=issued.expires_at, base=base)
    return json_response(body)


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/provision",
        handler=provision,
        summary="Get an identity",
        description="Makes a client id and a token for it. With a valid token in the header "
        "Authorization, gives a new token for the same client.",
        tag="Clients",
        access="anyone",
        answers=(
            Answer(
                status=200,
                description="A client and its token.",
                schema=object_of(
                    {
                        "client_id": ID,
                        "token": TEXT,
                        "expires_at": INSTANT,
                        "queue_url": {
                            **TEXT,
                            "description": "Where to poll for results, where that is possible.",
                        },
                    },
                    required=("client_id", "token", "expires_at"),
                ),
            ),
        ),
        errors=(401, 429),
    ),
)
