"""UIDs that follow from content: the same input and algorithm give the same object, in any run."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ..contracts.codec import canonical

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .provenance import Provenance

DERIVATION = 1
"""Raised when the same input and algorithm begin to give other bytes than in older releases."""

_VERSION_BITS = 0xF << 76
_VARIANT_BITS = 0x3 << 62


def hashed_uid(*parts: object) -> str:
    """Make a UID of the SHA-256 of JSON values.

    The digest becomes a UUID of version 8 (RFC 9562), and that an OID under 2.25 (ISO/IEC 9834-8,
    DICOM PS3.5 B.2): at most 44 characters.
    """
    number = int.from_bytes(hashlib.sha256(canonical(parts)).digest()[:16], "big")
    number = number & ~_VERSION_BITS | 8 << 76
    number = number & ~_VARIANT_BITS | 2 << 62
    return f"2.25.{number}"


def derivation_seed(sources: Sequence[str], provenance: Provenance) -> str:
    """Hash what every object of one job depends on.

    Parameters
    ----------
    sources : sequence of str
        What identifies each source, in the order of the volume: the SHA-256 of its file for
        instances, its UIDs for the series that they share.
    provenance : Provenance
        Algorithm, version, code digest and parameters; each counts.
    """
    identity = {
        "derivation": DERIVATION,
        "sources": list(sources),
        "algorithm": provenance.algorithm_id,
        "version": provenance.version,
        "digest": provenance.digest,
        "parameters": dict(provenance.parameters),
    }
    return hashlib.sha256(canonical(identity)).hexdigest()
