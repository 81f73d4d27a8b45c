"""Binding of c/nl_means.h: no validation here (see nl_means.py)."""

from cython.parallel cimport prange, threadid
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdlib cimport free, malloc

from ._neighbourhood cimport axis_around, mip_box, mip_neighbourhood
from ._types cimport pixel, pixel_index, workers

cdef extern from "nl_means.h" nogil:
    ctypedef struct mip_nl_means_reach:
        ptrdiff_t z
        ptrdiff_t y
        ptrdiff_t x
    ctypedef struct mip_nl_means_plan:
        mip_neighbourhood around
        mip_nl_means_reach patch
        mip_nl_means_reach search
        float gain
    size_t mip_nl_means_scratch(const mip_nl_means_plan*, const mip_box*)
    ctypedef void (*mip_nl_means_fn)(const void*, float*, const mip_nl_means_plan*,
                                     const mip_box*, float*) noexcept nogil
    ctypedef struct mip_nl_means:
        mip_nl_means_fn[4] run
    const mip_nl_means* mip_nl_means_table(int isa)


def nl_means(const pixel[:, :, ::1] source, float[:, :, ::1] out, tuple inside, float outside,
             tuple patch, tuple search, float gain, const Py_ssize_t[:, ::1] boxes, int isa,
             int threads):
    """Fill ``out`` box by box, of which the first is the largest; reaches are on either side."""
    cdef:
        mip_nl_means_fn run = mip_nl_means_table(isa).run[pixel_index(&source[0, 0, 0])]
        mip_nl_means_plan plan
        Py_ssize_t n, count = boxes.shape[0]
        size_t floats
        float* scratch
    plan.around.z = axis_around(source.shape[0], inside[0])
    plan.around.y = axis_around(source.shape[1], inside[1])
    plan.around.x = axis_around(source.shape[2], inside[2])
    plan.around.outside, plan.gain = outside, gain
    plan.patch.z, plan.patch.y, plan.patch.x = patch
    plan.search.z, plan.search.y, plan.search.x = search
    floats = mip_nl_means_scratch(&plan, <const mip_box*> &boxes[0, 0])
    threads = workers(threads, count)
    scratch = <float*> malloc(floats * sizeof(float) * threads)
    if scratch == NULL:
        raise MemoryError(f"no {floats * threads} floats for the surroundings of a filter")
    for n in prange(count, nogil=True, schedule="dynamic", chunksize=1, num_threads=threads):
        run(&source[0, 0, 0], &out[0, 0, 0], &plan, <const mip_box*> &boxes[n, 0],
            scratch + floats * threadid())
    free(scratch)
