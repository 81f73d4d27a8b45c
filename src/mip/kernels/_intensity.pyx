"""Bindings of c/intensity.h: no validation and no allocation here (see intensity.py)."""

from cython.parallel cimport prange
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport uint8_t

from ._types cimport pixel, pixel_index

cdef extern from "intensity.h" nogil:
    ctypedef struct mip_window:
        float origin
        float scale
        float offset
        float padding_low
        float padding_high
        uint8_t flip
    ctypedef void (*mip_window_fn)(
        const void*, uint8_t*, ptrdiff_t, const mip_window*) noexcept nogil
    ctypedef struct mip_intensity:
        mip_window_fn* window
        mip_window_fn* sigmoid
    const mip_intensity* mip_intensity_table(int isa)

cdef enum:
    BLOCK = 32768  # pixels: one block of source and result stays in the first two caches


def window(const pixel[::1] source, uint8_t[::1] out, float origin, float scale, float offset,
           bint is_sigmoid, float padding_low, float padding_high, bint is_inverted,
           int isa, int threads):
    """Fill ``out`` with the display levels of ``source``; both flat and of one length."""
    cdef:
        const mip_intensity* table = mip_intensity_table(isa)
        int index = pixel_index(&source[0])
        mip_window_fn run = table.sigmoid[index] if is_sigmoid else table.window[index]
        mip_window ramp = mip_window(origin, scale, offset, padding_low, padding_high,
                                     255 if is_inverted else 0)
        Py_ssize_t size = source.shape[0], begin
    for begin in prange(0, size, BLOCK, nogil=True, schedule="static", num_threads=threads):
        run(&source[begin], &out[begin], min(<Py_ssize_t> BLOCK, size - begin), &ramp)
