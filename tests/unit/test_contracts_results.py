from __future__ import annotations

import pytest

from mip.contracts import decode_result
from mip.errors import ContractError


def test_a_foreign_result_with_an_error_means_failed() -> None:
    result = decode_result(b'{"job_id": "j", "client_id": "c", "error": "no liver"}')
    assert result.status == "failed"
    assert result.error is not None
    assert result.error.message == "no liver"


def test_a_foreign_result_without_an_error_means_succeeded() -> None:
    assert decode_result(b'{"job_id": "j", "client_id": "c"}').status == "succeeded"


def test_what_is_no_result_is_refused() -> None:
    with pytest.raises(ContractError, match="job_id"):
        decode_result(b'{"client_id": "c"}')
