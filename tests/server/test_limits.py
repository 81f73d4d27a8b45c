"""Quotas, and submissions of many at the same time."""

from __future__ import annotations

import json
import threading
from typing import Any

import anyio
import pytest

from mip.outbox import outbox
from mip.server import responses

from .house import ADMIN, IMAGE, open_house


async def all_at_once(house, bodies, headers):
    """Post jobs at the same time; return the answers in order."""
    answers: dict[int, object] = {}

    async def post(number, body):
        answers[number] = await house.http.post("/process/noop", json=body, headers=headers)

    async with anyio.create_task_group() as tasks:
        for number, body in enumerate(bodies):
            tasks.start_soon(post, number, body)
    return [answers[number] for number in range(len(bodies))]


async def test_fifty_equal_submissions_at_once_are_one_job(tmp_path):
    async with open_house(tmp_path) as house:
        await house.register()
        _, header = await house.client()
        answers = await all_at_once(house, [{"job_id": "j", "pacs": IMAGE}] * 50, header)
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.content for answer in answers}) == 1
        assert len((await house.http.get("/jobs", headers=header)).json()["jobs"]) == 1
        queues = (await house.http.get("/admin/queues", headers=ADMIN)).json()["queues"]
        assert [queue["waiting"] for queue in queues] == [1]


async def test_of_fifty_unequal_submissions_at_once_one_is_accepted(tmp_path):
    async with open_house(tmp_path) as house:
        await house.register()
        _, header = await house.client()
        bodies = [{"job_id": "j", "pacs": IMAGE, "parameters": {"n": n}} for n in range(50)]
        answers = await all_at_once(house, bodies, header)
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [202] + [409] * 49


async def test_a_client_may_have_so_many_jobs_unfinished(tmp_path):
    async with open_house(tmp_path, mip_max_unfinished_jobs=2) as house:
        await house.register()
        client, header = await house.client()
        bodies = [{"job_id": f"j{number}", "pacs": IMAGE} for number in range(3)]
        for body in bodies[:2]:
            assert (await house.http.post("/process/noop", json=body, headers=header)).is_success
        refused = await house.http.post("/process/noop", json=bodies[2], headers=header)
        assert (refused.status_code, "retry-after" in refused.headers) == (429, True)
        assert refused.json()["error"]["code"] == "control.quota_exceeded"
        # What is on record already is answered as it was, and takes no room.
        again = await house.http.post("/process/noop", json=bodies[0], headers=header)
        assert again.status_code == 202
        await house.finish(client, "j0")
        assert (await house.http.post("/process/noop", json=bodies[2], headers=header)).is_success
        again = await house.http.post("/jobs/j0/retry", headers=header)
        assert again.status_code == 429


async def test_a_client_may_put_so_much_on_record_in_a_minute(tmp_path):
    async with open_house(tmp_path, mip_submitted_kib_per_minute=22) as house:
        await house.register()
        _, header = await house.client()
        _, other = await house.client()

        async def post(job_id, text="", header=header):
            body = {"job_id": job_id, "pacs": IMAGE, "parameters": {"text": text}}
            return await house.http.post("/process/noop", json=body, headers=header)

        long = "x" * 10_000
        for number in range(2):
            assert (await post(f"j{number}", long)).status_code == 202
            assert (await house.http.delete(f"/jobs/j{number}", headers=header)).is_success
            # The same again, another under its id, and what is refused are nothing new.
            assert (await post(f"j{number}", long)).status_code == 202
            assert (await post(f"j{number}", long + "x")).status_code == 409
        assert (await house.http.post("/jobs/j0/retry", headers=header)).status_code == 429
        refused = await post("j2", long)
        assert (refused.status_code, "retry-after" in refused.headers) == (429, True)
        assert refused.json()["error"]["code"] == "control.quota_exceeded"
        assert (await post("short")).status_code == 202
        assert (await post("j2", long, other)).status_code == 202


async def test_a_short_job_counts_as_a_kib(tmp_path):
    async with open_house(tmp_path, mip_submitted_kib_per_minute=4) as house:
        await house.register()
        _, header = await house.client()
        bodies = [{"pacs": IMAGE}] * 5
        statuses = [answer.status_code for answer in await all_at_once(house, bodies, header)]
        assert sorted(statuses) == [202] * 4 + [429]


