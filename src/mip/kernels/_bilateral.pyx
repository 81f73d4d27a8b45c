"""Binding of c/bilateral.h: no validation here (see bilateral.py)."""

from cython.parallel cimport prange, threadid
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdint cimport int32_t
from libc.stdlib cimport free, malloc

from ._neighbourhood cimport axis_around, mip_box, mip_neighbourhood
from ._types cimport pixel, pixel_index, workers

cdef extern from "bilateral.h" nogil:
    ctypedef struct mip_bilateral_tap:
        int32_t z
        int32_t y
        int32_t x
        float exponent
    ctypedef struct mip_bilateral_plan:
        mip_neighbourhood around
        const mip_bilateral_tap* taps
        ptrdiff_t tap_count
        float gain
    size_t mip_bilateral_scratch(const mip_bilateral_plan*, const mip_box*)
    ctypedef void (*mip_bilateral_fn)(const void*, float*, const mip_bilateral_plan*,
                                      const mip_box*, float*) noexcept nogil
    ctypedef struct mip_bilateral:
        mip_bilateral_fn[4] run
    const mip_bilateral* mip_bilateral_table(int isa)


def bilateral(const pixel[:, :, ::1] source, float[:, :, ::1] out, tuple inside, float outside,
              const int32_t[:, ::1] shifts, const float[::1] exponents, float gain,
              const Py_ssize_t[:, ::1] boxes, int isa, int threads):
    """Fill ``out`` box by box, of which the first is the largest."""
    cdef:
        mip_bilateral_fn run = mip_bilateral_table(isa).run[pixel_index(&source[0, 0, 0])]
        mip_bilateral_plan plan
        mip_bilateral_tap* taps
        Py_ssize_t n, count = boxes.shape[0], tap_count = shifts.shape[0]
        size_t floats
        float* scratch
    plan.around.z = axis_around(source.shape[0], inside[0])
    plan.around.y = axis_around(source.shape[1], inside[1])
    plan.around.x = axis_around(source.shape[2], inside[2])
    plan.around.outside, plan.gain = outside, gain
    floats = mip_bilateral_scratch(&plan, <const mip_box*> &boxes[0, 0])
    threads = workers(threads, count)
    taps = <mip_bilateral_tap*> malloc((tap_count + 1) * sizeof(mip_bilateral_tap))
    scratch = <float*> malloc(floats * sizeof(float) * threads)
    if taps == NULL or scratch == NULL:
        free(taps)
        free(scratch)
        raise MemoryError(f"no {floats * threads} floats for the surroundings of a filter")
    with nogil:
        for n in range(tap_count):
            taps[n] = mip_bilateral_tap(shifts[n, 0], shifts[n, 1], shifts[n, 2], exponents[n])
    plan.taps, plan.tap_count = taps, tap_count
    for n in prange(count, nogil=True, schedule="dynamic", chunksize=1, num_threads=threads):
        run(&source[0, 0, 0], &out[0, 0, 0], &plan, <const mip_box*> &boxes[n, 0],
            scratch + floats * threadid())
    free(taps)
    free(scratch)
