/* Edges of a smooth plane, after Canny: thin ridges of the gradient's magnitude, joined from strong
 * ones along weak ones. Pixels on the border of the plane are none. */
#ifndef MIP_CANNY_H
#define MIP_CANNY_H
#include "isa.h"

enum { MIP_CANNY_ROWS = 64 }; /* rows of a task, but for the last */

/* What a pixel is; a candidate becomes an edge when it touches one. */
enum { MIP_CANNY_EDGE = 1, MIP_CANNY_WEAK = 2, MIP_CANNY_STRONG = 4 };

typedef struct {
    ptrdiff_t rows, columns;
    float low, high;
} mip_canny_plan;

ptrdiff_t mip_canny_tasks(const mip_canny_plan *plan);
size_t mip_canny_scratch(const mip_canny_plan *plan);

/* Mark candidates of one task, weak and strong, and 0 elsewhere. */
typedef void (*mip_canny_fn)(const float *smooth, uint8_t *marks, const mip_canny_plan *plan,
                             ptrdiff_t task, void *scratch);

typedef struct {
    mip_canny_fn thin;
} mip_canny;

const mip_canny *mip_canny_table(int isa);

/* Turn marks into edges and 0; false when there is no memory. */
int mip_canny_trace(uint8_t *marks, ptrdiff_t rows, ptrdiff_t columns);

#endif
