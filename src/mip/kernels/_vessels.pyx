"""Binding of c/vessels.h: no validation here (see vessels.py)."""

from cython.parallel cimport prange, threadid
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdlib cimport free, malloc

from ._types cimport pixel, pixel_index, workers

cdef extern from "vessels.h" nogil:
    ctypedef struct mip_vessels_axis:
        ptrdiff_t radius
        const float* weights
        const ptrdiff_t* inside
    ctypedef struct mip_vessels_plan:
        ptrdiff_t depth
        ptrdiff_t rows
        ptrdiff_t columns
        int is_volume
        mip_vessels_axis z
        mip_vessels_axis y
        mip_vessels_axis x
        ptrdiff_t tile_rows
        ptrdiff_t ring
        float origin
        float outside
        float plate
        float blob
        float structure
        int is_first
    ctypedef struct mip_vessels_task:
        ptrdiff_t z_begin
        ptrdiff_t z_end
        ptrdiff_t y_begin
        ptrdiff_t y_end
    size_t mip_vessels_scratch(const mip_vessels_plan*)
    ctypedef float (*mip_vessels_fn)(const void*, float*, const mip_vessels_plan*,
                                     const mip_vessels_task*, void*) noexcept nogil
    ctypedef struct mip_vessels:
        mip_vessels_fn[4] run
    const mip_vessels* mip_vessels_table(int isa)


cdef mip_vessels_axis axis(const float[:, ::1] weights, const Py_ssize_t[::1] inside):
    cdef mip_vessels_axis made
    made.radius = weights.shape[1] - 1
    made.weights = &weights[0, 0]
    made.inside = <const ptrdiff_t*> &inside[0]
    return made


def vesselness(const pixel[:, :, ::1] source, float[:, :, ::1] out, bint is_volume, tuple weights,
               tuple inside, float origin, float outside, Py_ssize_t ring,
               const Py_ssize_t[:, ::1] tasks, Py_ssize_t tile_rows, float plate, float blob,
               float structure, bint is_first, float[::1] norms, int isa, int threads):
    """Raise ``out`` by one scale; where it is None, fill ``norms`` with the greatest of each task.

    ``tasks`` has z_begin, z_end, y_begin, y_end of each.
    """
    cdef:
        mip_vessels_fn run = mip_vessels_table(isa).run[pixel_index(&source[0, 0, 0])]
        mip_vessels_plan plan
        Py_ssize_t n, count = tasks.shape[0]
        size_t scratch_bytes
        char* scratch
        float* target = NULL if out is None else &out[0, 0, 0]
    plan.depth, plan.rows, plan.columns = source.shape[0], source.shape[1], source.shape[2]
    plan.is_volume = is_volume
    plan.z, plan.y, plan.x = (axis(weights[0], inside[0]), axis(weights[1], inside[1]),
                              axis(weights[2], inside[2]))
    plan.tile_rows, plan.ring = tile_rows, ring
    plan.origin, plan.outside = origin, outside
    plan.plate, plan.blob, plan.structure, plan.is_first = plate, blob, structure, is_first
    scratch_bytes = mip_vessels_scratch(&plan)
    threads = workers(threads, count)
    scratch = <char*> malloc(scratch_bytes * threads)
    if scratch == NULL:
        raise MemoryError(f"no {scratch_bytes * threads} bytes for the rings of vesselness")
    for n in prange(count, nogil=True, schedule="dynamic", chunksize=1, num_threads=threads):
        norms[n] = run(&source[0, 0, 0], target, &plan, <const mip_vessels_task*> &tasks[n, 0],
                       scratch + scratch_bytes * threadid())
    free(scratch)
