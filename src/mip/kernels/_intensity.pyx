"""Bindings of c/intensity.h: no validation and no allocation here (see intensity.py).

Arrays are flat, of one length and not empty; every call fills ``out``.
"""

from cython.parallel cimport prange
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int32_t, uint8_t

from ._types cimport BLOCK, block, block_workers, integer, pixel, pixel_index, word

cdef extern from "intensity.h" nogil:
    ctypedef struct mip_window:
        float origin
        float scale
        float offset
        float least
        float most
        float padding_low
        float padding_high
        uint8_t flip
    ctypedef void (*mip_window_fn)(
        const void*, uint8_t*, ptrdiff_t, const mip_window*) noexcept nogil
    ctypedef void (*mip_rescale_fn)(const void*, float*, ptrdiff_t, float, float) noexcept nogil
    ctypedef void (*mip_threshold_fn)(
        const void*, uint8_t*, ptrdiff_t, double, double) noexcept nogil
    ctypedef void (*mip_lookup_fn)(
        const void*, void*, ptrdiff_t, const void*, int32_t, int32_t) noexcept nogil
    ctypedef struct mip_intensity:
        mip_window_fn[4] window
        mip_window_fn[4] sigmoid
        mip_rescale_fn[4] rescale
        mip_threshold_fn[4] threshold
        mip_lookup_fn[4][3] lookup
    const mip_intensity* mip_intensity_table(int isa)


def window(const pixel[::1] source, uint8_t[::1] out, float origin, float scale, float offset,
           bint is_sigmoid, float padding_low, float padding_high, bint is_inverted,
           int isa, int threads):
    cdef:
        const mip_intensity* table = mip_intensity_table(isa)
        int index = pixel_index(&source[0])
        mip_window_fn run = table.sigmoid[index] if is_sigmoid else table.window[index]
        mip_window ramp = mip_window(origin, scale, offset, 0, 255, padding_low, padding_high,
                                     255 if is_inverted else 0)
        Py_ssize_t size = source.shape[0], begin
    threads = block_workers(threads, size)
    for begin in prange(0, size, BLOCK, nogil=True, schedule="static", num_threads=threads):
        run(&source[begin], &out[begin], block(begin, size), &ramp)


def rescale(const pixel[::1] source, float[::1] out, float slope, float intercept,
            int isa, int threads):
    cdef:
        mip_rescale_fn run = mip_intensity_table(isa).rescale[pixel_index(&source[0])]
        Py_ssize_t size = source.shape[0], begin
    threads = block_workers(threads, size)
    for begin in prange(0, size, BLOCK, nogil=True, schedule="static", num_threads=threads):
        run(&source[begin], &out[begin], block(begin, size), slope, intercept)


def threshold(const pixel[::1] source, uint8_t[::1] out, double low, double high,
              int isa, int threads):
    cdef:
        mip_threshold_fn run = mip_intensity_table(isa).threshold[pixel_index(&source[0])]
        Py_ssize_t size = source.shape[0], begin
    threads = block_workers(threads, size)
    for begin in prange(0, size, BLOCK, nogil=True, schedule="static", num_threads=threads):
        run(&source[begin], &out[begin], block(begin, size), low, high)


def lookup(const integer[::1] source, word[::1] out, const word[::1] entries, int first,
           int isa, int threads):
    cdef:
        int by_size = 0 if sizeof(word) == 1 else 1 if sizeof(word) == 2 else 2
        mip_lookup_fn run = mip_intensity_table(isa).lookup[pixel_index(&source[0])][by_size]
        Py_ssize_t size = source.shape[0], begin
        int last = <int> entries.shape[0] - 1
    threads = block_workers(threads, size)
    for begin in prange(0, size, BLOCK, nogil=True, schedule="static", num_threads=threads):
        run(&source[begin], &out[begin], block(begin, size), &entries[0], first, last)
