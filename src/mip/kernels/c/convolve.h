/* What separable filters share: rows of scratch, and how they lie in memory. */
#ifndef MIP_CONVOLVE_H
#define MIP_CONVOLVE_H
#include "isa.h"

enum {
    MIP_ALIGN = 16, /* floats in a cache line */
    MIP_STEP = 64,  /* floats: rows of scratch are whole steps of the widest instruction set */
    MIP_VECTORS = 4 /* accumulators: enough to hide the latency of an addition */
};

static inline ptrdiff_t mip_whole(ptrdiff_t n, ptrdiff_t unit)
{
    return (n + unit - 1) / unit * unit;
}
static inline ptrdiff_t mip_larger(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

#endif
