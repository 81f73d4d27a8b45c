#include "vessels.h"

#include <math.h>

#include "convolve.h"

enum { ORDERS = 3, MOST_FIELDS = 6 };

/* The orders of derivation along each axis that make a member of the Hessian. */
typedef struct {
    int z, y, x;
} orders;

/* A field of the ring is what the orders of x and y make; z makes its member of the Hessian. */
enum { XX, XY, YY, XZ, YZ, ZZ };
static const orders VOLUME[] = {{0, 0, 2}, {0, 1, 1}, {0, 2, 0}, {1, 0, 1}, {1, 1, 0}, {2, 0, 0}};
/* Rows of a plane stream along z, so that its Hessian is xx, xz, zz of a volume. */
static const orders PLANE[] = {{0, 0, 2}, {1, 0, 1}, {2, 0, 0}};

static const orders *fields(const mip_vessels_plan *p) { return p->is_volume ? VOLUME : PLANE; }
static int field_count(const mip_vessels_plan *p) { return p->is_volume ? 6 : 3; }
static ptrdiff_t span(const mip_vessels_axis *axis) { return 2 * axis->radius + 1; }
static const float *weights(const mip_vessels_axis *axis, int order)
{
    return axis->weights + order * (axis->radius + 1);
}

/* Where everything is in a task's scratch; all rows are `stride` floats. */
typedef struct {
    ptrdiff_t stride;
    float *padded;           /* one input row, with x.radius values before and after it */
    float *outside;          /* a row of the value outside */
    float *zeros;            /* a row of derivatives there */
    float *along_x[ORDERS];  /* tile_rows + 2 * y.radius rows, convolved along x */
    float *ring[MOST_FIELDS];    /* slots of tile_rows rows, convolved along x and y */
    float *hessian[MOST_FIELDS]; /* one row */
    const float **taps;          /* the rows under the kernel */
} workspace;

static float *take(uintptr_t *at, ptrdiff_t floats)
{
    float *const begin = (float *)*at;
    *at += (uintptr_t)floats * sizeof(float);
    return begin;
}

/* Addresses are counted as integers, so that a size can be counted from address zero. */
static size_t lay_out(const mip_vessels_plan *p, void *scratch, workspace *w)
{
    const size_t line = MIP_ALIGN * sizeof(float);
    const ptrdiff_t margin = mip_whole(p->x.radius, MIP_ALIGN);
    const ptrdiff_t stride = mip_whole(p->columns, MIP_STEP);
    const uintptr_t begin = ((uintptr_t)scratch + line - 1) / line * line;
    uintptr_t at = begin + (uintptr_t)margin * sizeof(float);
    w->stride = stride;
    w->padded = take(&at, stride + margin);
    w->outside = take(&at, stride);
    w->zeros = take(&at, stride);
    for (int order = 0; order < ORDERS; ++order)
        w->along_x[order] = take(&at, (p->tile_rows + 2 * p->y.radius) * stride);
    for (int f = 0; f < field_count(p); ++f) {
        w->ring[f] = take(&at, p->ring * p->tile_rows * stride);
        w->hessian[f] = take(&at, stride);
    }
    w->taps = (const float **)at;
    at += (uintptr_t)mip_larger(span(&p->x), mip_larger(span(&p->y), span(&p->z))) *
          sizeof(float *);
    return (size_t)(at - begin) + line;
}

size_t mip_vessels_scratch(const mip_vessels_plan *plan)
{
    workspace unused;
    return lay_out(plan, NULL, &unused);
}

#define MIP_BODY "vessels_body.h"
#include "each_isa.h"

const mip_vessels *mip_vessels_table(int isa) { return MIP_SELECT(mip_vessels, isa); }
