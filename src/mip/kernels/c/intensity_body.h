/* Pointwise kernels of one instruction set: see intensity.h. */

/* exp(x), relative error below 2e-7; the same bits everywhere, unlike the C library's. */
MIP_TARGET static inline float MIP_NAME(exponential)(float x)
{
    x = x < 88.0f ? x : 88.0f; /* exp(-87) and exp(88) are the ends of normal numbers; NaN is 88 */
    x = x > -87.0f ? x : -87.0f;
    const float turns = x * 1.44269504f; /* 1 / ln 2 */
    const float whole = (turns + 12582912.0f) - 12582912.0f; /* 1.5 * 2^23 rounds to whole */
    /* ln 2 in two parts: the first has 9 bits, so that its product with `whole` is exact */
    const float rest = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
    float sum = 1.0f / 720;
    sum = sum * rest + 1.0f / 120;
    sum = sum * rest + 1.0f / 24;
    sum = sum * rest + 1.0f / 6;
    sum = sum * rest + 0.5f;
    sum = sum * rest + 1.0f;
    sum = sum * rest + 1.0f;
    const int32_t bits = ((int32_t)whole + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

/* The level of ramp y, not inverted; NaN is 0. The comparisons are ordered so that the compiler
 * finds a plain max and min in them. */
MIP_TARGET static inline uint8_t MIP_NAME(level)(float y)
{
    y = y > 0.0f ? y : 0.0f;
    y = y < 255.0f ? y : 255.0f;
    return (uint8_t)(int)(y + 0.5f);
}

#define MIP_PIXEL_BODY "intensity_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

#define EACH(name)                                                                                 \
    {MIP_PASTE(MIP_NAME(name), u8), MIP_PASTE(MIP_NAME(name), i16),                                \
     MIP_PASTE(MIP_NAME(name), u16), MIP_PASTE(MIP_NAME(name), f32)}
#define SIZES(type)                                                                                \
    {MIP_PASTE(MIP_NAME(lookup8), type), MIP_PASTE(MIP_NAME(lookup16), type),                      \
     MIP_PASTE(MIP_NAME(lookup32), type)}

static const mip_intensity MIP_NAME(mip_intensity) = {
    .window = EACH(window),
    .sigmoid = EACH(sigmoid),
    .rescale = EACH(rescale),
    .threshold = EACH(threshold),
    .lookup = {SIZES(u8), SIZES(i16), SIZES(u16)}, /* none for float32 */
};
#undef EACH
#undef SIZES
