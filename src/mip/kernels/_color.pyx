"""Bindings of c/color.h: no validation and no allocation here (see color.py).

Arrays are flat, with three values per pixel where they are RGB, and not empty.
"""

from cython.parallel cimport prange
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport uint8_t, uint16_t, uint32_t

from ._types cimport BLOCK, block, block_workers

cdef extern from "color.h" nogil:
    ctypedef struct mip_tint:
        uint32_t[3] weighted
        uint32_t alpha
    ctypedef void (*mip_luminance_fn)(const void*, void*, ptrdiff_t) noexcept nogil
    ctypedef void (*mip_overlay_fn)(const uint8_t*, const uint8_t*, uint8_t*, ptrdiff_t,
                                    const mip_tint*) noexcept nogil
    ctypedef struct mip_color:
        mip_luminance_fn luminance8
        mip_luminance_fn luminance16
        mip_overlay_fn overlay_grey
        mip_overlay_fn overlay_rgb
    const mip_color* mip_color_table(int isa)

ctypedef fused channel:
    uint8_t
    uint16_t


def luminance(const channel[::1] rgb, channel[::1] out, int isa, int threads):
    """Fill ``out`` with one value per pixel of ``rgb``."""
    cdef:
        const mip_color* table = mip_color_table(isa)
        mip_luminance_fn run = table.luminance8 if channel is uint8_t else table.luminance16
        Py_ssize_t size = out.shape[0], begin
    threads = block_workers(threads, size)
    for begin in prange(0, size, BLOCK, nogil=True, schedule="static", num_threads=threads):
        run(&rgb[3 * begin], &out[begin], block(begin, size))


def overlay(const uint8_t[::1] source, const uint8_t[::1] mask, uint8_t[::1] rgb,
            int weighted_r, int weighted_g, int weighted_b, int alpha, int isa, int threads):
    """Fill ``rgb`` with ``source``, grey or RGB by its length, tinted where ``mask`` is not 0."""
    cdef:
        const mip_color* table = mip_color_table(isa)
        Py_ssize_t size = mask.shape[0], begin
        bint is_grey = source.shape[0] == size
        Py_ssize_t step = 1 if is_grey else 3
        mip_overlay_fn run = table.overlay_grey if is_grey else table.overlay_rgb
        mip_tint tint
    tint.weighted[0], tint.weighted[1], tint.weighted[2] = weighted_r, weighted_g, weighted_b
    tint.alpha = alpha
    threads = block_workers(threads, size)
    for begin in prange(0, size, BLOCK, nogil=True, schedule="static", num_threads=threads):
        run(&source[step * begin], &mask[begin], &rgb[3 * begin], block(begin, size), &tint)
