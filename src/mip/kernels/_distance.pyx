"""Bindings of c/distance.h: no validation here (see distance.py)."""

from cython.parallel cimport prange, threadid
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport uint8_t
from libc.stdlib cimport free, malloc

from ._types cimport workers

cdef extern from "distance.h" nogil:
    enum:
        MIP_DISTANCE_LINES
    ctypedef struct mip_distance_axis:
        ptrdiff_t size
        ptrdiff_t stride
        double spacing
        int is_last
    size_t mip_distance_scratch(ptrdiff_t)
    ctypedef struct mip_distance:
        void (*row)(const uint8_t*, float*, ptrdiff_t, double) noexcept nogil
        void (*lines)(float*, ptrdiff_t, const mip_distance_axis*, void*) noexcept nogil
    const mip_distance* mip_distance_table(int isa)


def rows(const uint8_t[:, ::1] mask, float[:, ::1] out, double spacing, int isa,
         int threads):
    """Fill ``out`` with the squared distance within each row."""
    cdef:
        const mip_distance* table = mip_distance_table(isa)
        Py_ssize_t row
    threads = workers(threads, mask.shape[0])
    for row in prange(mask.shape[0], nogil=True, schedule="static", num_threads=threads):
        table.row(&mask[row, 0], &out[row, 0], mask.shape[1], spacing)


def lines(float[:, :, ::1] out, double spacing, bint is_last, int isa, int threads):
    """Carry the squared distances of ``out`` on along its middle axis."""
    cdef:
        const mip_distance* table = mip_distance_table(isa)
        Py_ssize_t columns = out.shape[2]
        Py_ssize_t blocks = (columns + MIP_DISTANCE_LINES - 1) // MIP_DISTANCE_LINES
        Py_ssize_t n, begin, count = out.shape[0] * blocks
        mip_distance_axis axis = mip_distance_axis(out.shape[1], columns, spacing, is_last)
        size_t scratch_bytes = mip_distance_scratch(axis.size)
        char* scratch
    threads = workers(threads, count)
    scratch = <char*> malloc(scratch_bytes * threads)
    if scratch == NULL:
        raise MemoryError(f"no {scratch_bytes * threads} bytes for the lines of a distance")
    for n in prange(count, nogil=True, schedule="dynamic", chunksize=4, num_threads=threads):
        begin = n % blocks * MIP_DISTANCE_LINES
        table.lines(&out[n // blocks, 0, begin], min(columns - begin, MIP_DISTANCE_LINES), &axis,
                    scratch + scratch_bytes * threadid())
    free(scratch)
