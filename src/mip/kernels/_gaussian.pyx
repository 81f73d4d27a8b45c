"""Binding of c/gaussian.h: no validation here (see gaussian.py)."""

from cython.parallel cimport prange, threadid
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdlib cimport free, malloc

from ._types cimport pixel, pixel_index, workers

cdef extern from "gaussian.h" nogil:
    ctypedef struct mip_gaussian_axis:
        ptrdiff_t radius
        const float* weights
        const ptrdiff_t* inside
    ctypedef struct mip_gaussian_plan:
        ptrdiff_t depth
        ptrdiff_t rows
        ptrdiff_t columns
        mip_gaussian_axis z
        mip_gaussian_axis y
        mip_gaussian_axis x
        ptrdiff_t tile_rows
        ptrdiff_t ring
        float outside
        float amount
    ctypedef struct mip_gaussian_task:
        ptrdiff_t z_begin
        ptrdiff_t z_end
        ptrdiff_t y_begin
        ptrdiff_t y_end
    size_t mip_gaussian_scratch(const mip_gaussian_plan*)
    ctypedef void (*mip_gaussian_fn)(const void*, float*, const mip_gaussian_plan*,
                                     const mip_gaussian_task*, void*) noexcept nogil
    ctypedef struct mip_gaussian:
        mip_gaussian_fn[4] smooth
        mip_gaussian_fn[4] unsharp
    const mip_gaussian* mip_gaussian_table(int isa)


cdef mip_gaussian_axis axis(const float[::1] weights, const Py_ssize_t[::1] inside):
    cdef mip_gaussian_axis made
    made.radius = weights.shape[0] - 1
    made.weights = &weights[0]
    made.inside = <const ptrdiff_t*> &inside[0]
    return made


def gaussian(const pixel[:, :, ::1] source, float[:, :, ::1] out, tuple weights, tuple inside,
             float outside, Py_ssize_t ring, const Py_ssize_t[:, ::1] tasks,
             Py_ssize_t tile_rows, bint is_unsharp, float amount, int isa, int threads):
    """Fill ``out`` task by task; ``tasks`` has z_begin, z_end, y_begin, y_end of each."""
    cdef:
        const mip_gaussian* table = mip_gaussian_table(isa)
        int index = pixel_index(&source[0, 0, 0])
        mip_gaussian_fn run = table.unsharp[index] if is_unsharp else table.smooth[index]
        mip_gaussian_plan plan
        Py_ssize_t n, count = tasks.shape[0]
        size_t scratch_bytes
        char* scratch
    plan.depth, plan.rows, plan.columns = source.shape[0], source.shape[1], source.shape[2]
    plan.z, plan.y, plan.x = (axis(weights[0], inside[0]), axis(weights[1], inside[1]),
                              axis(weights[2], inside[2]))
    plan.tile_rows, plan.ring, plan.outside = tile_rows, ring, outside
    plan.amount = amount
    scratch_bytes = mip_gaussian_scratch(&plan)
    threads = workers(threads, count)
    scratch = <char*> malloc(scratch_bytes * threads)
    if scratch == NULL:
        raise MemoryError(f"no {scratch_bytes * threads} bytes for the rings of a Gaussian")
    for n in prange(count, nogil=True, schedule="dynamic", chunksize=1, num_threads=threads):
        run(&source[0, 0, 0], &out[0, 0, 0], &plan, <const mip_gaussian_task*> &tasks[n, 0],
            scratch + scratch_bytes * threadid())
    free(scratch)
