/* Vesselness by the eigenvalues of the Hessian of a smooth volume, in one pass for each scale.
 *
 * As in gaussian.h a task is a box of slices and rows that streams through its slices: each is
 * convolved along x and y into six fields of a ring (three for a plane, whose rows are its slices),
 * and these are convolved along z into the six (three) members of the Hessian of a row.
 */
#ifndef MIP_VESSELS_H
#define MIP_VESSELS_H
#include "isa.h"

typedef struct {
    ptrdiff_t radius;
    const float *weights;    /* three times radius + 1, from the centre on: Gaussian, first and
                                second derivative; the second third changes its sign at the centre */
    const ptrdiff_t *inside; /* index for each position from -radius on, -1: outside the volume */
} mip_vessels_axis;

typedef struct {
    ptrdiff_t depth, rows, columns;
    int is_volume;
    mip_vessels_axis z, y, x;
    ptrdiff_t tile_rows;           /* the most rows of a task */
    ptrdiff_t ring;                /* slots: 2 * z.radius + 1, or all slices */
    float origin;  /* taken from every pixel, so that no precision is lost to a common offset */
    float outside; /* less the origin */
    float plate, blob, structure;  /* 1 / (2 alpha²), 1 / (2 beta²), 1 / (2 gamma²) */
    int is_first;                  /* of several scales: out is not read */
} mip_vessels_plan;

typedef struct {
    ptrdiff_t z_begin, z_end, y_begin, y_end;
} mip_vessels_task;

/* Bytes of scratch that one task needs. */
size_t mip_vessels_scratch(const mip_vessels_plan *plan);

/* Raise `out` to the vesselness of bright vessels and return 0; where `out` is null, return the
 * greatest finite square of the Hessian's norm. */
typedef float (*mip_vessels_fn)(const void *source, float *out, const mip_vessels_plan *plan,
                                const mip_vessels_task *task, void *scratch);

typedef struct {
    mip_vessels_fn run[MIP_PIXELS];
} mip_vessels;

const mip_vessels *mip_vessels_table(int isa);

#endif
