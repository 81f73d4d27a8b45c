"""Pixel types, by the names and in the order of c/isa.h."""

from libc.stdint cimport int16_t, uint8_t, uint16_t, uint32_t

ctypedef fused pixel:
    uint8_t
    int16_t
    uint16_t
    float

ctypedef fused integer:
    uint8_t
    int16_t
    uint16_t

ctypedef fused word:  # an integer by its size alone
    uint8_t
    uint16_t
    uint32_t

cdef enum:
    BLOCK = 32768  # pixels: one block of source and result stays in the first two caches


cdef inline int pixel_index(const pixel* unused) noexcept nogil:
    if pixel is uint8_t:
        return 0
    elif pixel is int16_t:
        return 1
    elif pixel is uint16_t:
        return 2
    else:
        return 3


cdef inline int workers(int threads, Py_ssize_t tasks) noexcept nogil:
    """Return no more threads than there are tasks: each has scratch of its own."""
    return <int> max(1, min(<Py_ssize_t> threads, tasks))


cdef inline int block_workers(int threads, Py_ssize_t size) noexcept nogil:
    return workers(threads, (size + BLOCK - 1) // BLOCK)


cdef inline Py_ssize_t block(Py_ssize_t begin, Py_ssize_t size) noexcept nogil:
    return min(<Py_ssize_t> BLOCK, size - begin)
