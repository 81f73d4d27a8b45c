/* Projections of one instruction set: see project.h. */

/* The one to keep of m, which came first, and x; NaN is kept against everything. */
#define GREATER(x, m) ((x) > (m) || (x) != (x) ? (x) : (m))
#define LESSER(x, m) ((x) < (m) || (x) != (x) ? (x) : (m))

#define MIP_PIXEL_BODY "project_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY


static const mip_project MIP_NAME(mip_project) = {
    .stack = {MIP_EACH_PIXEL(stack_max), MIP_EACH_PIXEL(stack_min), MIP_EACH_PIXEL(stack_mean)},
    .rows = {MIP_EACH_PIXEL(rows_max), MIP_EACH_PIXEL(rows_min), MIP_EACH_PIXEL(rows_mean)},
};
#undef GREATER
#undef LESSER
