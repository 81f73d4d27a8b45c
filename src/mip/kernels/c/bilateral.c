#include "bilateral.h"

enum { ROWS_BESIDE = 2 }; /* two rows of sums */

static ptrdiff_t stride_of(const mip_bilateral_plan *p, const mip_box *box)
{
    return box->x_end - box->x_begin + 2 * p->around.x.radius;
}

static ptrdiff_t rows_of(const mip_bilateral_plan *p, const mip_box *box)
{
    return box->y_end - box->y_begin + 2 * p->around.y.radius;
}

size_t mip_bilateral_scratch(const mip_bilateral_plan *p, const mip_box *box)
{
    const ptrdiff_t slices = box->z_end - box->z_begin + 2 * p->around.z.radius;
    return (size_t)((slices * rows_of(p, box) + ROWS_BESIDE) * stride_of(p, box));
}

#define MIP_BODY "bilateral_body.h"
#include "each_isa.h"

const mip_bilateral *mip_bilateral_table(int isa) { return MIP_SELECT(mip_bilateral, isa); }
