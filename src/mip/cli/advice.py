"""What each error means at a prompt: its exit code and what to do about it.

The table has one row for every code that :mod:`mip.errors` defines and for those that only jobs
end with; a test keeps it complete, and ``docs/errors.md`` is written from it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    ALL_FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    AUTH = 4
    UNREACHABLE = 5
    SOME_FAILED = 6
    INTERRUPTED = 130


EXIT_MEANINGS: Final[dict[Exit, str]] = {
    Exit.OK: "everything that was asked for was done",
    Exit.ALL_FAILED: "every job failed, or the command itself did",
    Exit.USAGE: "the command line, a parameter or a setting is wrong; nothing was started",
    Exit.NOT_FOUND: "no such file, algorithm, job, queue or image",
    Exit.AUTH: "not allowed: a key or token is missing or refused",
    Exit.UNREACHABLE: "a queue, store, PACS or database did not do its work; try again",
    Exit.SOME_FAILED: "some jobs failed and some did not",
    Exit.INTERRUPTED: "stopped before its end: by Ctrl-C, or `jobs watch` as its reader went away",
}


class Advice(NamedTuple):
    """The exit code of an error and the next thing to do."""

    exit: Exit
    remedy: str


_FAILED = Exit.ALL_FAILED

ADVICE: Final[dict[str, Advice]] = {
    "contract.invalid": Advice(Exit.USAGE, "correct the message; docs/contracts.md has its fields"),
    "contract.invalid_fields": Advice(Exit.USAGE, "correct the fields that are named"),
    "contract.invalid_job": Advice(Exit.USAGE, "correct the fields that are named"),
    "contract.invalid_parameters": Advice(Exit.USAGE, "correct the parameters that are named"),
    "contract.invalid_registration": Advice(Exit.USAGE, "correct the fields that are named"),
    "contract.invalid_request": Advice(Exit.USAGE, "correct the parameters that are named"),
    "contract.unsupported_version": Advice(Exit.USAGE, "upgrade mip here to the sender's release"),
    "contract.payload_too_large": Advice(
        Exit.USAGE, "send fewer or shorter parameters; images travel by reference"
    ),
    "transport.failed": Advice(
        Exit.UNREACHABLE, "check that the queue's disk has space and is local, then try again"
    ),
    "transport.queue_not_found": Advice(
        Exit.NOT_FOUND, "check the algorithm's name, or start its worker: mip worker ALGORITHM"
    ),
    "transport.queue_not_empty": Advice(
        Exit.USAGE, "let its jobs end first, or delete them with it by force"
    ),
    "transport.lease_lost": Advice(
        _FAILED,
        "nothing: another worker owns the job; lengthen MIP_LEASE_SECONDS if it is frequent",
    ),
    "transport.closed": Advice(_FAILED, "open the transport anew"),
    "transport.corrupt": Advice(
        Exit.UNREACHABLE, "stop all workers, then restore the queues' file or correct its path"
    ),
    "dicom.invalid": Advice(_FAILED, "check the file with dciodvfy"),
    "dicom.not_dicom": Advice(_FAILED, "give a DICOM file"),
    "dicom.malformed": Advice(_FAILED, "fetch the file again from its source; check with dciodvfy"),
    "dicom.not_an_image": Advice(_FAILED, "give an instance that has pixel data"),
    "dicom.unsupported_transfer_syntax": Advice(
        _FAILED, "have the PACS send another transfer syntax, such as Explicit VR Little Endian"
    ),
    "dicom.too_large": Advice(_FAILED, "give a smaller image, or raise the limit if it is right"),
    "dicom.decode_failed": Advice(_FAILED, "fetch the file again from its source"),
    "dicom.decoder_died": Advice(_FAILED, "report the file's transfer syntax to the decoder"),
    "dicom.decode_timeout": Advice(_FAILED, "raise MIP_DECODE_TIMEOUT_SECONDS for images as large"),
    "dicom.inconsistent_series": Advice(
        _FAILED, "give the part of the series that is regular, without localizers"
    ),
    "dicom.missing_geometry": Advice(
        _FAILED, "give images with positions and pixel spacing, or an algorithm that needs none"
    ),
    "pacs.failed": Advice(
        Exit.UNREACHABLE, "check that the PACS is reachable, or the file readable, then try again"
    ),
    "pacs.instance_not_found": Advice(
        Exit.NOT_FOUND, "check the study, series and image; ids are paths below the PACS folder"
    ),
    "pacs.unauthorized": Advice(
        Exit.AUTH, "correct the user, key or certificate of the PACS; docs/pacs.md"
    ),
    "pacs.refused": Advice(
        _FAILED, "see the message, and the PACS's log; docs/pacs.md has the reasons"
    ),
    "storage.failed": Advice(
        Exit.UNREACHABLE, "check that the output folder is writable and has space, then try again"
    ),
    "storage.object_not_found": Advice(Exit.NOT_FOUND, "run the job again to make its output"),
    "storage.conflict": Advice(
        _FAILED,
        "give the algorithm a new version, or make it deterministic; remove the object that the "
        "message names if it is damaged",
    ),
    "state.failed": Advice(
        Exit.UNREACHABLE, "check that the data folder is writable and local, then try again"
    ),
    "state.job_not_found": Advice(Exit.NOT_FOUND, "list jobs with: mip jobs list"),
    "state.job_conflict": Advice(Exit.USAGE, "use another --job-id, or leave it out"),
    "state.job_expired": Advice(
        _FAILED, "see why no worker took it (mip health), then submit it again"
    ),
    "state.job_dropped": Advice(_FAILED, "submit it again if it is still wanted"),
    "state.registry_conflict": Advice(_FAILED, "try again: somebody changed the algorithm too"),
    "state.schema_too_new": Advice(
        Exit.USAGE, "upgrade mip here to the release that wrote the data folder"
    ),
    "state.corrupt": Advice(
        Exit.UNREACHABLE, "stop all workers, then restore the records' file or correct its path"
    ),
    "algorithm.error": Advice(_FAILED, "see the algorithm's author"),
    "algorithm.unknown": Advice(
        Exit.NOT_FOUND, "name an installed id, python:MODULE:NAME or file:PATH"
    ),
    "algorithm.invalid": Advice(Exit.USAGE, "change the algorithm as told; docs/authoring.md"),
    "algorithm.invalid_output": Advice(
        _FAILED, "return an image, a mask or measurements; docs/authoring.md"
    ),
    "algorithm.out_of_memory": Advice(_FAILED, "raise --memory (MIP_MEMORY_MIB) or use less"),
    "algorithm.failed": Advice(
        _FAILED, "run it on that image here: mip --debug run ALGORITHM FILE"
    ),
    "algorithm.timeout": Advice(
        _FAILED, "do as the message says; --timeout (MIP_RUN_TIMEOUT_SECONDS) is for the run alone"
    ),
    "algorithm.crashed": Advice(
        _FAILED, "run it on that image here: mip --debug run ALGORITHM FILE"
    ),
    "algorithm.crash_limit": Advice(
        _FAILED, "see the worker's log for what ended it; raise MIP_MEMORY_MIB or MIP_MAX_CRASHES"
    ),
    "algorithm.discarded": Advice(_FAILED, "nothing: the algorithm cannot use this image"),
    "algorithm.put_off": Advice(_FAILED, "try again later: the algorithm was not ready"),
    "control.refused": Advice(_FAILED, "see the message"),
    "control.already_registered": Advice(
        Exit.USAGE, "change it with: mip algorithm update, or choose another id"
    ),
    "control.not_registered": Advice(Exit.NOT_FOUND, "list them with: mip algorithm list"),
    "control.algorithm_inactive": Advice(
        Exit.NOT_FOUND, "wait until it is ACTIVE, or scale it up: mip algorithm scale"
    ),
    "control.unauthenticated": Advice(
        Exit.AUTH, "get a token (POST /provision), or give the key (MIP_ADMIN_KEY)"
    ),
    "control.not_allowed": Advice(Exit.AUTH, "ask as the client whose job it is, or an operator"),
    "control.quota_exceeded": Advice(Exit.UNREACHABLE, "wait for results, then try again"),
    "control.provisioning_failed": Advice(_FAILED, "do what the message says, then scale it up"),
    "control.job_not_ended": Advice(
        Exit.USAGE, "wait for its end with: mip jobs watch JOB; or cancel it: mip jobs cancel JOB"
    ),
    "settings.invalid": Advice(Exit.USAGE, "set the variables that are named; docs/worker.md"),
    "worker.internal": Advice(_FAILED, "report it with the worker's log"),
}

UNKNOWN: Final = Advice(_FAILED, "see the message")


def advice_for(code: str) -> Advice:
    """Return the advice for an error code; a code of a foreign worker has none of its own."""
    return ADVICE.get(code, UNKNOWN)


def exit_for_outcomes(*, succeeded: int, failed: int) -> Exit:
    """Return the exit code of a batch: 0, 1 when all failed, 6 when some did."""
    if failed == 0:
        return Exit.OK
    return Exit.SOME_FAILED if succeeded else Exit.ALL_FAILED
