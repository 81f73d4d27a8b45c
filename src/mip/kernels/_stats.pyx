"""Bindings of c/stats.h: no validation here (see stats.py)."""

from cython.parallel cimport prange
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport uint8_t

from ._types cimport pixel, pixel_index, word

cdef extern from "stats.h" nogil:
    ctypedef struct mip_region:
        pass
    ctypedef struct mip_stats_shape:
        ptrdiff_t rows
        ptrdiff_t columns
        size_t pixel_bytes
    ctypedef void (*mip_measure_fn)(const void*, ptrdiff_t, mip_region*) noexcept nogil
    ctypedef void (*mip_stats_fn)(const void*, const void*, ptrdiff_t, const mip_stats_shape*,
                                  mip_measure_fn, mip_region*) noexcept nogil
    ctypedef struct mip_stats:
        mip_stats_fn[3] row
        mip_measure_fn[4] measure
    const mip_stats* mip_stats_table(int isa)
    void mip_stats_clear(mip_region*, ptrdiff_t)
    void mip_stats_merge(mip_region*, const mip_region*, ptrdiff_t)

REGION_BYTES = sizeof(mip_region)


def measure(const word[:, ::1] labels, const pixel[:, ::1] image, bint has_image,
            Py_ssize_t height, uint8_t[:, ::1] parts, int isa, int threads):
    """Measure each part of the rows by itself, and add all to the first one."""
    cdef:
        const mip_stats* table = mip_stats_table(isa)
        int by_size = 0 if sizeof(word) == 1 else 1 if sizeof(word) == 2 else 2
        mip_stats_fn take = table.row[by_size]
        mip_measure_fn run = table.measure[pixel_index(&image[0, 0])]
        const void* pixels = <const void*> &image[0, 0] if has_image else NULL
        mip_stats_shape shape = mip_stats_shape(height, labels.shape[1], sizeof(pixel))
        Py_ssize_t rows = labels.shape[0], count = parts.shape[0], n, row
        Py_ssize_t regions = parts.shape[1] // <Py_ssize_t> sizeof(mip_region)
    for n in prange(count, nogil=True, schedule="dynamic", chunksize=1, num_threads=threads):
        mip_stats_clear(<mip_region*> &parts[n, 0], regions)
        for row in range(rows * n // count, rows * (n + 1) // count):
            take(&labels[0, 0], pixels, row, &shape, run, <mip_region*> &parts[n, 0])
    with nogil:
        for n in range(1, count):
            mip_stats_merge(<mip_region*> &parts[0, 0], <const mip_region*> &parts[n, 0], regions)
