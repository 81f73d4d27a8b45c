"""Bindings of c/affine.h and c/resample.h: no validation here (see geometry.py)."""

from cython.parallel cimport prange, threadid
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdint cimport int32_t
from libc.stdlib cimport free, malloc

from ._types cimport pixel, pixel_index

cdef extern from "affine.h" nogil:
    ctypedef struct mip_affine_plan:
        ptrdiff_t[3] size
        ptrdiff_t[3] out_size
        double[3][3] matrix
        double[3] offset
        float outside
    ctypedef void (*mip_affine_fn)(const void*, void*, const mip_affine_plan*, ptrdiff_t,
                                   ptrdiff_t) noexcept nogil
    ctypedef struct mip_affine:
        mip_affine_fn[4][2] run
    const mip_affine* mip_affine_table(int isa)

cdef extern from "resample.h" nogil:
    ctypedef struct mip_resample_axis:
        const int32_t* index
        const float* weight
    ctypedef struct mip_resample_plan:
        ptrdiff_t rows
        ptrdiff_t columns
        ptrdiff_t out_rows
        ptrdiff_t out_columns
        mip_resample_axis z
        mip_resample_axis y
        mip_resample_axis x
        ptrdiff_t tile_rows
    ctypedef struct mip_resample_task:
        pass
    size_t mip_resample_scratch(const mip_resample_plan*)
    ctypedef void (*mip_resample_fn)(const void*, void*, const mip_resample_plan*,
                                     const mip_resample_task*, void*) noexcept nogil
    ctypedef struct mip_resample:
        mip_resample_fn[4][2] run
    const mip_resample* mip_resample_table(int isa)


cdef mip_resample_axis axis(const int32_t[::1] index, const float[::1] weight):
    return mip_resample_axis(&index[0], &weight[0])


def resample(const pixel[:, :, ::1] source, pixel[:, :, ::1] out, tuple index, tuple weight,
             int order, const Py_ssize_t[:, ::1] tasks, int isa, int threads):
    """Fill ``out`` task by task; ``tasks`` has z_begin, z_end, y_begin, y_end of each."""
    cdef:
        mip_resample_fn run = mip_resample_table(isa).run[order][pixel_index(&source[0, 0, 0])]
        mip_resample_plan plan
        Py_ssize_t n, count = tasks.shape[0]
        size_t scratch_bytes
        char* scratch
    plan.rows, plan.columns = source.shape[1], source.shape[2]
    plan.out_rows, plan.out_columns = out.shape[1], out.shape[2]
    plan.z, plan.y, plan.x = (axis(index[0], weight[0]), axis(index[1], weight[1]),
                              axis(index[2], weight[2]))
    plan.tile_rows = tasks[0, 3] - tasks[0, 2]
    scratch_bytes = mip_resample_scratch(&plan)
    scratch = <char*> malloc(scratch_bytes * threads)
    if scratch == NULL:
        raise MemoryError(f"no {scratch_bytes * threads} bytes for the slots of a resampling")
    for n in prange(count, nogil=True, schedule="dynamic", chunksize=1, num_threads=threads):
        run(&source[0, 0, 0], &out[0, 0, 0], &plan, <const mip_resample_task*> &tasks[n, 0],
            scratch + scratch_bytes * threadid())
    free(scratch)


def affine(const pixel[:, :, ::1] source, pixel[:, :, ::1] out, const double[:, ::1] pull,
           int order, float outside, int isa, int threads):
    """Fill ``out``; ``pull`` is the matrix beside the offset, for z, y, x."""
    cdef:
        mip_affine_fn run = mip_affine_table(isa).run[order][pixel_index(&source[0, 0, 0])]
        mip_affine_plan plan
        Py_ssize_t n, rows = out.shape[1], count = out.shape[0] * out.shape[1]
        int to, by
    for to in range(3):
        plan.size[to], plan.out_size[to] = source.shape[to], out.shape[to]
        plan.offset[to] = pull[to, 3]
        for by in range(3):
            plan.matrix[to][by] = pull[to, by]
    plan.outside = outside
    for n in prange(count, nogil=True, schedule="dynamic", chunksize=8, num_threads=threads):
        run(&source[0, 0, 0], &out[0, 0, 0], &plan, n // rows, n % rows)
