"""Methods, and headers of answers: CORS, caution, the page of documentation."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from mip.server.routes import ENDPOINTS

from .house import ADMIN, open_house

ORIGIN = "https://viewer.example.com"


def preflight(origin: str, headers: str = "authorization") -> dict[str, str]:
    return {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": headers,
    }


async def test_pages_of_a_configured_origin_may_call(tmp_path):
    async with open_house(tmp_path, mip_cors_origins=f"{ORIGIN}, https://b.example") as house:
        asked = await house.http.options("/process/noop", headers=preflight(ORIGIN))
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == ORIGIN
        assert "authorization" in asked.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-credentials" not in asked.headers
        answer = await house.http.get("/jobs", headers={"origin": ORIGIN})
        # Errors too: else a page could not read why it was refused.
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, ORIGIN)
        exposed = answer.headers["access-control-expose-headers"].lower()
        assert {"x-request-id", "retry-after", "etag"} <= set(exposed.split(", "))


@pytest.mark.parametrize("origin", ["null", "https://evil.example", f"{ORIGIN}.evil.example", ""])
async def test_pages_of_other_origins_may_not(tmp_path, origin):
    async with open_house(tmp_path, mip_cors_origins=ORIGIN) as house:
        asked = await house.http.options("/process/noop", headers=preflight(origin))
        assert asked.status_code == 400
        assert "access-control-allow-origin" not in asked.headers
        answer = await house.http.get("/health", headers={"origin": origin})
        assert "access-control-allow-origin" not in answer.headers


async def test_no_page_may_call_by_default(tmp_path):
    async with open_house(tmp_path) as house:
        asked = await house.http.options("/process/noop", headers=preflight(ORIGIN))
        assert asked.status_code == 405
        assert not [name for name in asked.headers if name.startswith("access-control")]


async def test_all_pages_may_call_when_told_so_but_never_with_credentials(tmp_path):
    async with open_house(tmp_path, mip_cors_origins="*") as house:
        asked = await house.http.options("/process/noop", headers=preflight("null", "x-admin-key"))
        assert asked.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in asked.headers
        answer = await house.http.get("/health", headers={"origin": "null", "cookie": "a=b"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


async def test_every_answer_is_cautious(tmp_path):
    async with open_house(tmp_path) as house:
        for path in ("/health", "/jobs", "/nothing", "/docs", "/openapi.json"):
            headers = (await house.http.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["cache-control"] == "no-store"


async def test_an_unknown_method_is_told_all_that_there_are(tmp_path):
    paths: dict[str, set[str]] = {}
    for endpoint in ENDPOINTS:
        for path in (endpoint.path, *endpoint.aliases):
            paths.setdefault(re.sub("{[^}]*}", "x", path), set()).add(endpoint.method)
    async with open_house(tmp_path) as house:
        for path, methods in paths.items():
            answer = await house.http.request("BREW", path)
            assert answer.status_code == 405
            allowed = set(answer.headers["allow"].split(", "))
            assert allowed == methods | ({"HEAD"} if "GET" in methods else set())
            assert answer.json()["error"]["code"] == "http.method_not_allowed"


async def test_head_is_get_without_the_body(tmp_path):
    async with open_house(tmp_path) as house:
        get = await house.http.get("/admin/queues", headers=ADMIN)
        head = await house.http.head("/admin/queues", headers=ADMIN)
        assert head.status_code == 200
        assert head.headers["content-type"] == get.headers["content-type"]
        assert (await house.http.head("/admin/queues")).status_code == 401


async def test_no_answer_sends_to_where_the_request_says(tmp_path):
    async with open_house(tmp_path) as house:
        for path in ("/jobs/", "/docs/", "/%2F/evil.example/jobs", "/%2e%2e/jobs/"):
            answer = await house.http.get(path, headers={"host": "evil.example"})
            assert answer.status_code == 404
            assert "location" not in answer.headers


@pytest.mark.parametrize("given", ["a b", "x" * 129, "a\tb", "é", ""])
async def test_a_request_id_that_is_none_is_replaced(tmp_path, given):
    async with open_house(tmp_path) as house:
        mine = await house.http.get("/health", headers={"x-request-id": "mine-1"})
        assert mine.headers["x-request-id"] == "mine-1"
        headers = {"x-request-id": given.encode()}
        answer = await house.http.get("/health", headers=headers)
        assert re.fullmatch("[0-9a-f-]{36}", answer.headers["x-request-id"])


async def test_the_documentation_keeps_to_its_own_policy(tmp_path):
    async with open_house(tmp_path) as house:
        answer = await house.http.get("/docs")
    policy, html = answer.headers["content-security-policy"], answer.text
    (style,) = re.findall("<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    # Nothing that the policy stops: scripts, handlers, styles elsewhere, anything loaded.
    assert not re.search(r"<script|<img|<link|<iframe|<form|\son\w+=|\sstyle=|javascript:", html)
    assert set(re.findall(r"href=([^\s>]+)", html)) == {"/openapi.json"}
    for endpoint in ENDPOINTS:
        assert f"{endpoint.method} {endpoint.path}".replace("<", "&lt;") in html
