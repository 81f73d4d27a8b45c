"""Binding of c/median.h: no validation here (see median.py)."""

from cython.parallel cimport prange, threadid
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdlib cimport free, malloc

from ._types cimport pixel, pixel_index, workers

cdef extern from "median.h" nogil:
    ctypedef struct mip_median_axis:
        ptrdiff_t size
        const ptrdiff_t* inside
    ctypedef struct mip_median_plan:
        ptrdiff_t depth
        ptrdiff_t rows
        ptrdiff_t columns
        mip_median_axis z
        mip_median_axis y
        mip_median_axis x
        ptrdiff_t task_rows
        const void* outside
    ctypedef struct mip_median_task:
        ptrdiff_t z
        ptrdiff_t y_begin
        ptrdiff_t y_end
    size_t mip_median_scratch(const mip_median_plan*, int)
    ctypedef void (*mip_median_fn)(const void*, void*, const mip_median_plan*,
                                   const mip_median_task*, void*) noexcept nogil
    ctypedef struct mip_median:
        mip_median_fn[3][4] run
    const mip_median* mip_median_table(int isa)


cdef mip_median_axis axis(Py_ssize_t size, const Py_ssize_t[::1] inside):
    cdef mip_median_axis made
    made.size = size
    made.inside = <const ptrdiff_t*> &inside[0]
    return made


cdef void run_rows(mip_median_fn run, const void* source, void* out, const mip_median_plan* plan,
                   Py_ssize_t z, Py_ssize_t y, void* scratch) noexcept nogil:
    cdef mip_median_task task  # of a call: a struct in a parallel loop is shared by its threads
    task.z, task.y_begin = z, y
    task.y_end = min(y + plan.task_rows, plan.rows)
    run(source, out, plan, &task, scratch)


def median(const pixel[:, :, ::1] source, pixel[:, :, ::1] out, tuple sizes, tuple inside,
           const pixel[::1] outside, int way, Py_ssize_t task_rows, int isa, int threads):
    """Fill ``out``, ``task_rows`` rows of a slice at a time; ``way`` is of c/median.h."""
    cdef:
        mip_median_fn run = mip_median_table(isa).run[way][pixel_index(&source[0, 0, 0])]
        mip_median_plan plan
        Py_ssize_t n, tiles = (source.shape[1] + task_rows - 1) // task_rows
        Py_ssize_t count = source.shape[0] * tiles
        size_t scratch_bytes
        char* scratch
    plan.depth, plan.rows, plan.columns = source.shape[0], source.shape[1], source.shape[2]
    plan.z, plan.y, plan.x = (axis(sizes[0], inside[0]), axis(sizes[1], inside[1]),
                              axis(sizes[2], inside[2]))
    plan.task_rows, plan.outside = task_rows, &outside[0]
    scratch_bytes = mip_median_scratch(&plan, way)
    threads = workers(threads, count)
    scratch = <char*> malloc(scratch_bytes * threads)
    if scratch == NULL:
        raise MemoryError(f"no {scratch_bytes * threads} bytes for the windows of a median")
    for n in prange(count, nogil=True, schedule="dynamic", chunksize=1, num_threads=threads):
        run_rows(run, &source[0, 0, 0], &out[0, 0, 0], &plan, n // tiles, n % tiles * task_rows,
                 scratch + scratch_bytes * threadid())
    free(scratch)
