/* Bilateral filter of one box of a volume. */
#ifndef MIP_BILATERAL_H
#define MIP_BILATERAL_H
#include "neighbourhood.h"

/* A neighbour: its distance along each axis, and the weight in space as an exponent of 2. */
typedef struct {
    int32_t z, y, x;
    float exponent;
} mip_bilateral_tap;

typedef struct {
    mip_neighbourhood around;
    const mip_bilateral_tap *taps;
    ptrdiff_t tap_count;
    float gain; /* of a squared difference, for an exponent of 2: -1 / (2 * ln 2 * sigma_range²) */
} mip_bilateral_plan;

/* Floats of scratch that a box needs. */
size_t mip_bilateral_scratch(const mip_bilateral_plan *plan, const mip_box *box);

typedef void (*mip_bilateral_fn)(const void *source, float *out, const mip_bilateral_plan *plan,
                                 const mip_box *box, float *scratch);

typedef struct {
    mip_bilateral_fn run[MIP_PIXELS];
} mip_bilateral;

const mip_bilateral *mip_bilateral_table(int isa);

#endif
