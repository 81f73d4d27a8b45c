/* Erosion (the least) and dilation (the greatest) of the pixels under a footprint, in volumes; a
 * plane is a volume of one slice. What is outside the volume takes no part.
 *
 * A footprint is made of runs along x, so that each row of the source is reduced once for every
 * length of run, and a row of the result is the least of such reduced rows: taps. A box goes on by
 * axes: its rows are reduced along y first, and its taps lie along z alone.
 *
 * A task is a box of slices and rows. It streams through its slices, reduced into a ring.
 */
#ifndef MIP_MORPHOLOGY_H
#define MIP_MORPHOLOGY_H
#include "isa.h"

enum { MIP_ERODE, MIP_DILATE, MIP_MORPHOLOGIES };

typedef struct {
    ptrdiff_t z, y, x; /* slice and row, from the first of the footprint; first column of the run */
    ptrdiff_t length;  /* index of its length */
} mip_morphology_tap;

typedef struct {
    ptrdiff_t depth, rows, columns;
    ptrdiff_t size_z, size_y, size_x;       /* of the footprint */
    ptrdiff_t before_z, before_y, before_x; /* what of it lies before the pixel */
    const ptrdiff_t *length;                /* of runs, ascending */
    ptrdiff_t lengths;
    const mip_morphology_tap *tap; /* of a box: none but along z */
    ptrdiff_t taps;
    int is_box;
    ptrdiff_t tile_rows; /* the most rows of a task */
    const void *neutral; /* the pixel that changes nothing */
} mip_morphology_plan;

typedef struct {
    ptrdiff_t z_begin, z_end, y_begin, y_end;
} mip_morphology_task;

/* Bytes of scratch that one task needs. */
size_t mip_morphology_scratch(const mip_morphology_plan *plan);

typedef void (*mip_morphology_fn)(const void *source, void *out, const mip_morphology_plan *plan,
                                  const mip_morphology_task *task, void *scratch);

typedef struct {
    mip_morphology_fn run[MIP_MORPHOLOGIES][MIP_PIXELS];
} mip_morphology;

const mip_morphology *mip_morphology_table(int isa);

#endif
