"""Binding of c/canny.h: no validation here (see edges.py)."""

from cython.parallel cimport prange, threadid
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdint cimport uint8_t
from libc.stdlib cimport free, malloc

from ._types cimport workers

cdef extern from "canny.h" nogil:
    ctypedef struct mip_canny_plan:
        ptrdiff_t rows
        ptrdiff_t columns
        float low
        float high
    ptrdiff_t mip_canny_tasks(const mip_canny_plan*)
    size_t mip_canny_scratch(const mip_canny_plan*)
    ctypedef void (*mip_canny_fn)(
        const float*, uint8_t*, const mip_canny_plan*, ptrdiff_t, void*) noexcept nogil
    ctypedef struct mip_canny:
        mip_canny_fn thin
    const mip_canny* mip_canny_table(int isa)
    bint mip_canny_trace(uint8_t*, ptrdiff_t, ptrdiff_t)


def canny(const float[:, ::1] smooth, uint8_t[:, ::1] out, float low, float high,
          int isa, int threads):
    """Fill ``out`` with 1 on the edges and 0 elsewhere."""
    cdef:
        mip_canny_fn thin = mip_canny_table(isa).thin
        mip_canny_plan plan = mip_canny_plan(smooth.shape[0], smooth.shape[1], low, high)
        Py_ssize_t n, count = mip_canny_tasks(&plan)
        size_t scratch_bytes = mip_canny_scratch(&plan)
        char* scratch
        bint is_traced
    threads = workers(threads, count)
    scratch = <char*> malloc(scratch_bytes * threads)
    if scratch == NULL:
        raise MemoryError(f"no {scratch_bytes * threads} bytes for the rows of edges")
    for n in prange(count, nogil=True, schedule="static", num_threads=threads):
        thin(&smooth[0, 0], &out[0, 0], &plan, n, scratch + scratch_bytes * threadid())
    free(scratch)
    with nogil:
        is_traced = mip_canny_trace(&out[0, 0], plan.rows, plan.columns)
    if not is_traced:
        raise MemoryError("no memory to follow edges")
