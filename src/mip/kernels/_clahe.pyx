"""Binding of c/clahe.h: no validation here (see clahe.py)."""

from cython.parallel cimport prange, threadid
from libc.stddef cimport ptrdiff_t, size_t
from libc.stdint cimport int32_t, uint16_t, uint64_t
from libc.stdlib cimport free, malloc

from ._types cimport integer, pixel_index

cdef extern from "clahe.h" nogil:
    ctypedef struct mip_clahe_gap:
        pass
    ctypedef struct mip_clahe_plan:
        ptrdiff_t columns
        ptrdiff_t tile_rows
        ptrdiff_t tile_columns
        ptrdiff_t tiles_across
        const ptrdiff_t* inside_y
        const ptrdiff_t* inside_x
        const float* shares_y
        const float* shares_x
        int32_t bins
        int32_t least
        int32_t first
        int32_t span
        int32_t limit
        uint16_t* tables
    ctypedef void (*mip_clahe_extremes_fn)(const void*, ptrdiff_t, int32_t*,
                                           int32_t*) noexcept nogil
    ctypedef void (*mip_clahe_tile_fn)(const void*, const mip_clahe_plan*, ptrdiff_t,
                                       void*) noexcept nogil
    ctypedef void (*mip_clahe_cell_fn)(const void*, void*, const mip_clahe_plan*,
                                       const mip_clahe_gap*, const mip_clahe_gap*,
                                       void*) noexcept nogil
    ctypedef struct mip_clahe:
        mip_clahe_extremes_fn[4] extremes
        mip_clahe_tile_fn[4] tile
        mip_clahe_cell_fn[4] cell
    const mip_clahe* mip_clahe_table(int isa)


def extremes(const integer[::1] source, int32_t[:, ::1] found, int isa):
    """Find the least and the greatest of each share of ``source``: a row of ``found``.

    A share is a thread's, and must have a pixel.
    """
    cdef:
        mip_clahe_extremes_fn run = mip_clahe_table(isa).extremes[pixel_index(&source[0])]
        Py_ssize_t size = source.shape[0], begin
        int t, threads = <int> found.shape[0]
    for t in prange(threads, nogil=True, schedule="static", num_threads=threads):
        begin = size * t // threads
        run(&source[begin], size * (t + 1) // threads - begin, &found[t, 0], &found[t, 1])


def equalize(const integer[:, ::1] source, integer[:, ::1] out, tuple inside, tuple tiles,
             int limit, tuple values, tuple gaps, tuple shares, uint16_t[:, ::1] tables,
             int isa, int threads):
    """Fill ``tables``, a row per tile, and ``out``.

    ``tiles`` is (rows of a tile, columns of a tile, tiles across); ``values`` is (bins, least
    value of the dtype, least of the image). ``inside``, ``gaps`` and ``shares`` are for y and x;
    a gap is begin, end, tile before and tile after.
    """
    cdef:
        const Py_ssize_t[::1] inside_y = inside[0], inside_x = inside[1]
        const Py_ssize_t[:, ::1] gaps_y = gaps[0], gaps_x = gaps[1]
        const float[::1] shares_y = shares[0], shares_x = shares[1]
        int index = pixel_index(&source[0, 0])
        mip_clahe_tile_fn fill = mip_clahe_table(isa).tile[index]
        mip_clahe_cell_fn run = mip_clahe_table(isa).cell[index]
        mip_clahe_plan plan
        Py_ssize_t n, across = gaps_x.shape[0]
        size_t needed = <size_t> tables.shape[1]
        uint64_t* scratch = <uint64_t*> malloc(needed * sizeof(uint64_t) * threads)
    if scratch == NULL:
        raise MemoryError(f"no {needed * sizeof(uint64_t) * threads} bytes for levels")
    plan.columns = source.shape[1]
    plan.tile_rows, plan.tile_columns, plan.tiles_across = tiles
    plan.inside_y, plan.inside_x = <const ptrdiff_t*> &inside_y[0], <const ptrdiff_t*> &inside_x[0]
    plan.shares_y, plan.shares_x = &shares_y[0], &shares_x[0]
    plan.bins, plan.least, plan.first = values
    plan.span, plan.limit, plan.tables = <int32_t> tables.shape[1], limit, &tables[0, 0]
    for n in prange(tables.shape[0], nogil=True, schedule="static", num_threads=threads):
        fill(&source[0, 0], &plan, n, scratch + needed * threadid())
    for n in prange(gaps_y.shape[0] * across, nogil=True, schedule="dynamic", chunksize=1,
                    num_threads=threads):
        run(&source[0, 0], &out[0, 0], &plan, <const mip_clahe_gap*> &gaps_y[n // across, 0],
            <const mip_clahe_gap*> &gaps_x[n % across, 0], scratch + needed * threadid())
    free(scratch)
