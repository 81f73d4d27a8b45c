"""Bindings of c/stencil.h and c/gradient.h: no validation here (see derivatives.py).

A plane is a volume of one slice; no axis is empty.
"""

from cython.parallel cimport prange, threadid
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdlib cimport free, malloc

from ._types cimport pixel, pixel_index, workers

cdef extern from "stencil.h" nogil:
    enum:
        MIP_STENCILS
    ctypedef struct mip_stencil_plan:
        ptrdiff_t depth
        ptrdiff_t rows
        ptrdiff_t columns
        int is_volume
        const ptrdiff_t* z
        const ptrdiff_t* y
        const ptrdiff_t* x
        float outside
        float z_weight
        float y_weight
        float x_weight
    ptrdiff_t mip_stencil_tasks(const mip_stencil_plan*)
    size_t mip_stencil_scratch(const mip_stencil_plan*)
    ctypedef void (*mip_stencil_fn)(
        const void*, float*, const mip_stencil_plan*, ptrdiff_t, void*) noexcept nogil
    ctypedef struct mip_stencil:
        mip_stencil_fn[MIP_STENCILS][4] run
    const mip_stencil* mip_stencil_table(int isa)

cdef extern from "gradient.h" nogil:
    ctypedef struct mip_gradient_plan:
        ptrdiff_t depth
        ptrdiff_t rows
        ptrdiff_t columns
        float z_weight
        float y_weight
        float x_weight
    ptrdiff_t mip_gradient_tasks(const mip_gradient_plan*)
    ctypedef void (*mip_gradient_fn)(
        const void*, float*, const mip_gradient_plan*, ptrdiff_t) noexcept nogil
    ctypedef struct mip_gradient:
        mip_gradient_fn[4] run
    const mip_gradient* mip_gradient_table(int isa)


def stencil(const pixel[:, :, ::1] source, float[:, :, ::1] out, int kind, bint is_volume,
            const Py_ssize_t[::1] z, const Py_ssize_t[::1] y, const Py_ssize_t[::1] x,
            float outside, const float[::1] weights, int isa, int threads):
    """Fill ``out`` with the stencil ``kind``; z, y and x say what lies around each index."""
    cdef:
        mip_stencil_fn run = mip_stencil_table(isa).run[kind][pixel_index(&source[0, 0, 0])]
        mip_stencil_plan plan = mip_stencil_plan(
            source.shape[0], source.shape[1], source.shape[2], is_volume,
            <const ptrdiff_t*> &z[0], <const ptrdiff_t*> &y[0], <const ptrdiff_t*> &x[0],
            outside, weights[0], weights[1], weights[2])
        Py_ssize_t n, count = mip_stencil_tasks(&plan)
        size_t scratch_bytes = mip_stencil_scratch(&plan)
        char* scratch
    threads = workers(threads, count)
    scratch = <char*> malloc(scratch_bytes * threads)
    if scratch == NULL:
        raise MemoryError(f"no {scratch_bytes * threads} bytes for the rows of a stencil")
    for n in prange(count, nogil=True, schedule="static", num_threads=threads):
        run(&source[0, 0, 0], &out[0, 0, 0], &plan, n, scratch + scratch_bytes * threadid())
    free(scratch)


def gradient(const pixel[:, :, ::1] source, float[:, :, ::1] out, const float[::1] weights,
             int isa, int threads):
    """Fill ``out`` with the magnitude of the gradient; ``weights`` are 1 / spacing."""
    cdef:
        mip_gradient_fn run = mip_gradient_table(isa).run[pixel_index(&source[0, 0, 0])]
        mip_gradient_plan plan = mip_gradient_plan(
            source.shape[0], source.shape[1], source.shape[2], weights[0], weights[1], weights[2])
        Py_ssize_t n, count = mip_gradient_tasks(&plan)
    threads = workers(threads, count)
    for n in prange(count, nogil=True, schedule="static", num_threads=threads):
        run(&source[0, 0, 0], &out[0, 0, 0], &plan, n)
