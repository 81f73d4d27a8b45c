/* Resampling onto a grid along the same axes: each axis has a table of positions.
 *
 * A task is a box of slices and rows of the result. It streams through its slices: the two source
 * slices beside each are resampled along y and x into slots, and the slots are blended along z.
 */
#ifndef MIP_RESAMPLE_H
#define MIP_RESAMPLE_H
#include "isa.h"

typedef struct {
    const int32_t *index; /* of the source's sample at or before each position */
    const float *weight;  /* of the sample after it; 0: the sample alone, and none may follow */
} mip_resample_axis;

typedef struct {
    ptrdiff_t rows, columns;         /* of the source */
    ptrdiff_t out_rows, out_columns; /* of the result */
    mip_resample_axis z, y, x;
    ptrdiff_t tile_rows; /* the most rows of a task */
} mip_resample_plan;

typedef struct {
    ptrdiff_t z_begin, z_end, y_begin, y_end;
} mip_resample_task;

/* Bytes of scratch that one task needs. */
size_t mip_resample_scratch(const mip_resample_plan *plan);

typedef void (*mip_resample_fn)(const void *source, void *out, const mip_resample_plan *plan,
                                const mip_resample_task *task, void *scratch);

/* By order: 0 takes the sample at `index`; 1 is linear, integers rounded half away from zero. */
enum { MIP_RESAMPLE_ORDERS = 2 };

typedef struct {
    mip_resample_fn run[MIP_RESAMPLE_ORDERS][MIP_PIXELS];
} mip_resample;

const mip_resample *mip_resample_table(int isa);

#endif
