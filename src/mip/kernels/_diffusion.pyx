"""Binding of c/diffusion.h: no validation here (see diffusion.py)."""

from cython.parallel cimport prange, threadid
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdlib cimport free, malloc

from ._types cimport workers

cdef extern from "diffusion.h" nogil:
    ctypedef struct mip_diffusion_axis:
        float weight
        float gain
    ctypedef struct mip_diffusion_plan:
        ptrdiff_t depth
        ptrdiff_t rows
        ptrdiff_t columns
        mip_diffusion_axis z
        mip_diffusion_axis y
        mip_diffusion_axis x
        ptrdiff_t tile_rows
    ctypedef struct mip_diffusion_task:
        pass
    size_t mip_diffusion_scratch(const mip_diffusion_plan*)
    ctypedef void (*mip_diffusion_fn)(const float*, float*, const mip_diffusion_plan*,
                                      const mip_diffusion_task*, float*) noexcept nogil
    ctypedef struct mip_diffusion:
        mip_diffusion_fn exponential
        mip_diffusion_fn quadratic
    const mip_diffusion* mip_diffusion_table(int isa)


def diffuse(float[:, :, ::1] first, float[:, :, ::1] second, const float[:, ::1] axes,
            bint is_quadratic, Py_ssize_t steps, const Py_ssize_t[:, ::1] tasks,
            Py_ssize_t tile_rows, int isa, int threads):
    """Step from ``first`` to ``second`` and back, ``steps`` times; ``axes`` has weight and gain."""
    cdef:
        const mip_diffusion* table = mip_diffusion_table(isa)
        mip_diffusion_fn run = table.quadratic if is_quadratic else table.exponential
        mip_diffusion_plan plan
        Py_ssize_t _step, n, count = tasks.shape[0]
        size_t floats
        float* scratch
        float* source = &first[0, 0, 0]
        float* out = &second[0, 0, 0]
    plan.depth, plan.rows, plan.columns = first.shape[0], first.shape[1], first.shape[2]
    plan.z = mip_diffusion_axis(axes[0, 0], axes[0, 1])
    plan.y = mip_diffusion_axis(axes[1, 0], axes[1, 1])
    plan.x = mip_diffusion_axis(axes[2, 0], axes[2, 1])
    plan.tile_rows = tile_rows
    floats = mip_diffusion_scratch(&plan)
    threads = workers(threads, count)
    scratch = <float*> malloc(floats * sizeof(float) * threads)
    if scratch == NULL:
        raise MemoryError(f"no {floats * threads} floats for the flux of a diffusion")
    for _step in range(steps):
        for n in prange(count, nogil=True, schedule="dynamic", chunksize=1, num_threads=threads):
            run(source, out, &plan, <const mip_diffusion_task*> &tasks[n, 0],
                scratch + floats * threadid())
        source, out = out, source
    free(scratch)
