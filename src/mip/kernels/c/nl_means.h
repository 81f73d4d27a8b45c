/* Non-local means of one box of a volume. */
#ifndef MIP_NL_MEANS_H
#define MIP_NL_MEANS_H
#include "neighbourhood.h"

typedef struct {
    ptrdiff_t z, y, x; /* samples on either side */
} mip_nl_means_reach;

/* The surroundings reach as far as patch and search together. */
typedef struct {
    mip_neighbourhood around;
    mip_nl_means_reach patch, search;
    float gain; /* of a sum of squared differences, for an exponent of 2:
                 * -1 / (ln 2 * h² * pixels of a patch) */
} mip_nl_means_plan;

/* Floats of scratch that a box needs. */
size_t mip_nl_means_scratch(const mip_nl_means_plan *plan, const mip_box *box);

typedef void (*mip_nl_means_fn)(const void *source, float *out, const mip_nl_means_plan *plan,
                                const mip_box *box, float *scratch);

typedef struct {
    mip_nl_means_fn run[MIP_PIXELS];
} mip_nl_means;

const mip_nl_means *mip_nl_means_table(int isa);

#endif
