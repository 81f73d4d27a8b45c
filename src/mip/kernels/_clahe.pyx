"""Binding of c/clahe.h: no validation here (see clahe.py)."""

from cython.parallel cimport prange, threadid
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int32_t, uint32_t

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
        const mip_clahe_gap* gaps
        const float* shares
        ptrdiff_t gap_count
        int32_t bins
        int32_t least
        int32_t first
        int32_t span
        int32_t limit
        float* tables
    ctypedef void (*mip_clahe_tile_fn)(const void*, const mip_clahe_plan*, ptrdiff_t,
                                       uint32_t*) noexcept nogil
    ctypedef void (*mip_clahe_row_fn)(const void*, void*, const mip_clahe_plan*, ptrdiff_t,
                                      ptrdiff_t, float) noexcept nogil
    ctypedef struct mip_clahe:
        mip_clahe_tile_fn[4] tile
        mip_clahe_row_fn[4] row
    const mip_clahe* mip_clahe_table(int isa)


def equalize(const integer[:, ::1] source, integer[:, ::1] out, tuple inside, tuple tiles,
             int limit, tuple values, const Py_ssize_t[:, ::1] between, const float[::1] shares_y,
             const Py_ssize_t[:, ::1] gaps_x, const float[::1] shares_x, float[:, ::1] tables,
             uint32_t[:, ::1] counts, int isa, int threads):
    """Fill ``tables``, a row per tile, and ``out``.

    ``tiles`` is (rows of a tile, columns of a tile, tiles across); ``values`` is (bins, least
    value of the dtype, least of the image). ``between`` has the tiles before and after each row;
    ``gaps_x`` has begin, end, tile before and tile after. ``counts`` has a row per thread.
    """
    cdef:
        const Py_ssize_t[::1] inside_y = inside[0], inside_x = inside[1]
        int index = pixel_index(&source[0, 0])
        mip_clahe_tile_fn fill = mip_clahe_table(isa).tile[index]
        mip_clahe_row_fn run = mip_clahe_table(isa).row[index]
        mip_clahe_plan plan
        Py_ssize_t tile, y
    plan.columns = source.shape[1]
    plan.tile_rows, plan.tile_columns, plan.tiles_across = tiles
    plan.inside_y, plan.inside_x = <const ptrdiff_t*> &inside_y[0], <const ptrdiff_t*> &inside_x[0]
    plan.gaps, plan.gap_count = <const mip_clahe_gap*> &gaps_x[0, 0], gaps_x.shape[0]
    plan.shares = &shares_x[0]
    plan.bins, plan.least, plan.first = values
    plan.span, plan.limit, plan.tables = <int32_t> tables.shape[1], limit, &tables[0, 0]
    for tile in prange(tables.shape[0], nogil=True, schedule="static", num_threads=threads):
        fill(&source[0, 0], &plan, tile, &counts[threadid(), 0])
    for y in prange(source.shape[0], nogil=True, schedule="static", num_threads=threads):
        run(&source[y, 0], &out[y, 0], &plan, between[y, 0], between[y, 1], shares_y[y])
