from __future__ import annotations

from msgspec.structs import replace

from mip.state import request_digest
from mip.testing.state import make_test_job


def test_the_digest_of_a_request_leaves_out_what_the_client_did_not_say() -> None:
    job = make_test_job("a")
    later = replace(job, version="9.0", submitted_at="2027-01-01T00:00:00.000Z")
    assert request_digest(job) == request_digest(later)


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
