"""What this CPU and this build offer."""

cdef extern from "isa.h" nogil:
    int mip_isa_best()

cdef extern from *:
    """
    #ifdef _OPENMP
    #include <omp.h>
    #define MIP_OPENMP 1
    #else
    #define MIP_OPENMP 0
    #define omp_get_max_threads() 1
    #endif
    """
    int MIP_OPENMP
    int omp_get_max_threads() noexcept nogil


def best_isa():
    """Return the best instruction set of this CPU, as an index into ``_dispatch.ISAS``."""
    return mip_isa_best()


def has_openmp():
    """Return whether the kernels were built with OpenMP."""
    return bool(MIP_OPENMP)


def max_threads():
    """Return what OpenMP would use: ``OMP_NUM_THREADS``, or the CPUs this process may run on."""
    return omp_get_max_threads()
