#include "gaussian.h"

#include "convolve.h"

static ptrdiff_t span(const mip_gaussian_axis *axis) { return 2 * axis->radius + 1; }

/* Where everything is in a task's scratch; all rows are `stride` floats. */
typedef struct {
    ptrdiff_t stride;
    float *padded;      /* one input row, with x.radius values before and after it */
    float *outside;     /* a row of the value outside */
    float *tail;        /* the end of an output row that is not a whole step */
    float *along_x;     /* tile_rows + 2 * y.radius rows, filtered along x */
    float *ring;        /* slots of tile_rows rows, filtered along x and y */
    const float **taps; /* the rows under the kernel */
} workspace;

/* Addresses are counted as integers, so that a size can be counted from address zero. */
static size_t lay_out(const mip_gaussian_plan *p, void *scratch, workspace *w)
{
    const size_t line = MIP_ALIGN * sizeof(float);
    const ptrdiff_t margin = mip_whole(p->x.radius, MIP_ALIGN);
    const ptrdiff_t stride = mip_whole(p->columns, MIP_STEP);
    const uintptr_t begin = ((uintptr_t)scratch + line - 1) / line * line;
    uintptr_t at = begin + (uintptr_t)margin * sizeof(float);
    w->stride = stride;
    w->padded = (float *)at;
    at += (uintptr_t)(stride + margin) * sizeof(float);
    w->outside = (float *)at;
    at += (uintptr_t)stride * sizeof(float);
    w->tail = (float *)at;
    at += MIP_STEP * sizeof(float);
    w->along_x = (float *)at;
    at += (uintptr_t)((p->tile_rows + 2 * p->y.radius) * stride) * sizeof(float);
    w->ring = (float *)at;
    at += (uintptr_t)(p->ring * p->tile_rows * stride) * sizeof(float);
    w->taps = (const float **)at;
    at += (uintptr_t)mip_larger(span(&p->x), mip_larger(span(&p->y), span(&p->z))) *
          sizeof(float *);
    return (size_t)(at - begin) + line;
}

size_t mip_gaussian_scratch(const mip_gaussian_plan *plan)
{
    workspace unused;
    return lay_out(plan, NULL, &unused);
}

#define MIP_BODY "gaussian_body.h"
#include "each_isa.h"

const mip_gaussian *mip_gaussian_table(int isa) { return MIP_SELECT(mip_gaussian, isa); }
