"""The provisioner contract: give an algorithm the workers that its record asks for.

Guarantees
----------
* ``ensure`` makes what the record wants, or adopts what is there; called again, also after a
  crash at any point of an earlier call, it finishes what that began and makes nothing twice.
  How many workers it wants is :func:`mip.control.wanted_workers` of the record.
* It starts workers that are missing, ends those that are too many, and replaces those that were
  started for a record with other contents. One that ends gets time to finish its jobs or hand them
  back. It does not wait for any of this: ``Provisioned`` says how far it is, and whoever made the
  provisioner is told when there is news of an algorithm.
* A failure that is found later, such as a worker that cannot start, is raised by the next
  ``ensure`` of that record (``ProvisioningFailedError``), again and again until the record
  wants no workers, or has other contents: then it is tried anew.
* ``remove`` ends all workers and removes what was made for the algorithm, except its queues and
  logs. Called again it finds nothing to do.
* Queues are not the provisioner's: they are there before ``ensure`` and after ``remove``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from ..contracts import AlgorithmSpec, ResourceStatus

if TYPE_CHECKING:
    from ..contracts import AlgorithmRecord


class Provisioned(msgspec.Struct, frozen=True, kw_only=True):
    """How far an algorithm's provisioning is.

    Attributes
    ----------
    resources : ResourceStatus
        Names of what was made.
    spec : AlgorithmSpec or None
        What the code says of itself, where the platform can load it.
    is_ready : bool
        The first worker has started, or none is wanted.
    is_settled : bool
        As many workers as are wanted have started as the record asks, and no others live.
    trouble : str
        Why workers do not stay up, in words; empty when all is well.
    """

    resources: ResourceStatus = ResourceStatus()
    spec: AlgorithmSpec | None = None
    is_ready: bool = True
    is_settled: bool = True
    trouble: str = ""


class Provisioner(Protocol):
    """Workers of algorithms; every guarantee is in the module's docstring."""

    async def ensure(self, record: AlgorithmRecord) -> Provisioned:
        """Make what a record wants, or adopt it.

        Raises
        ------
        ProvisioningFailedError
            It cannot be had; the message says what to do.
        """
        ...

    async def remove(self, record: AlgorithmRecord) -> None:
        """End an algorithm's workers and remove what was made for it.

        Raises
        ------
        ProvisioningFailedError
            Something is left; the message says what to do.
        """
        ...

    async def workers(self, record: AlgorithmRecord) -> int:
        """Return how many workers of an algorithm live, those that are ending included."""
        ...
