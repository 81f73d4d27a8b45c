"""Bindings of c/label.h: no validation and no allocation here (see _runs.py).

``words`` and ``first`` are the runs of all rows: see _scan.pyx.
"""

from cython.parallel cimport prange
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t

cdef extern from "label.h" nogil:
    ctypedef struct mip_word:
        pass
    ctypedef struct mip_runs:
        const mip_word* words
        const uint32_t* first
        uint32_t* parents
        ptrdiff_t rows
        ptrdiff_t height
        ptrdiff_t columns
        const void* image
        ptrdiff_t size
    ctypedef struct mip_neighbour:
        pass
    ctypedef struct mip_label:
        void (*unite)(const mip_runs*, const mip_neighbour*, int, int, int, int) noexcept nogil
        void (*paint)(const mip_word*, ptrdiff_t, const uint32_t*, int, uint32_t*) noexcept nogil
        void (*select)(const mip_word*, ptrdiff_t, const uint32_t*, const uint8_t*, int,
                       uint8_t*) noexcept nogil
    const mip_label* mip_label_table(int isa)
    uint32_t mip_label_number(uint32_t*, uint32_t)
    void mip_label_areas(const mip_runs*, uint64_t*)
    void mip_label_outer(const mip_runs*, const uint8_t*, uint8_t*)


cdef inline mip_runs runs_of(const uint64_t[:, :, ::1] words, const uint32_t[::1] first,
                             uint32_t[::1] numbers, Py_ssize_t columns) noexcept nogil:
    return mip_runs(<const mip_word*> &words[0, 0, 0], &first[0], &numbers[0], words.shape[0],
                    words.shape[0], columns, NULL, 0)


def unite(const uint64_t[:, :, ::1] words, const uint32_t[::1] first, uint32_t[::1] parents,
          const uint8_t[::1] image, Py_ssize_t columns, Py_ssize_t height,
          const int32_t[:, ::1] neighbours, int isa, int threads):
    """Turn parents, at first each run its own, into numbers; return the last number.

    With the bytes of an ``image``, only runs of one value are united.
    """
    cdef:
        const mip_label* table = mip_label_table(isa)
        const mip_neighbour* around = <const mip_neighbour*> &neighbours[0, 0]
        int count = <int> neighbours.shape[0], part
        mip_runs runs = runs_of(words, first, parents, columns)
        uint32_t last
    runs.height = height
    if image is not None:
        runs.image = &image[0]
        runs.size = image.shape[0] // (words.shape[0] * columns)
    for part in prange(threads, nogil=True, schedule="static", chunksize=1, num_threads=threads):
        table.unite(&runs, around, count, part, threads, False)
    with nogil:
        for part in range(1, threads):
            table.unite(&runs, around, count, part, threads, True)
        last = mip_label_number(&parents[0], first[words.shape[0]])
    return last


def paint(const uint64_t[:, :, ::1] words, const uint32_t[::1] first, const uint32_t[::1] numbers,
          bint is_clear, uint32_t[:, ::1] out, int isa, int threads):
    """Paint the number of every run into ``out``, and 0 elsewhere, which may be there already."""
    cdef:
        const mip_label* table = mip_label_table(isa)
        Py_ssize_t row
    for row in prange(out.shape[0], nogil=True, schedule="static", num_threads=threads):
        table.paint(<const mip_word*> &words[row, 0, 0], out.shape[1], &numbers[0] + first[row],
                    is_clear, &out[row, 0])


def select(const uint64_t[:, :, ::1] words, const uint32_t[::1] first, const uint32_t[::1] numbers,
           const uint8_t[::1] marks, bint inside, uint8_t[:, ::1] out, int isa, int threads):
    """Fill ``out`` with ``inside`` where the number is marked, and its opposite elsewhere."""
    cdef:
        const mip_label* table = mip_label_table(isa)
        Py_ssize_t row
    for row in prange(out.shape[0], nogil=True, schedule="static", num_threads=threads):
        table.select(<const mip_word*> &words[row, 0, 0], out.shape[1], &numbers[0] + first[row],
                     &marks[0], inside, &out[row, 0])


def areas(const uint64_t[:, :, ::1] words, const uint32_t[::1] first, uint32_t[::1] numbers,
          Py_ssize_t columns, uint64_t[::1] out):
    """Add the pixels of each number to its place in ``out``."""
    cdef mip_runs runs = runs_of(words, first, numbers, columns)
    with nogil:
        mip_label_areas(&runs, &out[0])


def outer(const uint64_t[:, :, ::1] words, const uint32_t[::1] first, uint32_t[::1] numbers,
          Py_ssize_t columns, const uint8_t[::1] is_outer, uint8_t[::1] out):
    """Set to 1 the place of each number that has a pixel on the border."""
    cdef mip_runs runs = runs_of(words, first, numbers, columns)
    with nogil:
        mip_label_outer(&runs, &is_outer[0], &out[0])
