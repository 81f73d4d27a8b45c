"""The calls of the API, one sentence of the specification each."""

from __future__ import annotations

import anyio
import pytest

from mip import errors
from mip.contracts import RESULTS_QUEUE
from mip.server.errors import STATUS
from mip.transport import Message

from .house import ADMIN, IMAGE, open_house


def concrete_errors():
    def below(kind):
        for each in kind.__subclasses__():
            if not each.__name__.startswith("_"):
                yield each
            yield from below(each)

    return {each.code for each in below(errors.MipError)}


def test_every_error_has_a_status():
    assert set(STATUS) == concrete_errors()


async def test_provision_gives_an_identity_and_renews_it(tmp_path):
    async with open_house(tmp_path) as house:
        client, header = await house.client()
        again = (await house.http.post("/provision", headers=header)).json()
        assert again["client_id"] == client


async def test_a_job_is_accepted_once_and_shown(tmp_path):
    async with open_house(tmp_path) as house:
        await house.register()
        client, header = await house.client()
        body = {"job_id": "j1", "client_id": client, "pacs": IMAGE}
        first = await house.http.post("/process/noop", json=body, headers=header)
        assert (first.status_code, first.json()["message"]) == (202, "Enqueued")
        again = await house.http.post("/process/noop", json=body, headers=header)
        assert (again.status_code, again.json()) == (202, first.json())
        other = {**body, "parameters": {"a": 1}}
        assert (
            await house.http.post("/process/noop", json=other, headers=header)
        ).status_code == 409
        shown = (await house.http.get("/jobs/j1", headers=header)).json()
        assert shown["status"] == "queued"
        assert shown["events"][0]["type"] == "queued"


async def test_a_result_is_read_with_a_link_that_needs_no_token(tmp_path):
    async with open_house(tmp_path) as house:
        await house.register()
        client, header = await house.client()
        body = {"job_id": "j1", "pacs": IMAGE}
        await house.http.post("/process/noop", json=body, headers=header)
        await house.finish(client, "j1", meta={"n": 1})
        shown = (await house.http.get("/jobs/j1", headers=header)).json()
        assert (shown["status"], shown["seq"], shown["meta"]) == ("succeeded", 1, {"n": 1})
        results = (await house.http.get("/results", headers=header)).json()["results"]
        assert [each["job_id"] for each in results] == ["j1"]


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (("POST", "/process/noop", {}, {}), 401),
        (("POST", "/admin/algorithms", {}, {}), 401),
        (("GET", "/admin/queues", {"x-admin-key": "wrong"}, None), 401),
        (("GET", "/nothing", {}, None), 404),
        (("PATCH", "/jobs", {}, None), 405),
        (("POST", "/admin/algorithms", ADMIN, {"algo_id": "a"}), 422),
        (("DELETE", "/admin/algorithms/nobody", ADMIN, None), 404),
    ],
)
async def test_refusals_have_one_form(tmp_path, call, status):
    method, path, headers, body = call
    async with open_house(tmp_path) as house:
        answer = await house.http.request(method, path, headers=headers, json=body)
        assert answer.status_code == status, answer.text
        assert {"code", "message"} <= set(answer.json()["error"])
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_client_sees_nobody_elses_job(tmp_path):
    async with open_house(tmp_path) as house:
        await house.register()
        client, header = await house.client()
        await house.http.post("/process/noop", json={"job_id": "j", "pacs": IMAGE}, headers=header)
        _, stranger = await house.client()
        assert (await house.http.get("/jobs/j", headers=stranger)).status_code == 404
        named = await house.http.get(f"/jobs/j?client_id={client}", headers=stranger)
        assert named.status_code == 403
        assert (await house.http.get("/jobs", headers=stranger)).json()["jobs"] == []
        assert (await house.http.get(f"/jobs/j?client_id={client}", headers=ADMIN)).is_success


async def test_the_documents_are_served(tmp_path):
    async with open_house(tmp_path) as house:
        document = (await house.http.get("/openapi.json")).json()
        assert "/process/{algorithm}" in document["paths"]
        assert "POST /process/{algorithm}" in (await house.http.get("/docs")).text
        assert (await house.http.get("/health")).json()["status"] == "healthy"


async def test_a_job_is_not_run_again_by_an_algorithm_that_takes_none(tmp_path):
    async with open_house(tmp_path) as house:
        await house.register()
        client, header = await house.client()
        body = {"job_id": "j", "pacs": IMAGE}
        assert (await house.http.post("/process/noop", json=body, headers=header)).is_success
        await house.finish(client, "j")
        await house.services.admin.scale("noop", 0)
        refused = await house.http.post("/jobs/j/retry", headers=header)
        assert refused.status_code == 404
        assert refused.json()["error"]["code"] == "control.algorithm_inactive"
        jobs = (await house.http.get("/jobs", headers=header)).json()["jobs"]
        assert [job["job_id"] for job in jobs] == ["j"]


async def test_results_that_were_set_aside_are_listed(tmp_path):
    async with open_house(tmp_path) as house:
        message = Message(body=b"no result", group_id="g", dedup_id="d")
        await house.services.transport.publish(RESULTS_QUEUE, [message])
        with anyio.fail_after(10):
            # The collector sets it aside, and wakes nobody who looks at letters.
            while not await house.services.transport.dead_letters(RESULTS_QUEUE):  # noqa: ASYNC110 - as told
                await anyio.sleep(0.01)
        answer = (await house.http.get("/admin/dead-results?limit=1", headers=ADMIN)).json()
        [letter] = answer["dead_results"]
        assert (letter["id"], letter["job_id"]) == (answer["next"], None)
        assert letter["reason"].startswith("contract.invalid")
        assert (await house.http.get("/admin/dead-results")).status_code == 401
