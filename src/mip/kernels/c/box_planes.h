/* Morphology by a box within planes: up to two steps in one pass over the pixels. What is outside a
 * plane takes no part.
 *
 * The rows of each step are made as the next one asks for them, BLOCK at a time, which share most of
 * their windows; those between two steps stay in a ring in the cache. A task is a strip of a plane.
 */
#ifndef MIP_BOX_PLANES_H
#define MIP_BOX_PLANES_H
#include "morphology.h"

enum { MIP_BOX_STEPS = 2 };

typedef struct {
    ptrdiff_t operation;             /* of morphology.h */
    ptrdiff_t up, down, left, right; /* what of a window lies beyond its pixel; less than the plane */
} mip_box_step;

typedef struct {
    ptrdiff_t depth, rows, columns;
    ptrdiff_t strips; /* of each plane */
    ptrdiff_t steps;
    mip_box_step step[MIP_BOX_STEPS];
} mip_box_plan;

/* Bytes of scratch that one task needs, for a pixel type of isa.h. */
size_t mip_box_scratch(const mip_box_plan *plan, int pixel);

/* Run one of depth * strips tasks. */
typedef void (*mip_box_fn)(const void *source, void *out, const mip_box_plan *plan, ptrdiff_t task,
                           void *scratch);

typedef struct {
    mip_box_fn run[MIP_PIXELS];
} mip_box_planes;

const mip_box_planes *mip_box_planes_table(int isa);

#endif
