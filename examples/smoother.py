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
        """Smooth one frame, or all frames of a loop."""
        for _ in range(parameters["passes"]):
            padding = [(0, 0)] * (image.ndim - 1) + [(1, 1)]
            padded = np.pad(image, padding, mode="edge")
            image = (
                self.weights[0] * padded[..., :-2]
                + self.weights[1] * padded[..., 1:-1]
                + self.weights[2] * padded[..., 2:]
            )
        return image
