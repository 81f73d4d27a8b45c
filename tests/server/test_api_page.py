"""The examples of docs/api.md, sent to a real server one after another as they stand there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from mip.contracts.schemas import request_schemas
from mip.control import HealthReport
from mip.server.errors import HTTP_ERRORS, INTERNAL, NOT_ACCEPTABLE
from mip.server.openapi import document
from mip.server.routes import ENDPOINTS

from .house import ADMIN_KEY
from .served import served

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
EXAMPLES = re.findall(r"```sh\n(curl .*?)```\n```json\n(.*?)```", PAGE, re.DOTALL)


def parsed(command: str, names: dict[str, str]) -> tuple[str, str, dict[str, str], str | None]:
    """Return method, URL, headers and body of a ``curl`` command."""
    for name, value in names.items():
        command = command.replace(f"${name}", value)
    words = iter(shlex.split(command.replace("\\\n", " "))[1:])
    method, url, headers, body = "GET", "", {}, None
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
            headers["content-type"] = "application/x-www-form-urlencoded"  # as curl says
        else:
            url = word
    return method, url, headers, body


def test_every_example_is_answered_as_shown(tmp_path):
    assert len(EXAMPLES) > 15
    called = set()
    with served(tmp_path) as here, here.client() as http:
        here.register("window", image_uri="window")
        names = {"MIP": here.url, "KEY": ADMIN_KEY}
        for command, shown in EXAMPLES:
            method, url, headers, body = parsed(command, names)
            answer = http.request(method, url, headers=headers, content=body)
            assert answer.is_success, (command, answer.text)
            missing = set(json.loads(shown)) - set(answer.json())
            assert missing == set(), command
            if "token" in answer.json():
                names["TOKEN"] = answer.json()["token"]
            called.add((method, url.removeprefix(here.url).partition("?")[0]))
        assert here.complaints() == []
    tags = {"Clients", "Jobs", "Algorithms", "Operations"}
    templates = {(each.method, each.path) for each in ENDPOINTS if each.tag in tags}
    shown_of = {
        (method, path)
        for method, path in templates
        if any(
            method == other and re.fullmatch(re.sub("{[^}]*}", "[^/]+", path), url)
            for other, url in called
        )
    }
    # How to poll is in a section of its own: a link that a client is given is followed.
    assert templates - shown_of == {("GET", "/proxy-sqs")}


def test_every_status_and_code_of_an_error_is_on_the_page():
    listed = re.findall(r"^\| (4[\d, ]+|5[\d, ]+) \|", PAGE, re.MULTILINE)
    known = {status for row in listed for status in row.split(", ")}
    answered = {
        status
        for calls in document(ENDPOINTS)["paths"].values()
        for call in calls.values()
        for status in call["responses"]
        if status >= "400"
    }
    assert answered - known == set()
    codes = {code for code, _ in HTTP_ERRORS.values()} | {NOT_ACCEPTABLE, INTERNAL}
    assert [code for code in sorted(codes) if f"`{code}`" not in PAGE] == []


def test_all_that_anyone_is_told_of_health_is_on_the_page():
    shown = next(shown for command, shown in EXAMPLES if command.strip().endswith("/health"))
    assert set(json.loads(shown)) == set(HealthReport.__struct_fields__)


@pytest.mark.parametrize("name", ["RegistrationRequest", "AlgorithmPatchRequest"])
def test_every_field_of_a_registration_is_on_the_page(name):
    fields = request_schemas()[name]["properties"]
    assert [field for field in fields if f"`{field}`" not in PAGE] == []
