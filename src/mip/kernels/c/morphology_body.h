/* The morphology of one instruction set: see morphology.h. */
#define MIP_PIXEL_BODY "morphology_keys.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

#define MIP_OPERATION_BODY "morphology_pixel.h"
#include "each_operation.h"
#undef MIP_OPERATION_BODY

#define ALL(operation)                                                                             \
    {MIP_PASTE(MIP_PASTE(MIP_NAME(run), u8), operation),                                           \
     MIP_PASTE(MIP_PASTE(MIP_NAME(run), i16), operation),                                          \
     MIP_PASTE(MIP_PASTE(MIP_NAME(run), u16), operation),                                          \
     MIP_PASTE(MIP_PASTE(MIP_NAME(run), f32), operation)}
static const mip_morphology MIP_NAME(mip_morphology) = {.run = {ALL(erode), ALL(dilate)}};
#undef ALL
