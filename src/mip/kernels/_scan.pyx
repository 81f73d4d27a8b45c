"""Bindings of c/scan.h: no validation and no allocation here (see _runs.py).

Images are (rows, columns), where the rows of all slices follow one another; ``words`` is (rows,
words of a row, 3) and ``counts`` gets how many runs a row has.
"""

from cython.parallel cimport prange
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from ._types cimport integer, pixel, pixel_index

cdef extern from "scan.h" nogil:
    ctypedef struct mip_word:
        pass
    ctypedef uint32_t (*mip_within_fn)(const void*, ptrdiff_t, double, double,
                                       mip_word*) noexcept nogil
    ctypedef uint32_t (*mip_by_value_fn)(const void*, ptrdiff_t, mip_word*) noexcept nogil
    ctypedef struct mip_scan:
        uint32_t (*mask)(const uint8_t*, ptrdiff_t, uint64_t, mip_word*) noexcept nogil
        mip_within_fn[4] within
        mip_by_value_fn[4] by_value
    const mip_scan* mip_scan_table(int isa)


def mask(const uint8_t[:, ::1] image, bint is_background, uint64_t[:, :, ::1] words,
         uint32_t[::1] counts, int isa, int threads):
    """Find the runs of what is not 0, or of what is."""
    cdef:
        const mip_scan* table = mip_scan_table(isa)
        uint64_t flip = ~(<uint64_t> 0) if is_background else 0
        Py_ssize_t row
    for row in prange(image.shape[0], nogil=True, schedule="static", num_threads=threads):
        counts[row] = table.mask(&image[row, 0], image.shape[1], flip,
                                 <mip_word*> &words[row, 0, 0])


def within(const pixel[:, ::1] image, double least, double most, uint64_t[:, :, ::1] words,
           uint32_t[::1] counts, int isa, int threads):
    """Find the runs of what lies between two bounds."""
    cdef:
        mip_within_fn run = mip_scan_table(isa).within[pixel_index(&image[0, 0])]
        Py_ssize_t row
    for row in prange(image.shape[0], nogil=True, schedule="static", num_threads=threads):
        counts[row] = run(&image[row, 0], image.shape[1], least, most,
                          <mip_word*> &words[row, 0, 0])


def by_value(const integer[:, ::1] image, uint64_t[:, :, ::1] words, uint32_t[::1] counts, int isa,
             int threads):
    """Find the runs of one value that is not 0."""
    cdef:
        mip_by_value_fn run = mip_scan_table(isa).by_value[pixel_index(&image[0, 0])]
        Py_ssize_t row
    for row in prange(image.shape[0], nogil=True, schedule="static", num_threads=threads):
        counts[row] = run(&image[row, 0], image.shape[1], <mip_word*> &words[row, 0, 0])
