/* One step of Perona and Malik's diffusion of a volume.
 *
 * What flows from a voxel to the next is computed once and counted for both. A task is a box of
 * slices and rows, which streams through its slices and keeps the flux between two of them. A plane
 * is a volume whose rows are its slices. Nothing flows through the borders.
 */
#ifndef MIP_DIFFUSION_H
#define MIP_DIFFUSION_H
#include "isa.h"

typedef struct {
    float weight; /* of the flux: the time step over the squared spacing */
    float gain;   /* of a squared difference: 1 / (kappa * spacing) squared */
} mip_diffusion_axis;

typedef struct {
    ptrdiff_t depth, rows, columns;
    mip_diffusion_axis z, y, x;
    ptrdiff_t tile_rows; /* the most rows of a task */
} mip_diffusion_plan;

typedef struct {
    ptrdiff_t z_begin, z_end, y_begin, y_end;
} mip_diffusion_task;

/* Floats of scratch that one task needs. */
size_t mip_diffusion_scratch(const mip_diffusion_plan *plan);

typedef void (*mip_diffusion_fn)(const float *source, float *out, const mip_diffusion_plan *plan,
                                 const mip_diffusion_task *task, float *scratch);

/* By the conductance of a gradient g in units of kappa: exp(-g²) or 1 / (1 + g²). */
typedef struct {
    mip_diffusion_fn exponential, quadratic;
} mip_diffusion;

const mip_diffusion *mip_diffusion_table(int isa);

#endif
