/* Affine transforms of one instruction set: see affine.h. */

/* What has no weight takes no part, be it NaN. */
MIP_TARGET static inline float MIP_NAME(between)(float before, float after, float t)
{
    const float value = before + t * (after - before);
    return t > 0.0f ? value : before;
}

/* The sample at or before a position, the steps to the one after it, and the weight of that. */
typedef struct {
    ptrdiff_t begin, step;
    float weight;
} MIP_NAME(cell);

MIP_TARGET static inline MIP_NAME(cell) MIP_NAME(cell_at)(const line *l, ptrdiff_t x,
                                                          ptrdiff_t stride)
{
    const double position = at(l, x);
    const ptrdiff_t index = (ptrdiff_t)position;
    const MIP_NAME(cell) found = {index * stride, position < l->last ? stride : 0,
                                  (float)(position - (double)index)};
    return found;
}

#define MIP_PIXEL_BODY "affine_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

#define EACH(name)                                                                                 \
    {MIP_PASTE(MIP_NAME(name), u8), MIP_PASTE(MIP_NAME(name), i16),                                \
     MIP_PASTE(MIP_NAME(name), u16), MIP_PASTE(MIP_NAME(name), f32)}

static const mip_affine MIP_NAME(mip_affine) = {.run = {EACH(nearest), EACH(linear)}};
#undef EACH
