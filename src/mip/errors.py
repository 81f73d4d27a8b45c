"""Every exception that crosses a mip boundary.

* :exc:`MipError` (abstract)
    * :exc:`ContractError` - bad input; never retried
        * :exc:`FieldsError`
            * :exc:`InvalidJobError`, :exc:`InvalidParametersError`,
              :exc:`InvalidRegistrationError`, :exc:`InvalidRequestError`
        * :exc:`UnsupportedVersionError`, :exc:`PayloadTooLargeError`
    * :exc:`TransportError` - retryable
        * :exc:`QueueNotFoundError`, :exc:`QueueNotEmptyError`, :exc:`LeaseLostError`,
          :exc:`TransportClosedError`, :exc:`TransportCorruptError` - not
    * :exc:`DicomError` - the object itself is at fault; never retried
        * :exc:`NotDicomError`, :exc:`MalformedDicomError`, :exc:`NotAnImageError`
        * :exc:`UnsupportedTransferSyntaxError`, :exc:`ImageTooLargeError`
        * :exc:`DecodeFailedError`, :exc:`DecoderDiedError`, :exc:`DecodeTimeoutError`
        * :exc:`InconsistentSeriesError`, :exc:`MissingGeometryError`
    * :exc:`PacsError` - retryable
        * :exc:`InstanceNotFoundError`, :exc:`PacsAuthError`, :exc:`PacsRefusedError` - not
    * :exc:`StorageError` - retryable
        * :exc:`ObjectNotFoundError`, :exc:`ObjectConflictError` - not
    * :exc:`StateError` - retryable
        * :exc:`RegistryConflictError`
        * :exc:`JobConflictError`, :exc:`JobNotFoundError`, :exc:`JobDroppedError`,
          :exc:`JobExpiredError`, :exc:`SchemaTooNewError`, :exc:`StateCorruptError` - not
    * :exc:`AlgorithmError` - by policy
        * :exc:`UnknownAlgorithmError`, :exc:`InvalidAlgorithmError`, :exc:`InvalidOutputError`,
          :exc:`AlgorithmMemoryError`, :exc:`CrashLimitError` - not retried
        * :exc:`AlgorithmFailedError`, :exc:`AlgorithmTimeoutError`, :exc:`AlgorithmCrashedError`
    * :exc:`ControlError` - what an operator or client asked for is not to be had; never retried
        * :exc:`AlreadyRegisteredError`, :exc:`NotRegisteredError`, :exc:`AlgorithmInactiveError`
        * :exc:`UnauthenticatedError`, :exc:`NotAllowedError`, :exc:`QuotaExceededError`
        * :exc:`ProvisioningFailedError`, :exc:`JobNotEndedError`
    * :exc:`SettingsError` - at start only

``code`` is a stable dotted string that goes on the wire. A message says what was expected, what
came and what to do, and never holds patient data. An algorithm steers its job by raising
:exc:`RetryAfter` or :exc:`Discard`; these are instructions, not errors.
"""

from __future__ import annotations

from typing import ClassVar, Final, NamedTuple

MAX_NAMED_FIELDS: Final = 20
"""Of the bad fields of one request: who has more has made one mistake many times."""
MAX_FIELD_NAME: Final = 160
"""Of a field that is named in an error: a key that a client made up may be as long as its body."""


class MipError(Exception):
    """Abstract base of all errors raised by mip."""

    code: ClassVar[str] = "mip"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str) -> None:
        if type(self) is MipError:
            raise TypeError("MipError is abstract: raise one of its subclasses")
        super().__init__(message)


class FieldError(NamedTuple):
    """One field of a request that is wrong, and what it should have been."""

    field: str
    message: str


class ContractError(MipError):
    """A message or request does not satisfy its contract."""

    code = "contract.invalid"


class FieldsError(ContractError):
    """Fields are missing, unknown or wrong; ``errors`` names each.

    Of very many, ``errors`` names the first :data:`MAX_NAMED_FIELDS` and ``more`` counts the rest:
    an error is short, whatever a client sends.

    Parameters
    ----------
    errors : list of FieldError
        All of them, or the first.
    more : int
        How many there are besides ``errors``.
    """

    code = "contract.invalid_fields"

    def __init__(self, errors: list[FieldError], more: int = 0) -> None:
        self.errors = tuple(map(_shortened, errors[:MAX_NAMED_FIELDS]))
        self.more = more + len(errors) - len(self.errors)
        told = [f"{error.field}: {error.message}" for error in self.errors]
        if self.more:
            told.append(f"and {self.more} more")
        super().__init__("; ".join(told))

    def __reduce__(self) -> tuple[type[FieldsError], tuple[list[FieldError], int]]:
        return (type(self), (list(self.errors), self.more))


