"""An algorithm from registered to deleted, on a real server with real workers, and its jobs."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydicom.data import get_testdata_file

from mip.settings import child_environment
from tests.faults.site import ALGORITHMS

from .process import ADMIN, KEY, MIP, Served, serving, until, workers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "slow"
ALGORITHM = f"/admin/algorithms/{NAME}"
CODE = f"file:{ALGORITHMS / 'slow.py'}"
ENV = {"MIP_DRAIN_SECONDS": "0.1"}
IMAGE = {"study_id": "s", "series_id": "s", "image_id": "ct.dcm", "scope": "image"}


@dataclass
class House:
    """A data folder, and the server that is on it now."""

    data: Path
    pacs: Path
    server: Served
    client: dict[str, str]
    speaks: str

    def register(self, *, workers: int) -> None:
        self.operate("register", image_uri=CODE, desired_count=workers, env=ENV)
        self.until_status("ACTIVE")

    def scale(self, workers: int) -> None:
        self.operate("scale", desired_count=workers)

    def update(self, **env: str) -> None:
        self.operate("update", env={**ENV, **env})

    def delete(self) -> None:
        self.operate("delete")

    def operate(self, what: str, **fields: Any) -> None:
        """Have an operator do something, over REST or the command line."""
        if self.speaks == "cli":
            command = [str(MIP), "algorithm", what, NAME, *words_of(what, fields)]
            environment = {"MIP_SERVER": self.server.address, "MIP_ADMIN_KEY": KEY}
            subprocess.run(
                command,
                env=child_environment(environment),
                check=True,
                timeout=60,
                stdout=subprocess.DEVNULL,
            )
        elif what == "register":
            self.change("POST", "/admin/algorithms", json={"algo_id": NAME, **fields})
        elif what == "delete":
            self.change("DELETE", params={"hard": "true"})
        else:
            self.change("PATCH", json=fields)

    def change(self, method: str, path: str = ALGORITHM, **options: Any) -> dict[str, Any]:
        """Make a call of an operator."""
        answer = self.server.http.request(method, path, headers=ADMIN, **options)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def until_status(self, status: str) -> dict[str, Any]:
        until(lambda: self.change("GET")["status"] == status)
        return self.change("GET")

    def until_workers(self, count: int) -> set[int]:
        """Wait until so many worker processes live, and as many say that they do."""
        until(lambda: len(workers_of(self.data)) == count and self.beating() >= count)
        return workers_of(self.data)

    def beating(self) -> int:
        return len(self.change("GET", "/admin/workers")["workers"])

    def submit(self, *indices: int, milliseconds: int = 0) -> list[int]:
        """Submit jobs; return the statuses of the answers."""
        return [
            self.server.http.post(
                f"/process/{NAME}",
                json={
                    "job_id": f"job-{index}",
                    "pacs": IMAGE,
                    "parameters": {"index": index, "milliseconds": milliseconds},
                },
                headers=self.client,
            ).status_code
            for index in indices
        ]

    def results(self) -> list[dict[str, Any]]:
        answer = self.server.http.get("/results", headers=self.client)
        return list(answer.json()["results"])

    def until_results(self, count: int) -> None:
        """Wait for so many results: all succeeded, each once, numbered in order."""
        until(lambda: len(self.results()) >= count)
        results = self.results()
        assert {result["status"] for result in results} == {"succeeded"}
        assert [result["seq"] for result in results] == list(range(1, count + 1))
        assert len({result["job_id"] for result in results}) == count

    def queued(self) -> int:
        answer = self.server.http.get("/jobs?status=queued", headers=self.client)
        return len(answer.json()["jobs"])

    def queues(self) -> list[dict[str, Any]]:
        return list(self.change("GET", "/admin/queues")["queues"])


def words_of(what: str, fields: dict[str, Any]) -> list[str]:
    """Return a change as the command line has it."""
    if what == "scale":
        return [str(fields["desired_count"])]
    if what == "delete":
        return ["--hard", "--yes"]
    words = [word for name, value in fields["env"].items() for word in ("--env", f"{name}={value}")]
    if what == "register":
        words += [fields["image_uri"], "--count", str(fields["desired_count"])]
    return words


@pytest.fixture(params=["rest", "cli"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    pacs = tmp_path / "pacs"
    pacs.mkdir()
    shutil.copyfile(str(get_testdata_file("CT_small.dcm")), pacs / "ct.dcm")
    data = tmp_path / "data"
    with serving(data, str(pacs), "--no-algorithms") as server:
        token = server.http.post("/provision").json()["token"]
        yield House(data, pacs, server, {"authorization": f"Bearer {token}"}, request.param)


def test_an_algorithm_lives_from_registered_to_deleted_across_restarts(house):
    house.register(workers=1)
    house.until_workers(1)
    assert house.submit(1, 2) == [202, 202]
    house.until_results(2)

    house.scale(3)
    three = house.until_workers(3)
    house.update(EXTRA_DEBUG="1")
    until(lambda: len(workers_of(house.data) - three) == 3 and workers_see(house, "EXTRA_DEBUG=1"))
    assert house.submit(3) == [202]
    house.until_results(3)

    # Long jobs: workers that are told to end hand them back.
    assert set(house.submit(*range(4, 12), milliseconds=3000)) == {202}
    house.scale(0)
    house.until_status("SCALED_DOWN")
    assert workers_of(house.data) == set()
    waiting = house.queued()
    assert waiting
    assert house.submit(99) == [404]

    house.server.process.kill()
    house.server.process.wait()
    with serving(house.data, str(house.pacs), "--no-algorithms") as house.server:
        assert house.change("GET")["status"] == "SCALED_DOWN"
        assert house.queued() == waiting
        assert house.submit(99) == [404]
        house.scale(2)
        house.until_status("ACTIVE")
        house.until_workers(2)
        house.until_results(11)

        house.delete()
        house.until_status("DELETED")
        assert workers_of(house.data) == set()
        assert house.queues() == []
        assert house.submit(99) == [404]
        assert house.server.stop() == 0

    with serving(house.data, str(house.pacs), "--no-algorithms") as house.server:
        assert house.change("GET")["status"] == "DELETED"
        assert workers_of(house.data) == set()
        assert len(house.results()) == 11
        house.register(workers=1)
        assert house.submit(12) == [202]
        house.until_results(12)


def workers_see(house: House, variable: str) -> bool:
    """Tell whether every worker has this in its environment."""
    return all(
        variable.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        for pid in workers_of(house.data)
    )
