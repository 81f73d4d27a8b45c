/* Stencils of 3 x 3 [x 3] pixels: Sobel's derivatives, and the Laplacian.
 *
 * A task is a block of rows of one slice. It streams through its rows with a ring of three: each is
 * combined across the slices once, when it comes in. A plane is a volume of one slice and has
 * nothing across.
 *
 * Borders are index maps made by the caller: no mode is known here.
 */
#ifndef MIP_STENCIL_H
#define MIP_STENCIL_H
#include "isa.h"

enum {
    MIP_SOBEL_Z,
    MIP_SOBEL_Y,
    MIP_SOBEL_X,
    MIP_SOBEL_MAGNITUDE,
    MIP_LAPLACIAN,
    MIP_STENCILS
};

enum { MIP_STENCIL_ROWS = 64 }; /* rows of a task, but for the last of a slice */

typedef struct {
    ptrdiff_t depth, rows, columns;
    int is_volume;
    const ptrdiff_t *z, *y, *x; /* index for each position from -1 on, -1: outside the volume */
    float outside;
    float z_weight, y_weight, x_weight; /* of the second differences of the Laplacian */
} mip_stencil_plan;

/* Tasks of a plan, and bytes of scratch that one needs. */
ptrdiff_t mip_stencil_tasks(const mip_stencil_plan *plan);
size_t mip_stencil_scratch(const mip_stencil_plan *plan);

typedef void (*mip_stencil_fn)(const void *source, float *out, const mip_stencil_plan *plan,
                               ptrdiff_t task, void *scratch);

typedef struct {
    mip_stencil_fn run[MIP_STENCILS][MIP_PIXELS];
} mip_stencil;

const mip_stencil *mip_stencil_table(int isa);

#endif
