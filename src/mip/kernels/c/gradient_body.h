/* The gradient of one instruction set: see gradient.h. */

#define MIP_PIXEL_BODY "gradient_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

static const mip_gradient MIP_NAME(mip_gradient) = {
    .run = MIP_EACH_PIXEL(run),
};
