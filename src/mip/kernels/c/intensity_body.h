/* Pointwise kernels of one instruction set: see intensity.h. */

#include "exponential.h"

/* The level of ramp y from `least` to `most`, not inverted; NaN is the least. The comparisons are
 * ordered so that the compiler finds a plain max and min in them. */
MIP_TARGET static inline uint8_t MIP_NAME(level)(float y, float least, float most)
{
    y = y > least ? y : least;
    y = y < most ? y : most;
    return (uint8_t)(int)(y + 0.5f);
}

#define MIP_PIXEL_BODY "intensity_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

#define SIZES(type)                                                                                \
    {MIP_PASTE(MIP_NAME(lookup8), type), MIP_PASTE(MIP_NAME(lookup16), type),                      \
     MIP_PASTE(MIP_NAME(lookup32), type)}

static const mip_intensity MIP_NAME(mip_intensity) = {
    .window = MIP_EACH_PIXEL(window),
    .sigmoid = MIP_EACH_PIXEL(sigmoid),
    .rescale = MIP_EACH_PIXEL(rescale),
    .threshold = MIP_EACH_PIXEL(threshold),
    .lookup = {SIZES(u8), SIZES(i16), SIZES(u16)}, /* none for float32 */
};
#undef SIZES
