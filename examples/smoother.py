"""Existing code in a class: it gets a plain array and a dictionary, and returns an array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import mip

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Smoother(mip.BaseProcessor):
    """Average each pixel with its neighbours in the row."""

    id = "smoother"
    version = "1.0.0"
    parameters = {  # noqa: RUF012 - as existing processors declare them
        "passes": {"type": "integer", "default": 1, "minimum": 1, "maximum": 20}
    }

    def setup(self) -> None:
        """Load what every job uses, such as a model; once per process."""
        self.weights = np.array([0.25, 0.5, 0.25], np.float32)

    def process_image(self, image: NDArray[Any], parameters: dict[str, Any]) -> NDArray[Any]:
        """Smooth along rows, whether there are frames and colours or not."""
        is_color = image.dtype == np.uint8  # a grey image is float32
        axis = image.ndim - (2 if is_color else 1)
        columns = np.moveaxis(image.astype(np.float32), axis, 0)
        left, middle, right = self.weights
        for _ in range(parameters["passes"]):
            before = np.concatenate([columns[:1], columns[:-1]])
            after = np.concatenate([columns[1:], columns[-1:]])
            columns = left * before + middle * columns + right * after
        smooth = np.moveaxis(columns, 0, axis)
        return np.rint(smooth).astype(np.uint8) if is_color else smooth
