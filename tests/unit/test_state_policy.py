from __future__ import annotations

from msgspec.structs import replace

from mip.contracts import JsonValue, decode_request, make_job
from mip.state import request_digest
from mip.testing.state import make_test_job


def test_the_digest_of_a_request_leaves_out_what_the_client_did_not_say() -> None:
    job = make_test_job("a")
    later = replace(job, version="9.0", submitted_at="2027-01-01T00:00:00.000Z")
    assert request_digest(job) == request_digest(later)
    assert request_digest(job) == request_digest(replace(job, parent="b"))


def test_equal_requests_have_equal_digests_in_any_key_order() -> None:
    fixed: dict[str, JsonValue] = {
        "client_id": "c",
        "job_id": "j",
        "pacs": {"study_id": "s", "series_id": "s", "image_id": "i"},
    }
    bodies: list[dict[str, JsonValue]] = [
        {**fixed, "parameters": {"a": 1, "b": 2.0}},
        {"parameters": {"b": 2, "a": 1}, **fixed},
        {**fixed, "parameters": {"a": 1, "b": 3}},
    ]
    one, two, other = (
        request_digest(make_job(decode_request(body), algo_id="window", version="1", now=0.0))
        for body in bodies
    )
    assert one == two != other


def test_the_digest_of_a_request_takes_both_spellings_of_an_algorithm_as_one() -> None:
    job = make_test_job("a")
    assert request_digest(job) == request_digest(replace(job, algo_id="threshold_filter"))


def test_the_digest_of_a_request_tells_everything_else_apart() -> None:
    job = make_test_job("a")
    others = [
        replace(job, job_id="b"),
        replace(job, client_id="b"),
        replace(job, parameters={}),
        replace(job, callback_url="https://client.example.com/results"),
        replace(job, ordering_key="k"),
        replace(job, algo_id="window"),
        replace(job, pacs=replace(job.pacs, scope="series")),
    ]
    assert len({request_digest(item) for item in (job, *others)}) == len(others) + 1
