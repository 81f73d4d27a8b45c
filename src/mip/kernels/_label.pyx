"""Bindings of c/label.h: no validation and no allocation here (see _runs.py).

``mask`` is (rows, columns), where the rows of all slices follow one another; ``edges`` is (rows,
room for the edges of a row).
"""

from cython.parallel cimport prange
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t

from ._types cimport integer, pixel, pixel_index

cdef extern from "label.h" nogil:
    ctypedef struct mip_runs:
        const uint32_t* edges
        const uint32_t* counts
        const uint32_t* first
        uint32_t* parents
        const uint16_t* values
        ptrdiff_t stride
        ptrdiff_t columns
        ptrdiff_t height
    ctypedef struct mip_neighbour:
        pass
    ctypedef uint32_t (*mip_within_fn)(const void*, ptrdiff_t, double, double, uint32_t*,
                                       uint32_t) noexcept nogil
    ctypedef uint32_t (*mip_by_value_fn)(const void*, ptrdiff_t, uint32_t*,
                                         uint32_t) noexcept nogil
    ctypedef struct mip_label:
        uint32_t (*scan)(const uint8_t*, ptrdiff_t, uint64_t, uint32_t*, uint32_t) noexcept nogil
        mip_within_fn[4] within
        mip_by_value_fn[4] by_value
    const mip_label* mip_label_table(int isa)
    void mip_label_unite(const mip_runs*, const mip_neighbour*, int, ptrdiff_t, ptrdiff_t,
                         ptrdiff_t, ptrdiff_t)
    uint32_t mip_label_number(uint32_t*, uint32_t)
    void mip_label_areas(const mip_runs*, ptrdiff_t, uint64_t*)
    void mip_label_outer(const mip_runs*, ptrdiff_t, const uint8_t*, uint8_t*)
    void mip_label_paint(const uint32_t*, uint32_t, const uint32_t*, uint32_t*, ptrdiff_t)
    void mip_label_select(const uint32_t*, uint32_t, const uint32_t*, const uint8_t*, int, uint8_t*,
                          ptrdiff_t)


def scan(const uint8_t[:, ::1] mask, bint is_background, uint32_t[:, ::1] edges,
         uint32_t[::1] counts, int isa, int threads):
    """Write the edges of every row that there is room for, and how many they are."""
    cdef:
        const mip_label* table = mip_label_table(isa)
        uint64_t flip = ~(<uint64_t> 0) if is_background else 0
        Py_ssize_t row
    for row in prange(mask.shape[0], nogil=True, schedule="static", num_threads=threads):
        counts[row] = table.scan(&mask[row, 0], mask.shape[1], flip, &edges[row, 0],
                                 <uint32_t> edges.shape[1])


def within(const pixel[:, ::1] image, double least, double most, uint32_t[:, ::1] edges,
           uint32_t[::1] counts, int isa, int threads):
    """Do the same for the pixels between two bounds."""
    cdef:
        mip_within_fn run = mip_label_table(isa).within[pixel_index(&image[0, 0])]
        Py_ssize_t row
    for row in prange(image.shape[0], nogil=True, schedule="static", num_threads=threads):
        counts[row] = run(&image[row, 0], image.shape[1], least, most, &edges[row, 0],
                          <uint32_t> edges.shape[1])


def by_value(const integer[:, ::1] image, uint32_t[:, ::1] edges, uint32_t[::1] counts, int isa,
             int threads):
    """Do the same for runs of one value."""
    cdef:
        mip_by_value_fn run = mip_label_table(isa).by_value[pixel_index(&image[0, 0])]
        Py_ssize_t row
    for row in prange(image.shape[0], nogil=True, schedule="static", num_threads=threads):
        counts[row] = run(&image[row, 0], image.shape[1], &edges[row, 0],
                          <uint32_t> edges.shape[1])


def unite(const uint32_t[:, ::1] edges, const uint32_t[::1] counts,
          const uint32_t[::1] first, uint32_t[::1] parents, const uint16_t[::1] values,
          const int32_t[:, ::1] neighbours,
          Py_ssize_t columns, Py_ssize_t height, int threads):
    """Turn parents, at first each run its own, into numbers; return the last number.

    With ``values`` of the runs, only those of equal ones are united.
    """
    cdef:
        Py_ssize_t rows = edges.shape[0], reach = height + 1
        Py_ssize_t n, begin, end, chunk = (rows + threads - 1) // threads
        int count = <int> neighbours.shape[0]
        const mip_neighbour* around = <const mip_neighbour*> &neighbours[0, 0]
        mip_runs runs = mip_runs(&edges[0, 0], &counts[0], &first[0], &parents[0],
                                 NULL, edges.shape[1], columns, height)
        uint32_t last
    if values is not None:
        runs.values = &values[0]
    for n in prange(threads, nogil=True, schedule="static", chunksize=1, num_threads=threads):
        begin = min(n * chunk, rows)
        end = min(begin + chunk, rows)
        mip_label_unite(&runs, around, count, begin, end, begin, end)
    with nogil:
        for n in range(1, threads):  # seams: only a chunk's first rows reach across
            begin = min(n * chunk, rows)
            end = min(min(begin + chunk, begin + reach), rows)
            mip_label_unite(&runs, around, count, begin, end, 0, begin)
        last = mip_label_number(&parents[0], first[rows])
    return last


def paint(const uint32_t[:, ::1] edges, const uint32_t[::1] counts, const uint32_t[::1] first,
          const uint32_t[::1] numbers, uint32_t[:, ::1] out, int threads):
    """Paint the number of every run into ``out``, which a mask's edges may be, and 0 elsewhere."""
    cdef Py_ssize_t row
    for row in prange(edges.shape[0], nogil=True, schedule="static", num_threads=threads):
        mip_label_paint(&edges[row, 0], counts[row], &numbers[0] + first[row], &out[row, 0],
                        out.shape[1])


def areas(const uint32_t[:, ::1] edges, const uint32_t[::1] counts, const uint32_t[::1] first,
          uint32_t[::1] numbers, Py_ssize_t columns, uint64_t[::1] out):
    """Add the pixels of each number to its place in ``out``."""
    cdef mip_runs runs = mip_runs(&edges[0, 0], &counts[0], &first[0], &numbers[0], NULL,
                                  edges.shape[1], columns, edges.shape[0])
    with nogil:
        mip_label_areas(&runs, edges.shape[0], &out[0])


def outer(const uint32_t[:, ::1] edges, const uint32_t[::1] counts, const uint32_t[::1] first,
          uint32_t[::1] numbers, Py_ssize_t columns, const uint8_t[::1] is_outer, uint8_t[::1] out):
    """Set to 1 the place of each number that has a pixel on the border."""
    cdef mip_runs runs = mip_runs(&edges[0, 0], &counts[0], &first[0], &numbers[0], NULL,
                                  edges.shape[1], columns, edges.shape[0])
    with nogil:
        mip_label_outer(&runs, edges.shape[0], &is_outer[0], &out[0])


def select(const uint32_t[:, ::1] edges, const uint32_t[::1] counts, const uint32_t[::1] first,
           const uint32_t[::1] numbers, const uint8_t[::1] marks, bint inside,
           uint8_t[:, ::1] out, int threads):
    """Fill ``out`` with ``inside`` where the number is marked, and its opposite elsewhere."""
    cdef Py_ssize_t row
    for row in prange(edges.shape[0], nogil=True, schedule="static", num_threads=threads):
        mip_label_select(&edges[row, 0], counts[row], &numbers[0] + first[row], &marks[0], inside,
                         &out[row, 0], out.shape[1])
