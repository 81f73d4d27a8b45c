#include "gradient.h"

#include <math.h>

ptrdiff_t mip_gradient_tasks(const mip_gradient_plan *plan)
{
    return plan->depth * ((plan->rows + MIP_GRADIENT_ROWS - 1) / MIP_GRADIENT_ROWS);
}

/* The neighbours of an index along an axis, and the weight of their difference. */
typedef struct {
    ptrdiff_t before, after;
    float weight;
} neighbours;

static neighbours around(ptrdiff_t i, ptrdiff_t size, float weight)
{
    const int is_first = i == 0, is_last = i == size - 1;
    const neighbours n = {i - !is_first, i + !is_last, is_first || is_last ? weight : 0.5f * weight};
    return n;
}

#define MIP_BODY "gradient_body.h"
#include "each_isa.h"

const mip_gradient *mip_gradient_table(int isa) { return MIP_SELECT(mip_gradient, isa); }
