"""Damaged files: each ends in its own error, whatever is wrong, and costs little."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mip.dicom import ReadLimits, decode_image, read_header
from mip.errors import DicomError, ImageTooLargeError, InstanceNotFoundError, PacsError
from mip.testing.dicom import DamagedFile, damaged_files, write_damaged

FILES = {file.name: file for file in damaged_files()}
MEMORY = 600 * 1024**2

READ_ALL = """
import json, resource, sys
from pathlib import Path
from mip.dicom import decode_image, warm_up
from mip.errors import MipError
warm_up()
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)
codes = {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        decode_image(path)
        codes[path.name] = None
    except MipError as error:
        codes[path.name] = error.code
# ru_maxrss counts from the parent's size at the fork; VmHWM from the start of this program.
status = open("/proc/self/status").read()
peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
print(json.dumps({"codes": codes, "peak": peak}))
"""


def message_of(read, path):
    """Read a file; return what its DicomError says, nothing when it reads well."""
    try:
        read(path, limits=ReadLimits(decoded_bytes=1 << 24, inflated_bytes=1 << 24))
    except DicomError as error:
        return str(error)
    return ""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("damaged")
    write_damaged(folder)
    run = subprocess.run(
        [sys.executable, "-c", READ_ALL, folder, str(MEMORY)],
        capture_output=True,
        check=True,
        timeout=60,
        text=True,
    )
    return json.loads(run.stdout)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_ends_in_its_code_and_a_sound_one_does_not(outcome, name):
    assert outcome["codes"][name] == FILES[name].code


def test_all_of_them_together_stay_within_little_memory(outcome):
    assert outcome["peak"] < 200 * 1024**2


def test_the_files_are_the_same_each_time():
    assert {file.name: file for file in damaged_files()} == FILES


@pytest.mark.parametrize("file", FILES.values(), ids=lambda file: file.name)
def test_no_message_quotes_the_file(file: DamagedFile, tmp_path):
    path = tmp_path / file.name
    path.write_bytes(file.data)
    messages = [message_of(read, path) for read in (read_header, decode_image)]
    assert not any("Damaged" in message or str(tmp_path) in message for message in messages)


def test_a_file_longer_than_its_limit_is_not_read(tmp_path):
    path = tmp_path / "sound.dcm"
    path.write_bytes(FILES["sound.dcm"].data)
    with pytest.raises(ImageTooLargeError, match="at most 1000 bytes"):
        read_header(path, limits=ReadLimits(file_bytes=1000))


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_refused_at_once(make, tmp_path):
    make(tmp_path / "odd.dcm")
    with pytest.raises(PacsError):
        read_header(tmp_path / "odd.dcm")


def test_a_file_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(InstanceNotFoundError):
        read_header(tmp_path / "absent.dcm")


def test_more_elements_than_the_limit_are_refused(tmp_path):
    path = tmp_path / "sound.dcm"
    path.write_bytes(FILES["sound.dcm"].data)
    with pytest.raises(ImageTooLargeError, match="elements"):
        read_header(path, limits=ReadLimits(elements=5))


@pytest.mark.parametrize("name", ["sound.dcm", "sound-rle.dcm", "sound-jpeg-2000.dcm"])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_bytes_are_changed_nothing_but_our_errors_comes_out(name, data, tmp_path):
    content = bytearray(FILES[name].data)
    places = st.tuples(st.integers(128, len(content) - 1), st.integers(0, 255))
    for place, value in data.draw(st.lists(places, min_size=1, max_size=12)):
        content[place] = value
    path = tmp_path / "mutated.dcm"
    path.write_bytes(content)
    for read in (read_header, decode_image):
        message_of(read, path)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(length=st.integers(0, len(FILES["sound.dcm"].data) - 1))
def test_a_file_cut_off_anywhere_is_refused(length, tmp_path):
    path = tmp_path / "cut.dcm"
    path.write_bytes(FILES["sound.dcm"].data[:length])
    with pytest.raises(DicomError) as caught:
        decode_image(path)
    assert caught.value.code in {"dicom.malformed", "dicom.not_dicom", "dicom.not_an_image"}
