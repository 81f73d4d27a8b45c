/* Projections of one instruction set: see project.h. */

/* The one to keep of m, which came first, and x; NaN is kept against everything. */
#define GREATER(x, m) ((x) > (m) || (x) != (x) ? (x) : (m))
#define LESSER(x, m) ((x) < (m) || (x) != (x) ? (x) : (m))

#define MIP_PIXEL_BODY "project_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

#define EACH(name)                                                                                 \
    {MIP_PASTE(MIP_NAME(name), u8), MIP_PASTE(MIP_NAME(name), i16),                                \
     MIP_PASTE(MIP_NAME(name), u16), MIP_PASTE(MIP_NAME(name), f32)}

static const mip_project MIP_NAME(mip_project) = {
    .stack = {EACH(stack_max), EACH(stack_min), EACH(stack_mean)},
    .rows = {EACH(rows_max), EACH(rows_min), EACH(rows_mean)},
};
#undef EACH
#undef GREATER
#undef LESSER
