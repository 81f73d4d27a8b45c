/* The morphology by boxes of one instruction set: see box_planes.h. */
#define MIP_OPERATION_BODY "box_block.h"
#include "each_operation.h"
#undef MIP_OPERATION_BODY

#define MIP_PIXEL_BODY "box_planes_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

static const mip_box_planes MIP_NAME(mip_box_planes) = {
    .run = MIP_EACH_PIXEL(run),
};
