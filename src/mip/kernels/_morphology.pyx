"""Binding of c/morphology.h: no validation here (see morphology.py)."""

from cython.parallel cimport prange, threadid
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdlib cimport free, malloc

from ._types cimport pixel, pixel_index

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
    scratch = <char*> malloc(scratch_bytes * threads)
    if scratch == NULL:
        raise MemoryError(f"no {scratch_bytes * threads} bytes for the rings of a morphology")
    for n in prange(count, nogil=True, schedule="dynamic", chunksize=1, num_threads=threads):
        run(&source[0, 0, 0], &out[0, 0, 0], &plan, <const mip_morphology_task*> &tasks[n, 0],
            scratch + scratch_bytes * threadid())
    free(scratch)
