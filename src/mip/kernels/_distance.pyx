"""Bindings of c/distance.h: no validation here (see distance.py)."""

from cython.parallel cimport prange, threadid
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport uint8_t
from libc.stdlib cimport free, malloc

cdef extern from "distance.h" nogil:
    enum:
        MIP_DISTANCE_LINES
    ctypedef struct mip_distance_axis:
        ptrdiff_t size
        ptrdiff_t stride
        double spacing
        int is_last
    void mip_distance_row(const uint8_t*, float*, ptrdiff_t, double)
    size_t mip_distance_scratch(ptrdiff_t)
    void mip_distance_lines(float*, ptrdiff_t, const mip_distance_axis*, void*)


def rows(const uint8_t[:, ::1] mask, float[:, ::1] out, double spacing, int threads):
    """Fill ``out`` with the squared distance within each row."""
    cdef Py_ssize_t row
    for row in prange(mask.shape[0], nogil=True, schedule="static", num_threads=threads):
        mip_distance_row(&mask[row, 0], &out[row, 0], mask.shape[1], spacing)


def lines(float[:, :, ::1] out, double spacing, bint is_last, int threads):
    """Carry the squared distances of ``out`` on along its middle axis."""
    cdef:
        Py_ssize_t columns = out.shape[2]
        Py_ssize_t blocks = (columns + MIP_DISTANCE_LINES - 1) // MIP_DISTANCE_LINES
        Py_ssize_t n, begin
        mip_distance_axis axis = mip_distance_axis(out.shape[1], columns, spacing, is_last)
        size_t scratch_bytes = mip_distance_scratch(axis.size)
        char* scratch = <char*> malloc(scratch_bytes * threads)
    if scratch == NULL:
        raise MemoryError(f"no {scratch_bytes * threads} bytes for the lines of a distance")
    for n in prange(out.shape[0] * blocks, nogil=True, schedule="dynamic", chunksize=4,
                    num_threads=threads):
        begin = n % blocks * MIP_DISTANCE_LINES
        mip_distance_lines(&out[n // blocks, 0, begin], min(columns - begin, MIP_DISTANCE_LINES),
                           &axis, scratch + scratch_bytes * threadid())
    free(scratch)
