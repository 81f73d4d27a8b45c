/* Affine transforms: each pixel of the result takes the value at a position of the source.
 *
 * Positions are counted in double precision, in the order of scipy, so that both agree on which lie
 * outside: those before the first and after the last sample of an axis.
 */
#ifndef MIP_AFFINE_H
#define MIP_AFFINE_H
#include "isa.h"

typedef struct {
    ptrdiff_t size[3];     /* of the source: z, y, x */
    ptrdiff_t out_size[3]; /* of the result */
    double matrix[3][3];   /* position = matrix * index + offset */
    double offset[3];
    float outside;
} mip_affine_plan;

/* Fill row y of slice z. */
typedef void (*mip_affine_fn)(const void *source, void *out, const mip_affine_plan *plan,
                              ptrdiff_t z, ptrdiff_t y);

/* By order: 0 takes the nearest sample, of two the later; 1 is linear, integers rounded half away
 * from zero. */
enum { MIP_AFFINE_ORDERS = 2 };

typedef struct {
    mip_affine_fn run[MIP_AFFINE_ORDERS][MIP_PIXELS];
} mip_affine;

const mip_affine *mip_affine_table(int isa);

#endif
