"""The structures of c/neighbourhood.h."""

from libc.stddef cimport ptrdiff_t

cdef extern from "neighbourhood.h" nogil:
    ctypedef struct mip_neighbourhood_axis:
        ptrdiff_t size
        ptrdiff_t radius
        const ptrdiff_t* inside
    ctypedef struct mip_neighbourhood:
        mip_neighbourhood_axis z
        mip_neighbourhood_axis y
        mip_neighbourhood_axis x
        float outside
    ctypedef struct mip_box:
        pass


cdef inline mip_neighbourhood_axis axis_around(Py_ssize_t size, const Py_ssize_t[::1] inside):
    """Return an axis of ``size`` pixels, of which ``inside`` has the radius on either side."""
    cdef mip_neighbourhood_axis made
    made.size, made.radius = size, (inside.shape[0] - size) // 2
    made.inside = <const ptrdiff_t*> &inside[0]
    return made
