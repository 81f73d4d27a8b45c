"""Images and volumes: arrays with geometry and meaning.

What cannot be an image is refused when it is made, in words that are safe to hand to a client:
they tell shapes and types, never values.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Real
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from ..errors import InvalidOutputError, MissingGeometryError
from .text import check_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

WindowFunction: TypeAlias = Literal["linear", "linear_exact", "sigmoid"]

MONO_NDIM = 3
COLOR_NDIM = 4


@dataclass(frozen=True, kw_only=True)
class Window:
    """A display window in rescaled units (DICOM PS3.3 C.11.2.1.2).

    Raises
    ------
    InvalidOutputError
        Center and width are not finite numbers.
    """

    center: float
    width: float
    function: WindowFunction = "linear"
    explanation: str = ""

    def __post_init__(self) -> None:
        if not (_is_finite(self.center) and _is_finite(self.width)):
            raise InvalidOutputError("expected finite numbers as a window's center and width")

    @classmethod
    def spanning(cls, low: float, high: float) -> Window:
        """Return the window that shows a range of values, the middle of it in mid grey."""
        width, center = high - low, (low + high) / 2
        is_range = 0 < width < math.inf
        return cls(
            center=center if math.isfinite(center) else 0.0,
            width=width if is_range else 1.0,
            function="linear_exact",
        )

    @property
    def is_usable(self) -> bool:
        """True when the width is one that the function is defined for."""
        return self.width >= 1 if self.function == "linear" else self.width > 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Lut:
    """A lookup table (DICOM PS3.3 C.11.1.1).

    Attributes
    ----------
    first : int
        The input that the first entry is for; inputs before it map there, too, and those after
        the last entry to the last.
    values : ndarray of uint8 or uint16, shape (entries,)
        What inputs map to.
    bits : int
        Significant bits of an entry: outputs are 0 to 2**bits - 1.
    explanation : str
        What the source calls it.
    """

    first: int
    values: NDArray[np.generic]
    bits: int = 16
    explanation: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Geometry:
    """Where the pixels lie in the patient, in millimetres (DICOM PS3.3 C.7.6.2).

    Attributes
    ----------
    pixel_spacing_mm : (row spacing, column spacing) or None
        Distance between the centres of neighbouring rows, then of neighbouring columns.
    orientation : 6 floats or None
        Direction cosines of a row (x, y, z), then of a column.
    positions_mm : ndarray of float64, shape (frames, 3), or None
        Centre of the first pixel of each frame (x, y, z).
    slice_spacing_mm : float or None
        Distance between the centres of neighbouring slices along the normal; from positions,
        never from Slice Thickness.
    frame_of_reference_uid : str or None
        Positions with one frame of reference can be compared.
    """

    pixel_spacing_mm: tuple[float, float] | None = None
    orientation: tuple[float, float, float, float, float, float] | None = None
    positions_mm: NDArray[np.float64] | None = None
    slice_spacing_mm: float | None = None
    frame_of_reference_uid: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Image:
    """One image of one or more frames, as an algorithm sees it.

    Attributes
    ----------
    stored : ndarray, shape (frames, rows, columns) or (frames, rows, columns, 3)
        Stored values (uint8, int8, uint16, int16, uint32, int32 or float); colour is RGB.
    slope, intercept : float
        Rescale to ``units``; 1 and 0 for colour.
    modality_lut : Lut or None
        From stored values to ``units``, in place of slope and intercept.
    units : str
        What rescaled values mean (``HU``, ``US`` for unspecified, …); DICOM (0028,1054).
    padding : ndarray of bool, shape of ``stored`` without colour, or None
        True where a pixel is padding, to be left out of statistics.
    is_inverted : bool
        True for MONOCHROME1: low values are displayed bright. Pixels are not inverted.
    windows : tuple of Window
        Display windows of the source, first choice first.
    voi_luts : tuple of Lut
        Display tables of the source, on rescaled values; where there are any, they come before
        windows (DICOM PS3.3 C.11.2).
    header : mapping of str
        Technical attributes by DICOM keyword; no patient data.

    Raises
    ------
    InvalidOutputError
        An array is none or of an impossible shape, or a number is not finite. It is a
        ``ValueError``, too.
    """

    stored: NDArray[np.generic]
    geometry: Geometry = field(default_factory=Geometry)
    slope: float = 1.0
    intercept: float = 0.0
    modality_lut: Lut | None = None
    units: str = "US"
    padding: NDArray[np.bool_] | None = None
    is_inverted: bool = False
    windows: tuple[Window, ...] = ()
    voi_luts: tuple[Lut, ...] = ()
    header: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        _check_array("stored", self.stored)
        shape = self.stored.shape
        if self.stored.ndim != MONO_NDIM and not (
            self.stored.ndim == COLOR_NDIM and shape[-1] == 3  # noqa: PLR2004 - RGB
        ):
            raise InvalidOutputError(
                f"expected (frames, rows, columns) or (frames, rows, columns, 3), got {shape}"
            )
        if self.padding is not None:
            _check_padding(self.padding, shape[:MONO_NDIM])
        if not (_is_finite(self.slope) and _is_finite(self.intercept)):
            raise InvalidOutputError("expected finite numbers as slope and intercept")
        _check_windows(self.windows)

    @property
    def is_color(self) -> bool:
        """True for RGB."""
        return self.stored.ndim == COLOR_NDIM

    @property
    def frames(self) -> int:
        """How many frames or slices there are."""
        return int(self.stored.shape[0])

    @property
    def rows(self) -> int:
        """Height in pixels."""
        return int(self.stored.shape[1])

    @property
    def columns(self) -> int:
        """Width in pixels."""
        return int(self.stored.shape[2])

    @property
    def display_window(self) -> Window | None:
        """The source's first window that is usable; None when there is none."""
        return next((window for window in self.windows if window.is_usable), None)

    @cached_property
    def pixels(self) -> NDArray[np.float32]:
        """Rescaled values in ``units``, float32, of the shape of ``stored``; made once.

        float32 holds every rescaled 16-bit value exactly when slope and intercept are integers.
        """
        if self.modality_lut is not None:
            first, values = self.modality_lut.first, self.modality_lut.values
            index = np.clip(self.stored.astype(np.int64) - first, 0, len(values) - 1)
            return values[index].astype(np.float32)
        pixels = self.stored.astype(np.float32)
        if self.slope != 1.0:
            pixels *= np.float32(self.slope)
        if self.intercept != 0.0:
            pixels += np.float32(self.intercept)
        return pixels

    def replace(
        self,
        pixels: NDArray[np.generic],
        *,
        units: str | None = None,
        windows: tuple[Window, ...] | None = None,
    ) -> Image:
        """Return a new image of ``pixels`` in the place of this one.

        Parameters
        ----------
        pixels : ndarray, shape (frames, rows, columns[, 3]) or (rows, columns[, 3])
            Values in ``units``, not stored values. uint8 is taken as a picture for display and
            becomes a secondary capture; any other type becomes an image of the source's class.
        units : str, optional
            ASCII, at most 64 characters; the units of this image by default.
        windows : tuple of Window, optional
            The windows of this image by default; none for a picture.

        Raises
        ------
        InvalidOutputError
            These cannot be the pixels of an image, or its units.
        """
        _check_array("pixels", pixels)
        if units is not None:
            check_text("units", units, is_ascii=True)
        is_picture = pixels.dtype == np.uint8
        one_frame = pixels.ndim == 2 or (pixels.ndim == MONO_NDIM and self._is_rgb_frame(pixels))  # noqa: PLR2004
        frames = pixels[np.newaxis] if one_frame else pixels
        return dataclasses.replace(
            self,
            stored=frames,
            slope=1.0,
            intercept=0.0,
            modality_lut=None,
            units=units or self.units,
            windows=windows if windows is not None else () if is_picture else self.windows,
            voi_luts=(),
            padding=self.padding if frames.shape[:MONO_NDIM] == self.stored.shape[:3] else None,
            is_inverted=False if is_picture else self.is_inverted,
        )

    def _is_rgb_frame(self, pixels: NDArray[np.generic]) -> bool:
        """Tell (rows, columns, 3) from (frames, rows, columns) by this image's own size."""
        return pixels.shape == (self.rows, self.columns, 3) and pixels.shape != (
            self.frames,
            self.rows,
            self.columns,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Volume(Image):
    """A series as one regular grid: slices sorted along the normal, equally spaced.

    ``stored`` and ``pixels`` are (slices, rows, columns); ``geometry`` has every member.
    """

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Spacing between (slices, rows, columns), in array order.

        Raises
        ------
        MissingGeometryError
            The source does not say; it is a ``ValueError``, too.
        """
        geometry = self.geometry
        if geometry.slice_spacing_mm is None or geometry.pixel_spacing_mm is None:
            raise MissingGeometryError(
                "expected a volume with spacing, got one whose instances carry no positions or no "
                "pixel spacing"
            )
        return (geometry.slice_spacing_mm, *geometry.pixel_spacing_mm)


def _is_finite(number: object) -> bool:
    return isinstance(number, Real) and math.isfinite(number)


def _check_array(name: str, value: object) -> None:
    if not isinstance(value, np.ndarray):
        raise InvalidOutputError(f"expected {name} as a numpy array, got {type(value).__name__}")


def _check_padding(padding: NDArray[np.bool_], shape: tuple[int, ...]) -> None:
    _check_array("padding", padding)
    if padding.shape != shape or padding.dtype != np.bool_:
        raise InvalidOutputError(
            f"expected padding of bool and shape {shape}, got {padding.dtype} and {padding.shape}"
        )


def _check_windows(windows: object) -> None:
    if not isinstance(windows, tuple) or not all(isinstance(each, Window) for each in windows):
        raise InvalidOutputError("expected windows as a tuple of mip.Window")