def _shortened(error: FieldError) -> FieldError:
    if len(error.field) <= MAX_FIELD_NAME:
        return error
    return FieldError(f"{error.field[: MAX_FIELD_NAME - 1]}…", error.message)


class InvalidJobError(FieldsError):
    """A job request has missing, unknown or wrong fields; ``errors`` names each."""

    code = "contract.invalid_job"


class InvalidParametersError(FieldsError):
    """Parameters do not fit the algorithm's schema; ``errors`` names each."""

    code = "contract.invalid_parameters"


class InvalidRegistrationError(FieldsError):
    """A registration or its change has missing, unknown or wrong fields; ``errors`` names each."""

    code = "contract.invalid_registration"


class InvalidRequestError(FieldsError):
    """Parameters of a call are missing or wrong; ``errors`` names each."""

    code = "contract.invalid_request"


class UnsupportedVersionError(ContractError):
    """A message was written under a newer schema than this release reads."""

    code = "contract.unsupported_version"


class PayloadTooLargeError(ContractError):
    """A message or request body is longer than its limit."""

    code = "contract.payload_too_large"


class TransportError(MipError):
    """A transport could not do what was asked; trying again may help."""

    code = "transport.failed"
    retryable = True


class QueueNotFoundError(TransportError):
    """No queue has this name."""

    code = "transport.queue_not_found"
    retryable = False


class QueueNotEmptyError(TransportError):
    """The queue still holds messages, and nobody said to delete them with it."""

    code = "transport.queue_not_empty"
    retryable = False


class LeaseLostError(TransportError):
    """The lease of a delivery ended, so another worker may own the job."""

    code = "transport.lease_lost"
    retryable = False


class TransportClosedError(TransportError):
    """The transport was closed; open it anew."""

    code = "transport.closed"
    retryable = False


class TransportCorruptError(TransportError):
    """The queues' file is damaged, gone, or no such file; it stays so until somebody mends it."""

    code = "transport.corrupt"
    retryable = False


class DicomError(MipError):
    """A DICOM object cannot be used as the image that the job asked for."""

    code = "dicom.invalid"


class NotDicomError(DicomError):
    """The bytes are not a DICOM file."""

    code = "dicom.not_dicom"


class MalformedDicomError(DicomError):
    """The object breaks its own structure: truncated, wrong lengths, impossible values."""

    code = "dicom.malformed"


class NotAnImageError(DicomError):
    """The object holds no pixel data."""

    code = "dicom.not_an_image"


class UnsupportedTransferSyntaxError(DicomError):
    """No installed decoder reads this transfer syntax."""

    code = "dicom.unsupported_transfer_syntax"


class ImageTooLargeError(DicomError):
    """The object declares or inflates to more than the configured budget."""

    code = "dicom.too_large"


class DecodeFailedError(DicomError):
    """The pixel data do not decode."""

    code = "dicom.decode_failed"


class DecoderDiedError(DicomError):
    """The decoder took its process down, twice."""

    code = "dicom.decoder_died"


class DecodeTimeoutError(DicomError):
    """The decoder did not end within its time limit."""

    code = "dicom.decode_timeout"


class InconsistentSeriesError(DicomError):
    """The instances do not make one regular volume: gaps, mixed orientation, tilt, sizes."""

    code = "dicom.inconsistent_series"


class MissingGeometryError(DicomError, ValueError):
    """The algorithm has to know where pixels lie, and the image does not say."""

    code = "dicom.missing_geometry"


class PacsError(MipError):
    """A PACS could not do what was asked; trying again may help."""

    code = "pacs.failed"
    retryable = True


class InstanceNotFoundError(PacsError):
    """The PACS has no such study, series or instance."""

    code = "pacs.instance_not_found"
    retryable = False


class PacsAuthError(PacsError):
    """The PACS does not accept who asks; a worker waits for somebody to mend that.

    Not retryable, for the same question gets the same answer; yet a wrong password is no fault of
    the jobs that meet it, so a worker treats it as an outage.
    """

    code = "pacs.unauthorized"
    retryable = False


class PacsRefusedError(PacsError):
    """The PACS understood what it was asked or sent, and does not do it or take it."""

    code = "pacs.refused"
    retryable = False


class StorageError(MipError):
    """A store could not do what was asked; trying again may help."""

    code = "storage.failed"
    retryable = True


