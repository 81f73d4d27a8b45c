"""Rescale and windows of a derived object, at the top or in functional groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..elements import Elements
from .values import IDENTITY

if TYPE_CHECKING:
    from ...imaging import Image
    from .values import Rescale

_RESCALE_KEYWORDS = ("RescaleSlope", "RescaleIntercept", "RescaleType", "ModalityLUTSequence")
_WINDOW_KEYWORDS = ("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction")
_FUNCTIONS = {"linear_exact": "LINEAR_EXACT", "sigmoid": "SIGMOID"}
_FRAME_TYPES = ("MRImageFrameTypeSequence", "CTImageFrameTypeSequence", "PETFrameTypeSequence")


def put_rescale(elements: Elements, rescale: Rescale, image: Image) -> None:
    """Set slope and intercept in place of what the source had."""
    is_needed = rescale != IDENTITY or elements.has("RescaleSlope")
    had_type = elements.has("RescaleType") or elements.text("Modality") != "PT"
    elements.drop(*_RESCALE_KEYWORDS)
    if not is_needed:
        return
    _put_transform(elements, rescale, units=image.units if had_type else "")


def put_windows(elements: Elements, image: Image) -> None:
    """Set the image's windows, those of the first one's function."""
    if not image.voi_luts:
        elements.drop("VOILUTSequence")
    elements.drop(*_WINDOW_KEYWORDS)
    if not image.windows:
        return
    function = image.windows[0].function
    windows = [window for window in image.windows if window.function == function]
    elements.put("WindowCenter", *(float(window.center) for window in windows))
    elements.put("WindowWidth", *(float(window.width) for window in windows))
    if all(window.explanation for window in windows):
        elements.put("WindowCenterWidthExplanation", *(window.explanation for window in windows))
    if function in _FUNCTIONS:
        elements.put("VOILUTFunction", _FUNCTIONS[function])


def put_frame_groups(elements: Elements, rescale: Rescale, image: Image) -> None:
    """Set rescale and windows for all frames at once, in the shared functional groups."""
    shared = Elements(elements.sequence("SharedFunctionalGroupsSequence")[0])
    frames = [Elements(item) for item in elements.sequence("PerFrameFunctionalGroupsSequence")]
    groups = [shared, *frames]
    had_rescale = any(item.sequence("PixelValueTransformationSequence") for item in groups)
    for item in groups:
        item.drop("PixelValueTransformationSequence", "FrameVOILUTSequence")
        _put_frame_type(item)
    if had_rescale or rescale != IDENTITY:
        transform = Elements()
        _put_transform(transform, rescale, units=image.units)
        shared.put_items("PixelValueTransformationSequence", transform)
    if image.windows:
        windows = Elements()
        put_windows(windows, image)
        shared.put_items("FrameVOILUTSequence", windows)
    elements.put_items("SharedFunctionalGroupsSequence", shared)
    if frames:
        elements.put_items("PerFrameFunctionalGroupsSequence", *frames)


def _put_transform(elements: Elements, rescale: Rescale, *, units: str) -> None:
    elements.put("RescaleIntercept", rescale.intercept)
    elements.put("RescaleSlope", rescale.slope)
    if units:
        elements.put("RescaleType", units)


def _put_frame_type(group: Elements) -> None:
    for keyword in _FRAME_TYPES:
        for item in group.sequence(keyword)[:1]:
            changed = Elements(item)
            put_derived(changed, "FrameType")
            group.put_items(keyword, changed)


def put_derived(elements: Elements, keyword: str) -> None:
    """Say DERIVED first, and keep what the class has to say after it."""
    values = elements.texts(keyword)[1:] or ("PRIMARY",)
    elements.put(keyword, "DERIVED", *values)
