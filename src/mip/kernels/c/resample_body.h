/* Resampling of one instruction set: see resample.h. */

/* out[i] = the value at position i of a row. What has no weight takes no part, be it NaN. */
MIP_TARGET static void MIP_NAME(along_x)(const float *restrict row, const mip_resample_axis *x,
                                         ptrdiff_t n, float *restrict out)
{
    const int32_t *restrict index = x->index;
    const float *restrict weight = x->weight;
    for (ptrdiff_t i = 0; i < n; ++i) {
        const float before = row[index[i]], after = row[index[i] + 1], t = weight[i];
        const float value = before + t * (after - before);
        out[i] = t > 0.0f ? value : before;
    }
}

#define MIP_PIXEL_BODY "resample_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

#define EACH(name)                                                                                 \
    {MIP_PASTE(MIP_NAME(name), u8), MIP_PASTE(MIP_NAME(name), i16),                                \
     MIP_PASTE(MIP_NAME(name), u16), MIP_PASTE(MIP_NAME(name), f32)}

static const mip_resample MIP_NAME(mip_resample) = {.run = {EACH(nearest), EACH(linear)}};
#undef EACH
