"""Bindings of c/project.h: no validation here (see projection.py)."""

from cython.parallel cimport prange, threadid
from libc.stddef cimport ptrdiff_t
from libc.stdlib cimport free, malloc

from ._types cimport pixel, pixel_index, workers

cdef extern from "project.h" nogil:
    enum: MIP_PROJECT_WIDTH
    enum: MIP_PROJECT_SCRATCH
    ctypedef void (*mip_project_stack_fn)(const void*, void*, ptrdiff_t, ptrdiff_t, ptrdiff_t,
                                          void*) noexcept nogil
    ctypedef void (*mip_project_rows_fn)(const void*, void*, ptrdiff_t, ptrdiff_t) noexcept nogil
    ctypedef struct mip_project:
        mip_project_stack_fn[4][3] stack
        mip_project_rows_fn[4][3] rows
    const mip_project* mip_project_table(int isa)

cdef enum:
    ROWS = 64  # of a task: enough to outweigh handing it out


def project_rows(const pixel[:, ::1] source, unsigned char[::1] out, int how, int isa,
                 int threads):
    """Fill ``out``, the bytes of one result for each row of ``source``."""
    cdef:
        mip_project_rows_fn run = mip_project_table(isa).rows[how][pixel_index(&source[0, 0])]
        Py_ssize_t count = source.shape[0], n = source.shape[1], begin
        Py_ssize_t size = out.shape[0] // count
    threads = workers(threads, (count + ROWS - 1) // ROWS)
    for begin in prange(0, count, ROWS, nogil=True, schedule="static", num_threads=threads):
        run(&source[begin, 0], &out[begin * size], n, min(<Py_ssize_t> ROWS, count - begin))


def project_stacks(const pixel[:, :, ::1] source, unsigned char[::1] out, int how, int isa,
                   int threads):
    """Fill ``out``, the bytes of (outer, inner) results, from (outer, n, inner) pixels."""
    cdef:
        mip_project_stack_fn run = (
            mip_project_table(isa).stack[how][pixel_index(&source[0, 0, 0])])
        Py_ssize_t n = source.shape[1], inner = source.shape[2]
        Py_ssize_t size = out.shape[0] // (source.shape[0] * inner)
        Py_ssize_t blocks = (inner + MIP_PROJECT_WIDTH - 1) // MIP_PROJECT_WIDTH
        Py_ssize_t task, outer, begin, count = source.shape[0] * blocks
        char* scratch
    threads = workers(threads, count)
    scratch = <char*> malloc(<size_t> MIP_PROJECT_SCRATCH * threads)
    if scratch == NULL:
        raise MemoryError(f"no {MIP_PROJECT_SCRATCH * threads} bytes for sums")
    for task in prange(count, nogil=True, schedule="static", num_threads=threads):
        outer = task // blocks
        begin = task % blocks * MIP_PROJECT_WIDTH
        run(&source[outer, 0, begin], &out[(outer * inner + begin) * size], n, inner,
            min(<Py_ssize_t> MIP_PROJECT_WIDTH, inner - begin),
            scratch + <size_t> MIP_PROJECT_SCRATCH * threadid())
    free(scratch)
