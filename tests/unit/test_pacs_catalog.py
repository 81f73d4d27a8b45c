from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from mip.contracts import PathReference, UidReference
from mip.pacs.catalog import Catalog, Entry, Kind, members_of_folder
from mip.pacs.paths import as_uids, image_paths, is_safe_path, series_paths

UIDS = st.sampled_from(["1.1", "1.2", "1.3"])
TEXTS = st.text(alphabet="ab./\0", max_size=8)


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    names = draw(st.lists(st.sampled_from("abcdefghij"), unique=True, max_size=8))
    found = []
    for name in names:
        kind: Kind = draw(st.sampled_from(["instance", "instance", "broken", "other"]))
        uids = [draw(UIDS) if kind == "instance" else None for _ in range(3)]
        found.append(
            Entry(
                locator=name,
                mtime_ns=0,
                size=0,
                kind=kind,
                study_uid=uids[0],
                series_uid=uids[1],
                instance_uid=uids[2],
            )
        )
    return found


@given(entries(), st.randoms(use_true_random=False))
def test_the_order_in_which_files_are_found_does_not_matter(found, random) -> None:
    one = Catalog(found)
    shuffled = list(found)
    random.shuffle(shuffled)
    two = Catalog(shuffled)
    assert one.stats == two.stats
    assert one.series() == two.series()
    for summary in one.series():
        ids = (summary.study_uid, summary.series_uid)
        assert one.instances(*ids) == two.instances(*ids)
    assert members_of_folder(found) == members_of_folder(shuffled)


@given(entries())
def test_every_file_is_an_instance_or_is_counted(found: list[Entry]) -> None:
    catalog = Catalog(found)
    stats = catalog.stats
    readable = [entry for entry in found if entry.kind == "instance"]
    assert stats.files == len(found)
    assert stats.unreadable + stats.others + len(readable) == len(found)
    assert stats.instances == sum(summary.instances for summary in catalog.series())
    assert stats.duplicates == len(readable) - len({entry.instance_uid for entry in readable})
    for entry in readable:
        reference = UidReference(
            study_uid=entry.study_uid or "",
            series_uid=entry.series_uid or "",
            instance_uid=entry.instance_uid,
        )
        chosen = catalog.find(reference)
        assert chosen is not None
        assert chosen[0].locator <= entry.locator


@given(TEXTS, TEXTS, TEXTS)
def test_no_ids_make_a_path_that_leaves_the_root(study: str, series: str, image: str) -> None:
    one = PathReference(study_id=study, series_id=series, image_id=image)
    for path in [*image_paths(one), *series_paths(one)]:
        assert is_safe_path(path)
        normal = os.path.normpath(os.path.join("/root", path))  # noqa: PTH118 - as the OS does
        assert normal == f"/root/{path}"


def test_a_series_has_no_image_path() -> None:
    reference = PathReference(study_id="s", series_id="t", scope="series")
    assert list(image_paths(reference)) == []


def test_only_ids_that_all_are_uids_are_uids() -> None:
    ids = PathReference(study_id="1.2", series_id="1.3", image_id="1.4")
    assert as_uids(ids) == UidReference(study_uid="1.2", series_uid="1.3", instance_uid="1.4")
    assert as_uids(PathReference(study_id="1.2", series_id="1.3", image_id="a")) is None
    assert as_uids(PathReference(study_id="s", series_id="1.3", scope="series")) is None
