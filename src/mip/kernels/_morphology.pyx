"""Binding of c/morphology.h and c/box_planes.h: no validation here (see morphology.py)."""

from cython.parallel cimport prange, threadid
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdlib cimport free, malloc

from ._types cimport pixel, pixel_index, workers

cdef extern from "morphology.h" nogil:
    ctypedef struct mip_morphology_tap:
        ptrdiff_t z
    ctypedef struct mip_morphology_plan:
        ptrdiff_t depth
        ptrdiff_t rows
        ptrdiff_t columns
        ptrdiff_t size_z
        ptrdiff_t size_y
        ptrdiff_t size_x
        ptrdiff_t before_z
        ptrdiff_t before_y
        ptrdiff_t before_x
        const ptrdiff_t* length
        ptrdiff_t lengths
        const mip_morphology_tap* tap
        ptrdiff_t taps
        int is_box
        ptrdiff_t tile_rows
        const void* neutral
    ctypedef struct mip_morphology_task:
        ptrdiff_t z_begin
    size_t mip_morphology_scratch(const mip_morphology_plan*)
    ctypedef void (*mip_morphology_fn)(const void*, void*, const mip_morphology_plan*,
                                       const mip_morphology_task*, void*) noexcept nogil
    ctypedef struct mip_morphology:
        mip_morphology_fn[2][4] run
    const mip_morphology* mip_morphology_table(int isa)

cdef extern from "box_planes.h" nogil:
    ctypedef struct mip_box_step:
        ptrdiff_t operation
        ptrdiff_t up
        ptrdiff_t down
        ptrdiff_t left
        ptrdiff_t right
    ctypedef struct mip_box_plan:
        ptrdiff_t depth
        ptrdiff_t rows
        ptrdiff_t columns
        ptrdiff_t strips
        ptrdiff_t steps
        mip_box_step[2] step
    size_t mip_box_scratch(const mip_box_plan*, int)
    ctypedef void (*mip_box_fn)(const void*, void*, const mip_box_plan*, ptrdiff_t,
                                void*) noexcept nogil
    ctypedef struct mip_box_planes:
        mip_box_fn[4] run
    const mip_box_planes* mip_box_planes_table(int isa)


def morphology(const pixel[:, :, ::1] source, pixel[:, :, ::1] out, int operation, tuple size,
               tuple before, const Py_ssize_t[::1] lengths, const Py_ssize_t[:, ::1] taps,
               bint is_box, const pixel[::1] neutral, const Py_ssize_t[:, ::1] tasks,
               Py_ssize_t tile_rows, int isa, int threads):
    """Fill ``out`` task by task; ``tasks`` has z_begin, z_end, y_begin, y_end of each."""
    cdef:
        mip_morphology_fn run = (
            mip_morphology_table(isa).run[operation][pixel_index(&source[0, 0, 0])]
        )
        mip_morphology_plan plan
        Py_ssize_t n, count = tasks.shape[0]
        size_t scratch_bytes
        char* scratch
    plan.depth, plan.rows, plan.columns = source.shape[0], source.shape[1], source.shape[2]
    plan.size_z, plan.size_y, plan.size_x = size
    plan.before_z, plan.before_y, plan.before_x = before
    plan.length, plan.lengths = <const ptrdiff_t*> &lengths[0], lengths.shape[0]
    plan.tap, plan.taps = <const mip_morphology_tap*> &taps[0, 0], taps.shape[0]
    plan.is_box, plan.tile_rows, plan.neutral = is_box, tile_rows, &neutral[0]
    scratch_bytes = mip_morphology_scratch(&plan)
    threads = workers(threads, count)
    scratch = <char*> malloc(scratch_bytes * threads)
    if scratch == NULL:
        raise MemoryError(f"no {scratch_bytes * threads} bytes for the rings of a morphology")
    for n in prange(count, nogil=True, schedule="dynamic", chunksize=1, num_threads=threads):
        run(&source[0, 0, 0], &out[0, 0, 0], &plan, <const mip_morphology_task*> &tasks[n, 0],
            scratch + scratch_bytes * threadid())
    free(scratch)


def box_planes(const pixel[:, :, ::1] source, pixel[:, :, ::1] out, tuple steps,
               Py_ssize_t strips, int isa, int threads):
    """Fill ``out`` by one or two steps: operation, and what is up, down, left and right of each."""
    cdef:
        int kind = pixel_index(&source[0, 0, 0])
        mip_box_fn run = mip_box_planes_table(isa).run[kind]
        mip_box_plan plan
        mip_box_step* step
        Py_ssize_t n, count = source.shape[0] * strips
        size_t scratch_bytes
        char* scratch
    plan.depth, plan.rows, plan.columns = source.shape[0], source.shape[1], source.shape[2]
    plan.strips, plan.steps = strips, len(steps)
    for n in range(plan.steps):
        step = &plan.step[n]
        step.operation, step.up, step.down, step.left, step.right = steps[n]
    scratch_bytes = mip_box_scratch(&plan, kind)
    threads = workers(threads, count)
    scratch = <char*> malloc(scratch_bytes * threads)
    if scratch == NULL:
        raise MemoryError(f"no {scratch_bytes * threads} bytes for the rows of a morphology")
    for n in prange(count, nogil=True, schedule="dynamic", chunksize=1, num_threads=threads):
        run(&source[0, 0, 0], &out[0, 0, 0], &plan, n, scratch + scratch_bytes * threadid())
    free(scratch)
