"""Pixel types, by the names and in the order of c/isa.h."""

from libc.stdint cimport int16_t, uint8_t, uint16_t

ctypedef fused pixel:
    uint8_t
    int16_t
    uint16_t
    float


cdef inline int pixel_index(const pixel* unused) noexcept nogil:
    if pixel is uint8_t:
        return 0
    elif pixel is int16_t:
        return 1
    elif pixel is uint16_t:
        return 2
    else:
        return 3
