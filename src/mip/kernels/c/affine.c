#include "affine.h"

/* Positions along a row of the result: base + x * step. */
typedef struct {
    double base, step, last;
} line;

static void lines_of(const mip_affine_plan *p, ptrdiff_t z, ptrdiff_t y, line lines[3])
{
    for (int axis = 0; axis < 3; ++axis) {
        const double *m = p->matrix[axis];
        lines[axis].base = p->offset[axis] + (double)z * m[0] + (double)y * m[1];
        lines[axis].step = m[2];
        lines[axis].last = (double)(p->size[axis] - 1);
    }
}

static double at(const line *l, ptrdiff_t x) { return l->base + (double)x * l->step; }

static int is_inside(const line lines[3], ptrdiff_t x)
{
    for (int axis = 0; axis < 3; ++axis) {
        const double position = at(&lines[axis], x);
        if (!(position >= 0.0 && position <= lines[axis].last))
            return 0;
    }
    return 1;
}

/* The part [begin, end) of a row that lies inside: one stretch, as positions only rise or fall. */
static void stretch(const line lines[3], ptrdiff_t n, ptrdiff_t *begin, ptrdiff_t *end)
{
    ptrdiff_t first = 0, after = n;
    while (first < after && !is_inside(lines, first))
        ++first;
    while (after > first && !is_inside(lines, after - 1))
        --after;
    *begin = first;
    *end = after;
}

#define MIP_BODY "affine_body.h"
#include "each_isa.h"

const mip_affine *mip_affine_table(int isa) { return MIP_SELECT(mip_affine, isa); }
