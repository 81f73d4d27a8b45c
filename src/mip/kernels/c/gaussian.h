/* Separable Gaussian of a volume, one read and one write of it; and what sharpens by it.
 *
 * A task is a box of slices and rows. It streams through its slices: each is filtered along x and y
 * into a slot of a ring, and the ring is combined along z into the output. A plane is a volume
 * whose rows are its slices, so that the same ring streams through its rows.
 *
 * Borders are index maps made by the caller: no mode is known here.
 */
#ifndef MIP_GAUSSIAN_H
#define MIP_GAUSSIAN_H
#include "isa.h"

typedef struct {
    ptrdiff_t radius;
    const float *weights;    /* radius + 1: the centre first; they mirror */
    const ptrdiff_t *inside; /* index for each position from -radius on, -1: outside the volume */
} mip_gaussian_axis;

typedef struct {
    ptrdiff_t depth, rows, columns;
    mip_gaussian_axis z, y, x;
    ptrdiff_t tile_rows; /* the most rows of a task */
    ptrdiff_t ring;      /* slots: 2 * z.radius + 1, or all slices */
    float outside;
    float amount; /* of an unsharp mask */
} mip_gaussian_plan;

typedef struct {
    ptrdiff_t z_begin, z_end, y_begin, y_end;
} mip_gaussian_task;

/* Bytes of scratch that one task needs. */
size_t mip_gaussian_scratch(const mip_gaussian_plan *plan);

typedef void (*mip_gaussian_fn)(const void *source, float *out, const mip_gaussian_plan *plan,
                                const mip_gaussian_task *task, void *scratch);

typedef struct {
    mip_gaussian_fn smooth[MIP_PIXELS];
    mip_gaussian_fn unsharp[MIP_PIXELS]; /* x + amount * (x - smooth) */
} mip_gaussian;

const mip_gaussian *mip_gaussian_table(int isa);

#endif
