/* The bilateral filter of one instruction set: see bilateral.h. */

#include "exponential.h"

#define MIP_PIXEL_BODY "neighbourhood_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

/* Add one neighbour of each pixel: weights, and weighted differences. */
MIP_TARGET static void MIP_NAME(add)(const float *restrict middle, const float *restrict other,
                                     float *restrict weights, float *restrict sums, ptrdiff_t n,
                                     float exponent, float gain)
{
    for (ptrdiff_t i = 0; i < n; ++i) {
        const float d = other[i] - middle[i];
        const float weight = MIP_NAME(decay)(d * d * gain + exponent);
        weights[i] += weight;
        sums[i] += weight * d;
    }
}

/* The sum of differences loses less than one of values; a pixel's own weight is 1. */
MIP_TARGET static void MIP_NAME(finish)(const float *restrict middle, const float *restrict weights,
                                        const float *restrict sums, float *restrict out,
                                        ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; ++i)
        out[i] = middle[i] + sums[i] / (1.0f + weights[i]);
}

MIP_TARGET static void MIP_NAME(smooth)(float *out, const mip_bilateral_plan *p, const mip_box *box,
                                        float *scratch)
{
    const mip_neighbourhood *a = &p->around;
    const ptrdiff_t stride = stride_of(p, box), rows = rows_of(p, box);
    const ptrdiff_t n = box->x_end - box->x_begin;
    float *weights = scratch, *sums = scratch + stride;
    const float *image = scratch + ROWS_BESIDE * stride;
    for (ptrdiff_t z = box->z_begin; z < box->z_end; ++z)
        for (ptrdiff_t y = box->y_begin; y < box->y_end; ++y) {
            const ptrdiff_t row = (z - box->z_begin + a->z.radius) * rows + y - box->y_begin;
            const float *middle = image + (row + a->y.radius) * stride + a->x.radius;
            memset(weights, 0, (size_t)n * sizeof(float));
            memset(sums, 0, (size_t)n * sizeof(float));
            for (const mip_bilateral_tap *t = p->taps; t < p->taps + p->tap_count; ++t)
                MIP_NAME(add)(middle, middle + (t->z * rows + t->y) * stride + t->x, weights, sums,
                              n, t->exponent, p->gain);
            MIP_NAME(finish)(middle, weights, sums,
                             out + (z * a->y.size + y) * a->x.size + box->x_begin, n);
        }
}

#define RUN(type)                                                                                  \
    MIP_TARGET static void MIP_PASTE(MIP_NAME(run), type)(                                         \
        const void *source, float *out, const mip_bilateral_plan *p, const mip_box *box,           \
        float *scratch)                                                                            \
    {                                                                                              \
        const ptrdiff_t stride = stride_of(p, box);                                                \
        MIP_PASTE(MIP_NAME(surround), type)                                                        \
        (source, &p->around, box, scratch + ROWS_BESIDE * stride, stride);                         \
        MIP_NAME(smooth)(out, p, box, scratch);                                                    \
    }
RUN(u8)
RUN(i16)
RUN(u16)
RUN(f32)
#undef RUN

static const mip_bilateral MIP_NAME(mip_bilateral) = {
    .run = MIP_EACH_PIXEL(run),
};
