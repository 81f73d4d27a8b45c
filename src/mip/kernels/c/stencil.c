#include "stencil.h"

#include <math.h>

#include "line.h"

/* Three rows around one, each with one value before and after it. */
typedef struct {
    float *row;    /* of the slice itself; for Sobel in a volume, smoothed across the slices */
    float *across; /* derivative across the slices */
} slot;

typedef struct {
    slot ring[3];
    float *before, *after; /* the same row of the two slices around */
} workspace;

static ptrdiff_t stride(const mip_stencil_plan *p)
{
    return mip_whole(p->columns + 1, MIP_LINE_FLOATS) + MIP_LINE_FLOATS;
}

static ptrdiff_t blocks(const mip_stencil_plan *p)
{
    return mip_whole(p->rows, MIP_STENCIL_ROWS) / MIP_STENCIL_ROWS;
}

ptrdiff_t mip_stencil_tasks(const mip_stencil_plan *plan) { return plan->depth * blocks(plan); }

size_t mip_stencil_scratch(const mip_stencil_plan *plan)
{
    return (size_t)(8 * stride(plan) + MIP_LINE_FLOATS) * sizeof(float);
}

static workspace lay_out(const mip_stencil_plan *p, void *scratch)
{
    float *at = (float *)mip_first_line(scratch) + MIP_LINE_FLOATS;
    workspace w;
    for (int i = 0; i < 3; ++i) {
        w.ring[i].row = at + 2 * i * stride(p);
        w.ring[i].across = at + (2 * i + 1) * stride(p);
    }
    w.before = at + 6 * stride(p);
    w.after = at + 7 * stride(p);
    return w;
}

#define MIP_BODY "stencil_body.h"
#include "each_isa.h"

const mip_stencil *mip_stencil_table(int isa) { return MIP_SELECT(mip_stencil, isa); }
