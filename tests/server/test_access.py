"""Every call with everything that can be shown at the door."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING

import pytest

from mip.clock import SystemClock
from mip.control import AdminKey, Tokens
from mip.errors import QuotaExceededError
from mip.server.limits import RateLimit
from mip.server.routes import ENDPOINTS

from .house import ADMIN, IMAGE, open_house

if TYPE_CHECKING:
    from .house import House

HIDDEN = "what-only-its-client-may-see"
API_KEY = "reads-images"

# Who shows what, and the answer of a call by its access: "ok" is anything but 401 and 403.
MATRIX: dict[str, dict[str, int | str]] = {
    "nothing": {"anyone": "ok", "link": 401, "client": 401, "reader": 401, "operator": 401},
    "wrong token": {"anyone": "ok", "link": 401, "client": 401, "reader": 401, "operator": 401},
    "expired token": {"anyone": "ok", "link": 401, "client": 401, "reader": 401, "operator": 401},
    "forged token": {"anyone": "ok", "link": 401, "client": 401, "reader": 401, "operator": 401},
    "other token": {"anyone": "ok", "link": 401, "client": "ok", "reader": "ok", "operator": 403},
    "own token": {"anyone": "ok", "link": 401, "client": "ok", "reader": "ok", "operator": 403},
    "api key": {"anyone": "ok", "link": 401, "client": 401, "reader": "ok", "operator": 401},
    "wrong api key": {"anyone": "ok", "link": 401, "client": 401, "reader": 401, "operator": 401},
    "wrong admin key": {"anyone": "ok", "link": 401, "client": 401, "reader": 401, "operator": 401},
    "admin key": dict.fromkeys(("anyone", "link", "client", "reader", "operator"), "ok"),
}
# A wrong token is wrong also where none is needed.
RENEWS = {"wrong token": 401, "expired token": 401, "forged token": 401}


class LongAgo(SystemClock):
    def now(self) -> float:
        return super().now() - 400 * 86_400


def shown_by(house: House, own: dict[str, str], other: dict[str, str]) -> dict[str, dict[str, str]]:
    """Return the headers of each that calls."""
    token = own["authorization"].removeprefix("Bearer ")
    form, payload, signature = token.split(".")
    tokens = house.services.tokens
    late = Tokens(tokens._secret, clock=LongAgo()).issue(tokens.verify(token).client_id).token
    forged = f"{form}.{payload}.{signature[::-1]}"
    return {
        "nothing": {},
        "wrong token": {"authorization": "Bearer v1.e30.x"},
        "expired token": {"authorization": f"Bearer {late}"},
        "forged token": {"authorization": f"Bearer {forged}"},
        "other token": other,
        "own token": own,
        "api key": {"x-api-key": API_KEY},
        "wrong api key": {"x-api-key": "guess"},
        "wrong admin key": {"x-admin-key": "guess"},
        "admin key": ADMIN,
    }


@pytest.mark.parametrize("who", MATRIX)
async def test_each_call_opens_to_whom_it_is_for(tmp_path, who):
    settings = {"mip_pacs_api_key": API_KEY, "mip_wrong_keys_per_minute": 0, "mip_polling": True}
    async with open_house(tmp_path, **settings) as house:
        await house.register(description="d")
        client, own = await house.client()
        _, other = await house.client()
        body = {"job_id": "job", "pacs": IMAGE, "parameters": {"note": HIDDEN}}
        await house.http.post("/process/noop", json=body, headers=own)
        await house.finish(client, "job", meta={"note": HIDDEN})
        headers = shown_by(house, own, other)[who]
        seen = []
        for endpoint in ENDPOINTS:
            if endpoint.path == "/proxy-sqs":
                continue  # its link is a value of the query: test_push_polling.py
            for template in (endpoint.path, *endpoint.aliases):
                path = template.replace("{job_id}", "job").replace("{algorithm}", "noop")
                answer = await house.http.request(
                    endpoint.method, re.sub("{[^}]*}", "x", path), headers=headers
                )
                expected = MATRIX[who][endpoint.access]
                if endpoint.path == "/provision":
                    expected = RENEWS.get(who, expected)
                got = answer.status_code if answer.status_code in (401, 403) else "ok"
                # An operator names the client; without a name there is none to answer for.
                if not (who == "admin key" and "client_id" in answer.text):
                    assert (template, got) == (template, expected), answer.text
                if HIDDEN in answer.text:
                    seen.append(template)
        assert bool(seen) == (who in {"own token", "admin key"}), seen


@pytest.mark.parametrize("call", ["GET /jobs", "GET /jobs/job", "DELETE /jobs/job", "GET /results"])
async def test_who_names_another_client_learns_nothing_of_it(tmp_path, call):
    method, path = call.split(" ")
    async with open_house(tmp_path) as house:
        await house.register()
        client, own = await house.client()
        _, other = await house.client()
        await house.http.post("/process/noop", json={"job_id": "job", "pacs": IMAGE}, headers=own)
        there = await house.http.request(method, f"{path}?client_id={client}", headers=other)
        absent = await house.http.request(method, f"{path}?client_id=nobody", headers=other)
        assert (there.status_code, absent.status_code) == (403, 403)
        assert there.json()["error"] == absent.json()["error"]
        assert (await house.services.jobs.show(client, "job")).state == "queued"


async def test_a_job_of_another_client_and_none_are_answered_alike(tmp_path):
    async with open_house(tmp_path) as house:
        await house.register()
        _, own = await house.client()
        _, other = await house.client()
        await house.http.post("/process/noop", json={"job_id": "job", "pacs": IMAGE}, headers=own)
        there = await house.http.get("/jobs/job", headers=other)
        absent = await house.http.get("/jobs/none", headers=other)
        assert (there.status_code, absent.status_code) == (404, 404)
        assert there.json()["error"] == absent.json()["error"]


async def test_wrong_keys_are_limited_and_then_no_key_is_looked_at(tmp_path):
    async with open_house(tmp_path, mip_wrong_keys_per_minute=3) as house:
        wrong = {"x-admin-key": "guess"}
        for _ in range(3):
            assert (await house.http.get("/admin/queues", headers=wrong)).status_code == 401
        limited = await house.http.get("/admin/queues", headers=wrong)
        assert (limited.status_code, "retry-after" in limited.headers) == (429, True)
        # Else the next guess would be told from the wrong ones.
        assert (await house.http.get("/admin/queues", headers=ADMIN)).status_code == 429
        assert (await house.http.get("/health", headers=ADMIN)).status_code == 200


async def test_the_right_key_is_never_counted(tmp_path):
    async with open_house(tmp_path, mip_wrong_keys_per_minute=2) as house:
        for _ in range(20):
            assert (await house.http.get("/admin/queues", headers=ADMIN)).status_code == 200


async def test_wrong_keys_for_images_are_limited_too(tmp_path):
    settings = {"mip_pacs_api_key": API_KEY, "mip_wrong_keys_per_minute": 2}
    async with open_house(tmp_path, **settings) as house:
        admit = house.services.doorkeeper.admit
        for _ in range(5):
            await admit({"x-api-key": API_KEY}, "reader", address="a")
        for _ in range(2):
            with pytest.raises(Exception, match="x-api-key is wrong"):
                await admit({"x-api-key": "guess"}, "reader", address="a")
        with pytest.raises(QuotaExceededError):
            await admit({"x-api-key": API_KEY}, "reader", address="a")
        assert (await admit({"x-api-key": API_KEY}, "reader", address="b")).role == "reader"


class Stopped:
    def now(self) -> float:
        return 0.0

    def monotonic(self) -> float:
        return 0.0


def test_what_is_given_back_is_counted_once():
    limit = RateLimit(2, clock=Stopped())
    for _ in range(5):
        limit.take("a")
        limit.give_back("a")
    limit.give_back("a")
    limit.take("a")
    limit.take("a")
    with pytest.raises(QuotaExceededError):
        limit.take("a")


def test_a_comparison_in_constant_time_decides(monkeypatch):
    key = AdminKey(AdminKey.hashed("right"))
    compared = []

    monkeypatch.setattr(hmac, "compare_digest", lambda *_: False)
    with pytest.raises(Exception, match="wrong"):
        key.check("right")
    monkeypatch.undo()
    original = hmac.compare_digest

    def recording(first: bytes, second: bytes) -> bool:
        compared.append((first, second))
        return original(first, second)

    monkeypatch.setattr(hmac, "compare_digest", recording)
    key.check("right")
    key.check("right")
    assert key.recognizes("right")
    # Digests of one length, whatever was given; the key itself is never compared.
    assert {(len(first), len(second)) for first, second in compared} == {(32, 32)}
    assert not key.recognizes("wrong")


async def test_open_clients_are_taken_at_their_word_and_tokens_still_bind(tmp_path):
    async with open_house(tmp_path, mip_clients="open") as house:
        await house.register()
        body = {"job_id": "job", "client_id": "old", "pacs": IMAGE}
        assert (await house.http.post("/process/noop", json=body)).status_code == 202
        assert (await house.http.get("/jobs/job?client_id=old")).status_code == 200
        assert (await house.http.get("/jobs/job")).status_code == 401
        nameless = {"job_id": "job", "pacs": IMAGE}
        assert (await house.http.post("/process/noop", json=nameless)).status_code == 422
        _, header = await house.client()
        answer = await house.http.get("/jobs/job?client_id=old", headers=header)
        assert answer.status_code == 403
        wrong = {"authorization": "Bearer v1.e30.x"}
        assert (await house.http.get("/jobs?client_id=old", headers=wrong)).status_code == 401
        assert (await house.http.get("/admin/queues")).status_code == 401
