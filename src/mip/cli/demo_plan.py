"""The jobs of ``mip demo``: which algorithm on which image, for which client, in which order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ..contracts import JobRequest, JsonValue, PathReference
from .demo_images import (
    ABDOMEN,
    ABDOMEN_SLICES,
    CT,
    CT_J2K,
    MR,
    MR_JPEG_LS,
    MR_RLE,
    RGB_RLE,
    US_FRAMES,
)

if TYPE_CHECKING:
    from .demo_images import Sample

CLIENTS: Final = ("demo-radiology", "demo-research")
"""Two, so that results can be seen to reach each in its own order."""


@dataclass(frozen=True, kw_only=True)
class PlannedJob:
    """One job of the demonstration."""

    name: str
    what: str
    algorithm: str
    client: str
    image: PathReference
    parameters: dict[str, JsonValue] = field(default_factory=dict)
    ordering_key: str | None = None

    def request(self, client_id: str) -> JobRequest:
        """Return the request, of a client whom the server knows by ``client_id``."""
        return JobRequest(
            client_id=client_id,
            job_id=self.name,
            pacs=self.image,
            parameters=self.parameters,
            ordering_key=self.ordering_key,
        )


def _job(
    name: str, algorithm: str, sample: Sample, *, client: str, **parameters: JsonValue
) -> PlannedJob:
    return PlannedJob(
        name=name,
        what=sample.what,
        algorithm=algorithm,
        client=client,
        image=PathReference(study_id=sample.study, series_id=sample.series, image_id=sample.image),
        parameters=parameters,
    )


_RADIOLOGY, _RESEARCH = CLIENTS

PLAN: Final = (
    _job("ct", "window", CT, client=_RADIOLOGY, center=40.0, width=400.0),
    _job("ct-j2k", "window", CT_J2K, client=_RADIOLOGY),
    _job("mr", "window", MR, client=_RADIOLOGY),
    _job("mr-rle", "threshold-filter", MR_RLE, client=_RESEARCH, threshold=0.4),
    _job("mr-jpegls", "threshold-filter", MR_JPEG_LS, client=_RESEARCH, threshold=0.4),
    _job("rgb", "luminance", RGB_RLE, client=_RESEARCH),
    _job("us-loop", "luminance", US_FRAMES, client=_RESEARCH),
    *(
        PlannedJob(
            name=f"abdomen-{number}",
            what="synthetic CT 512²",
            algorithm="segment-threshold",
            client=_RADIOLOGY,
            image=PathReference(
                study_id=ABDOMEN.study,
                series_id=ABDOMEN.series,
                image_id=ABDOMEN.image.format(number),
            ),
            parameters={"center": 90.0, "width": 120.0},
            ordering_key="abdomen",  # slice after slice, one at a time
        )
        for number in ABDOMEN_SLICES
    ),
)

ALGORITHMS: Final = tuple(sorted({job.algorithm for job in PLAN}))
