"""Bindings of c/histogram.h: no validation and no allocation here (see histogram.py).

``source`` is flat; each thread counts its share of it in its row of ``counts``.
"""

from cython.parallel cimport prange
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int16_t, uint8_t, uint16_t, uint32_t

from ._types cimport integer

cdef extern from "histogram.h" nogil:
    ctypedef struct mip_bins:
        const float* edges
        ptrdiff_t bins
        float scale
    void mip_histogram_u8(const uint8_t*, ptrdiff_t, uint32_t*)
    void mip_histogram_i16(const int16_t*, ptrdiff_t, uint32_t*)
    void mip_histogram_u16(const uint16_t*, ptrdiff_t, uint32_t*)
    void mip_histogram_f32(const float*, ptrdiff_t, const mip_bins*, uint32_t*)


cdef inline Py_ssize_t share(Py_ssize_t size, Py_ssize_t part, Py_ssize_t parts) noexcept nogil:
    return size // parts * part + min(part, size % parts)


def count_values(const integer[::1] source, uint32_t[:, ::1] counts):
    """Count every value; a row of ``counts`` is a table."""
    cdef:
        Py_ssize_t size = source.shape[0], begin, n
        int t, threads = <int> counts.shape[0]
    for t in prange(threads, nogil=True, schedule="static", num_threads=threads):
        begin = share(size, t, threads)
        n = share(size, t + 1, threads) - begin
        if n > 0:
            if integer is uint8_t:
                mip_histogram_u8(&source[begin], n, &counts[t, 0])
            elif integer is int16_t:
                mip_histogram_i16(&source[begin], n, &counts[t, 0])
            else:
                mip_histogram_u16(&source[begin], n, &counts[t, 0])


def count_bins(const float[::1] source, const float[::1] edges, float scale,
               uint32_t[:, ::1] counts):
    """Count the values of every bin; a row of ``counts`` is a table."""
    cdef:
        Py_ssize_t size = source.shape[0], begin, n
        int t, threads = <int> counts.shape[0]
        mip_bins bins = mip_bins(&edges[0], edges.shape[0] - 1, scale)
    for t in prange(threads, nogil=True, schedule="static", num_threads=threads):
        begin = share(size, t, threads)
        n = share(size, t + 1, threads) - begin
        if n > 0:
            mip_histogram_f32(&source[begin], n, &bins, &counts[t, 0])
