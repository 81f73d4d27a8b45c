/* Magnitude of the gradient by central differences, one-sided at the ends of an axis; along an axis
 * of one pixel there is none. A plane is a volume of one slice. */
#ifndef MIP_GRADIENT_H
#define MIP_GRADIENT_H
#include "isa.h"

enum { MIP_GRADIENT_ROWS = 64 }; /* rows of a task, but for the last of a slice */

typedef struct {
    ptrdiff_t depth, rows, columns;
    float z_weight, y_weight, x_weight; /* 1 / spacing */
} mip_gradient_plan;

ptrdiff_t mip_gradient_tasks(const mip_gradient_plan *plan);

typedef void (*mip_gradient_fn)(const void *source, float *out, const mip_gradient_plan *plan,
                                ptrdiff_t task);

typedef struct {
    mip_gradient_fn run[MIP_PIXELS];
} mip_gradient;

const mip_gradient *mip_gradient_table(int isa);

#endif
