/* The medians of one instruction set: see median.h. */

#define MIP_PIXEL_BODY "median_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

#define ALL(way)                                                                                   \
    {MIP_PASTE(MIP_NAME(way), u8), MIP_PASTE(MIP_NAME(way), i16), MIP_PASTE(MIP_NAME(way), u16),   \
     MIP_PASTE(MIP_NAME(way), f32)}
static const mip_median MIP_NAME(mip_median) = {.run = {ALL(plane), ALL(cube), ALL(sliding)}};
#undef ALL
