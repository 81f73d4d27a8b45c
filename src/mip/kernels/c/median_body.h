/* The medians of one instruction set: see median.h. */

#define MIP_PIXEL_BODY "median_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

static const mip_median MIP_NAME(mip_median) = {
    .run = {MIP_EACH_PIXEL(plane), MIP_EACH_PIXEL(cube), MIP_EACH_PIXEL(sliding)},
};