async def test_the_longest_job_is_taken_by_the_lowest_limit(tmp_path):
    async with open_house(tmp_path, mip_submitted_kib_per_minute=1) as house:
        await house.register()
        _, header = await house.client()
        body = {"pacs": IMAGE, "parameters": {"text": "x" * 100_000}}
        answers = [
            await house.http.post("/process/noop", json=body, headers=header) for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [202, 429]


async def test_the_quota_holds_for_jobs_that_come_at_once(tmp_path):
    async with open_house(tmp_path, mip_max_unfinished_jobs=3) as house:
        await house.register()
        _, header = await house.client()
        bodies = [{"job_id": f"j{number}", "pacs": IMAGE} for number in range(20)]
        answers = await all_at_once(house, bodies, header)
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [202] * 3 + [429] * 17


async def test_an_address_may_make_so_many_clients(tmp_path):
    async with open_house(tmp_path, mip_provisions_per_minute=2) as house:
        _, header = await house.client()
        await house.client()
        refused = await house.http.post("/provision")
        assert (refused.status_code, "retry-after" in refused.headers) == (429, True)
        # To renew a token makes no client.
        assert (await house.http.post("/provision", headers=header)).status_code == 200


@pytest.mark.parametrize("path", ["/jobs", "/results", "/algorithms"])
@pytest.mark.parametrize("limit", ["0", "1001", "-1", "1e2", "", "x", "9" * 400, "٣"])
async def test_a_page_has_a_limit(tmp_path, path, limit):
    async with open_house(tmp_path) as house:
        _, header = await house.client()
        answer = await house.http.get(path, params={"limit": limit}, headers=header)
        assert answer.status_code == 422
        assert answer.json()["error"]["fields"][0]["field"] == "limit"


async def test_a_body_is_not_nested_deeper_than_can_be_read(tmp_path):
    async with open_house(tmp_path) as house:
        await house.register()
        _, header = await house.client()
        for depth, status in ((30, 202), (70, 422), (100_000, 422)):
            inner = '{"a":' * depth + "1" + "}" * depth
            body = f'{{"pacs":{{"study_uid":"1.2","series_uid":"1.3"}},"parameters":{inner}}}'
            answer = await house.http.post("/process/noop", content=body, headers=header)
            assert answer.status_code == status, depth


def nested(where, keys):
    """Return a job that has these keys at its top, or within a field."""
    job: dict[str, Any] = {"job_id": "j", "pacs": IMAGE, "parameters": {}}
    return {**job, **keys} if where is None else {**job, where: {**job[where], **keys}}


@pytest.mark.parametrize("where", [None, "pacs", "parameters"])
async def test_of_many_bad_fields_the_first_are_named_and_the_rest_counted(tmp_path, where):
    schema = {"type": "object", "properties": {"share": {"type": "number"}}}
    async with open_house(tmp_path) as house:
        await house.register(parameters=schema)
        _, header = await house.client()
        body = nested(where, {f"{number}" + "x" * 1000: 1 for number in range(900)})
        answer = await house.http.post("/process/noop", json=body, headers=header)
        error = answer.json()["error"]
        assert (answer.status_code, len(error["fields"])) == (422, 20)
        assert all(len(each["field"]) <= 160 for each in error["fields"])
        assert error["message"].endswith("; and 880 more")
        assert len(answer.content) < 20_000


@pytest.mark.parametrize("where", [None, "pacs", "parameters"])
@pytest.mark.parametrize(("keys", "code"), [(9990, "contract.invalid_job"), (10_001, "")])
async def test_an_object_of_too_many_keys_is_refused_unread(tmp_path, where, keys, code):
    async with open_house(tmp_path) as house:
        await house.register()
        _, header = await house.client()
        body = nested(where, {str(number): 1 for number in range(keys)})
        answer = await house.http.post("/process/noop", json=body, headers=header)
        if where == "parameters" and code:  # of an algorithm that takes any
            assert answer.status_code == 202
            return
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (422, code or "contract.invalid")
        assert ("fields" in error) == bool(code)


@pytest.mark.parametrize("numbers", [1, 100_000])
async def test_a_long_body_holds_up_no_other_call(tmp_path, monkeypatch, numbers):
    on_the_loop = []

    def watched(function):
        def call(*arguments):
            on_the_loop.append(threading.current_thread() is threading.main_thread())
            return function(*arguments)

        return call

    async with open_house(tmp_path) as house:
        await house.register()
        _, header = await house.client()
        for module, name in ((responses, "decode_object"), (outbox, "request_digest")):
            monkeypatch.setattr(module, name, watched(getattr(module, name)))
        body = {"job_id": "j", "pacs": IMAGE, "parameters": {"x": [1] * numbers}}
        answer = await house.http.post("/process/noop", json=body, headers=header)
        assert answer.status_code == 202, answer.text
    assert on_the_loop == [numbers == 1] * 2


@pytest.mark.parametrize(("deep", "status"), [(64, 202), (65, 422), (30_000, 422)])
async def test_a_body_is_only_so_deep(tmp_path, deep, status):
    lists = deep - 2  # beside the body and its parameters
    body = f'{{"pacs": {json.dumps(IMAGE)}, "parameters": {{"x": {"[" * lists}{"]" * lists}}}}}'
    async with open_house(tmp_path) as house:
        await house.register()
        _, header = await house.client()
        answer = await house.http.post("/process/noop", content=body, headers=header)
        assert answer.status_code == status, answer.text
