"""What the OpenAPI document says is true: schemathesis looks for a request of which it is not.

``MIP_SCHEMATHESIS=full`` looks longer and in more ways; ``make test-full`` does.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator, meta

from mip.server.openapi import document
from mip.server.routes import ENDPOINTS

from .house import ADMIN, ADMIN_KEY, IMAGE
from .served import served

ROOT = Path(__file__).parent.parent.parent
BRIEF = ("--phases", "fuzzing", "--max-examples", "5")
FULL = ("--phases", "coverage,fuzzing,stateful", "--max-examples", "100")
# The registration's coverage phase tries its fields in thousands of combinations.
SLOW = ("--exclude-path-regex", "^/(admin/)?algorithms")


def look(url: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run schemathesis against a server."""
    config = ("--config-file", "tests/server/schemathesis.toml", "--no-color")
    command = (sys.executable, "-m", "schemathesis.cli", *config, "run", f"{url}/openapi.json")
    return subprocess.run(
        [*command, "--seed", "1", "--no-shrink", "--continue-on-failure", *options],
        cwd=ROOT,
        env={**os.environ, "MIP_TEST_ADMIN_KEY": ADMIN_KEY},
        text=True,
        capture_output=True,
        check=False,
    )


def test_no_request_finds_the_document_untrue(tmp_path):
    is_full = os.environ.get("MIP_SCHEMATHESIS") == "full"
    with served(
        tmp_path,
        mip_submitted_kib_per_minute=0,
        mip_provisions_per_minute=0,
        mip_wrong_keys_per_minute=0,
    ) as here:
        here.register()
        with here.client(**ADMIN) as http:
            body = {"job_id": "known", "client_id": "somebody", "pacs": IMAGE}
            assert http.post("/process/noop", json=body).status_code == 202
        looks = [(*FULL, *SLOW), BRIEF] if is_full else [BRIEF]
        for options in looks:
            found = look(here.url, *options)
            assert found.returncode == 0, found.stdout + found.stderr
        assert here.complaints() == []


@pytest.fixture(scope="module")
def described():
    return document(ENDPOINTS)


def test_every_schema_is_one(described):
    for schema in described["components"]["schemas"].values():
        meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_every_reference_leads_somewhere(described):
    def references(value):
        if isinstance(value, dict):
            yield from [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            for item in value.values():
                yield from references(item)
        elif isinstance(value, list):
            for item in value:
                yield from references(item)

    names = described["components"]["schemas"]
    lost = {each for each in references(described) if each.rsplit("/", 1)[-1] not in names}
    assert lost == set()


@pytest.mark.parametrize(
    ("name", "value", "is_valid"),
    [
        ("JobRequest", {"pacs": IMAGE}, True),
        ("JobRequest", {"pacs": {**IMAGE, "image_id": "a/b/c.dcm"}}, True),
        ("JobRequest", {"pacs": {**IMAGE, "image_id": "a/../c.dcm"}}, False),
        ("JobRequest", {"pacs": {**IMAGE, "image_id": "/a"}}, False),
        ("JobRequest", {"pacs": {**IMAGE, "image_id": "..a/.b/...c"}}, True),
        ("JobRequest", {"pacs": {**IMAGE, "image_id": "a\\b"}}, False),
        ("JobRequest", {"pacs": {**IMAGE, "image_id": "a\nb"}}, False),
        ("JobRequest", {"pacs": {"study_id": "s", "series_id": "s"}}, False),
        ("JobRequest", {"pacs": {"study_id": "s", "series_id": "s", "scope": "series"}}, True),
        ("JobRequest", {"pacs": {"study_uid": "1.2", "series_uid": "1.2.3"}}, True),
        ("JobRequest", {"pacs": {"study_uid": "1.02", "series_uid": "1.2.3"}}, False),
        ("JobRequest", {"pacs": IMAGE, "x": 1}, False),
        ("JobRequest", {"pacs": IMAGE, "job_id": "a b"}, False),
        ("JobRequest", {"pacs": IMAGE, "callback": {"client_id": "c"}}, True),
        ("RegistrationRequest", {"algo_id": "abc", "image_uri": "noop"}, True),
        ("RegistrationRequest", {"name": "a_b", "image_uri": "x", "cpu": 256}, True),
        ("RegistrationRequest", {"name": "a__b", "image_uri": "x"}, False),
        ("RegistrationRequest", {"name": "abc", "image_uri": "x", "cpu": 256, "memory": 9}, False),
        ("RegistrationRequest", {"name": "abc", "image_uri": "x", "env": {"MIP_SLOT": "1"}}, False),
        ("RegistrationRequest", {"name": "abc", "image_uri": "x", "env": {"A": True}}, True),
        ("AlgorithmPatchRequest", {"status": "Inactive"}, True),
        ("AlgorithmPatchRequest", {"status": "DELETED"}, False),
        ("AlgorithmPatchRequest", {}, False),
    ],
)
async def test_a_body_is_accepted_as_its_schema_says(described, name, value, is_valid):
    from mip import contracts  # noqa: PLC0415 - by name, below
    from mip.errors import ContractError  # noqa: PLC0415 - as above

    readers = {
        "JobRequest": lambda body: contracts.decode_request({"client_id": "c", **body}),
        "RegistrationRequest": contracts.decode_registration,
        "AlgorithmPatchRequest": contracts.decode_patch,
    }
    schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
    assert Draft202012Validator(schema).is_valid(value) is is_valid
    if "callback" in value:
        readers["JobRequest"] = contracts.decode_request
    try:
        readers[name](value)
        is_read = True
    except ContractError:
        is_read = False
    assert is_read is is_valid