class ObjectNotFoundError(StorageError):
    """No object has this key."""

    code = "storage.object_not_found"
    retryable = False


class ObjectConflictError(StorageError):
    """The key names another object, whose bytes differ from these; it was left as it is."""

    code = "storage.conflict"
    retryable = False


class StateError(MipError):
    """The record store could not do what was asked; trying again may help."""

    code = "state.failed"
    retryable = True


class JobNotFoundError(StateError):
    """No job has this id."""

    code = "state.job_not_found"
    retryable = False


class JobConflictError(StateError):
    """The job id was used before for another request of the same client."""

    code = "state.job_conflict"
    retryable = False


class JobDroppedError(StateError):
    """An operator dropped the job's message before the job had ended."""

    code = "state.job_dropped"
    retryable = False


class JobExpiredError(StateError):
    """Nobody began the job in all the time for which its queue keeps a message."""

    code = "state.job_expired"
    retryable = False


class RegistryConflictError(StateError):
    """Somebody else changed the record meanwhile; read it again and decide anew."""

    code = "state.registry_conflict"


class SchemaTooNewError(StateError):
    """A newer release wrote this database; this one must not touch it."""

    code = "state.schema_too_new"
    retryable = False


class StateCorruptError(StateError):
    """The records' file is damaged, gone, or no such file; it stays so until somebody mends it."""

    code = "state.corrupt"
    retryable = False


class AlgorithmError(MipError):
    """Something is wrong with an algorithm or what it did."""

    code = "algorithm.error"


class UnknownAlgorithmError(AlgorithmError):
    """No algorithm has this id, module or file."""

    code = "algorithm.unknown"


class InvalidAlgorithmError(AlgorithmError):
    """The function or class cannot be an algorithm; the message says what to change."""

    code = "algorithm.invalid"


class InvalidOutputError(AlgorithmError, ValueError):
    """The algorithm made something that cannot be an image, a mask or measurements."""

    code = "algorithm.invalid_output"


class AlgorithmMemoryError(AlgorithmError):
    """The algorithm asked for more memory than its limit."""

    code = "algorithm.out_of_memory"


class AlgorithmFailedError(AlgorithmError):
    """The algorithm raised an exception."""

    code = "algorithm.failed"
    retryable = True


class AlgorithmTimeoutError(AlgorithmError):
    """The algorithm did not load (120 s), run or answer within its time limit."""

    code = "algorithm.timeout"
    retryable = True


class AlgorithmCrashedError(AlgorithmError):
    """The process that ran the algorithm died."""

    code = "algorithm.crashed"
    retryable = True


class CrashLimitError(AlgorithmError):
    """The worker died on this job so often that it is not started again."""

    code = "algorithm.crash_limit"


class ControlError(MipError):
    """What an operator or a client asked for is not to be had."""

    code = "control.refused"


class AlreadyRegisteredError(ControlError):
    """An algorithm of this id is on record."""

    code = "control.already_registered"


class NotRegisteredError(ControlError):
    """No algorithm of this id, or not of this version, is on record."""

    code = "control.not_registered"


class AlgorithmInactiveError(ControlError):
    """The algorithm is on record and takes no jobs now.

    ``retry_seconds`` says when to try again where that passes by itself; else it is None.
    """

    code = "control.algorithm_inactive"

    def __init__(self, message: str, *, retry_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds


class UnauthenticatedError(ControlError):
    """The token or key is missing, wrong or past its end."""

    code = "control.unauthenticated"


class NotAllowedError(ControlError):
    """Who asks is known, and may not do this."""

    code = "control.not_allowed"


class QuotaExceededError(ControlError):
    """More than one client may have at a time, or ask for in a while."""

    code = "control.quota_exceeded"


class ProvisioningFailedError(ControlError):
    """What an algorithm needs to run could not be made; the message says what to do."""

    code = "control.provisioning_failed"


class JobNotEndedError(ControlError):
    """The job is queued or runs, and only one that has ended can be run again."""

    code = "control.job_not_ended"


class SettingsError(MipError):
    """A setting is missing or wrong; nothing was started."""

    code = "settings.invalid"


class RetryAfter(Exception):  # noqa: N818 - an instruction to the worker, not an error
    """Raised by an algorithm: try this job again, not sooner than in ``seconds``."""

    def __init__(self, seconds: float, reason: str = "") -> None:
        super().__init__(seconds, reason)
        self.seconds = seconds
        self.reason = reason


class Discard(Exception):  # noqa: N818 - an instruction to the worker, not an error
    """Raised by an algorithm: this job can never succeed; fail it now, for ``reason``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
