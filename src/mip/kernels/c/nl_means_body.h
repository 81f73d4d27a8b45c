/* Non-local means of one instruction set: see nl_means.h. */

#include "exponential.h"

#define MIP_PIXEL_BODY "neighbourhood_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

MIP_TARGET static void MIP_NAME(square)(const float *restrict middle, const float *restrict other,
                                        float *restrict out, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; ++i) {
        const float d = other[i] - middle[i];
        out[i] = d * d;
    }
}

/* The sum of `count` values, `step` apart, from each on: added one by one, so that it is as exact
 * as they are few, which the difference of two long sums is not. */
MIP_TARGET static inline void MIP_NAME(sum_few)(const float *restrict values, ptrdiff_t step,
                                                ptrdiff_t count, float *restrict out, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; ++i) {
        float sum = values[i];
        for (ptrdiff_t k = 1; k < count; ++k)
            sum += values[i + k * step];
        out[i] = sum;
    }
}

/* The usual counts have loops of their own, which the compiler unrolls. */
MIP_TARGET static void MIP_NAME(sum)(const float *restrict values, ptrdiff_t step, ptrdiff_t count,
                                     float *restrict out, ptrdiff_t n)
{
    switch (count) {
    case 1:
        memcpy(out, values, (size_t)n * sizeof(float));
        return;
    case 3:
        MIP_NAME(sum_few)(values, step, 3, out, n);
        return;
    case 5:
        MIP_NAME(sum_few)(values, step, 5, out, n);
        return;
    case 7:
        MIP_NAME(sum_few)(values, step, 7, out, n);
        return;
    default:
        MIP_NAME(sum_few)(values, step, 2, out, n);
        for (ptrdiff_t k = 2; k < count; ++k)
            for (ptrdiff_t i = 0; i < n; ++i)
                out[i] += values[i + k * step];
    }
}

/* Turn sums of squared differences into weights. */
MIP_TARGET static void MIP_NAME(weigh)(float *restrict values, ptrdiff_t n, float gain)
{
    for (ptrdiff_t i = 0; i < n; ++i)
        values[i] = MIP_NAME(decay)(values[i] * gain);
}

/* Add one other pixel to each, by its weight. */
MIP_TARGET static void MIP_NAME(add)(const float *restrict weight, const float *restrict middle,
                                     const float *restrict other, float *restrict weights,
                                     float *restrict sums, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; ++i) {
        weights[i] += weight[i];
        sums[i] += weight[i] * (other[i] - middle[i]);
    }
}

/* A pixel's own weight is 1. */
MIP_TARGET static void MIP_NAME(finish)(const float *restrict middle, const float *restrict weights,
                                        const float *restrict sums, float *restrict out,
                                        ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; ++i)
        out[i] = middle[i] + sums[i] / (1.0f + weights[i]);
}

/* The image at a place in the box, which may be before or after it. */
MIP_TARGET static inline float *MIP_NAME(at)(const mip_nl_means_plan *p, const workspace *w,
                                             ptrdiff_t z, ptrdiff_t y, ptrdiff_t x)
{
    const mip_neighbourhood *a = &p->around;
    const ptrdiff_t row = (z + a->z.radius) * w->image_rows + y + a->y.radius;
    return w->image + row * w->stride + x + a->x.radius;
}

/* Sum the squared differences of the pixels `offset` floats apart along y, for `region`. */
MIP_TARGET static void MIP_NAME(differ)(const mip_nl_means_plan *p, const workspace *w,
                                        const mip_box *region, ptrdiff_t offset)
{
    const mip_nl_means_reach *e = &p->patch;
    const ptrdiff_t rows = region->y_end - region->y_begin;
    const ptrdiff_t wide = region->x_end - region->x_begin + 2 * e->x;
    float *along_y = w->along_y;
    for (ptrdiff_t z = region->z_begin - e->z; z < region->z_end + e->z; ++z) {
        for (ptrdiff_t y = 0; y < rows + 2 * e->y; ++y) {
            const float *middle =
                MIP_NAME(at)(p, w, z, region->y_begin + y - e->y, region->x_begin - e->x);
            MIP_NAME(square)(middle, middle + offset, w->squares + y * w->stride, wide);
        }
        for (ptrdiff_t y = 0; y < rows; ++y, along_y += w->stride)
            MIP_NAME(sum)(w->squares + y * w->stride, w->stride, 2 * e->y + 1, along_y, wide);
    }
}

/* Add the pixels `offset` floats from those of a row of the box, to these. */
MIP_TARGET static void MIP_NAME(add_row)(const mip_nl_means_plan *p, const workspace *w,
                                         ptrdiff_t z, ptrdiff_t y, ptrdiff_t offset,
                                         const float *weight)
{
    if (z < 0 || z >= w->slices || y < 0 || y >= w->rows)
        return;
    const ptrdiff_t place = (z * w->rows + y) * w->stride;
    const float *middle = MIP_NAME(at)(p, w, z, y, 0);
    MIP_NAME(add)(weight, middle, middle + offset, w->weights + place, w->sums + place,
                  w->columns);
}

/* Compare every pixel of the box with the two that are `shift` before and after it. Two pixels
 * weigh as much for each other: a weight is made once, of the pixel that comes first. */
MIP_TARGET static void MIP_NAME(compare)(const mip_nl_means_plan *p, const workspace *w,
                                         const mip_nl_means_reach *shift)
{
    const mip_nl_means_reach *e = &p->patch;
    const mip_box region = firsts(w, shift);
    const ptrdiff_t rows = region.y_end - region.y_begin;
    const ptrdiff_t columns = region.x_end - region.x_begin;
    const ptrdiff_t offset = (shift->z * w->image_rows + shift->y) * w->stride + shift->x;
    MIP_NAME(differ)(p, w, &region, offset);
    const float *along_y = w->along_y;
    for (ptrdiff_t z = region.z_begin; z < region.z_end; ++z)
        for (ptrdiff_t y = region.y_begin; y < region.y_end; ++y, along_y += w->stride) {
            const float *along_z = along_y;
            if (e->z) {
                MIP_NAME(sum)(along_y, rows * w->stride, 2 * e->z + 1, w->along_z,
                              columns + 2 * e->x);
                along_z = w->along_z;
            }
            MIP_NAME(sum)(along_z, 1, 2 * e->x + 1, w->along_x, columns);
            MIP_NAME(weigh)(w->along_x, columns, p->gain);
            const float *weight = w->along_x - region.x_begin;
            MIP_NAME(add_row)(p, w, z, y, offset, weight);
            MIP_NAME(add_row)(p, w, z + shift->z, y + shift->y, -offset, weight - shift->x);
        }
}

MIP_TARGET static void MIP_NAME(average)(float *out, const mip_nl_means_plan *p,
                                         const mip_box *box, const workspace *w)
{
    const mip_nl_means_reach *s = &p->search;
    const size_t bytes = (size_t)(w->slices * w->rows * w->stride) * sizeof(float);
    memset(w->weights, 0, bytes);
    memset(w->sums, 0, bytes);
    mip_nl_means_reach shift;
    for (shift.z = 0; shift.z <= s->z; ++shift.z)
        for (shift.y = shift.z ? -s->y : 0; shift.y <= s->y; ++shift.y)
            for (shift.x = shift.z || shift.y ? -s->x : 1; shift.x <= s->x; ++shift.x)
                MIP_NAME(compare)(p, w, &shift);
    for (ptrdiff_t z = 0; z < w->slices; ++z)
        for (ptrdiff_t y = 0; y < w->rows; ++y) {
            const ptrdiff_t place = (z * w->rows + y) * w->stride;
            const ptrdiff_t row = (box->z_begin + z) * p->around.y.size + box->y_begin + y;
            MIP_NAME(finish)(MIP_NAME(at)(p, w, z, y, 0), w->weights + place, w->sums + place,
                             out + row * p->around.x.size + box->x_begin, w->columns);
        }
}

#define RUN(type)                                                                                  \
    MIP_TARGET static void MIP_PASTE(MIP_NAME(run), type)(                                         \
        const void *source, float *out, const mip_nl_means_plan *p, const mip_box *box,            \
        float *scratch)                                                                            \
    {                                                                                              \
        workspace w;                                                                               \
        lay_out(p, box, scratch, &w);                                                              \
        MIP_PASTE(MIP_NAME(surround), type)(source, &p->around, box, w.image, w.stride);           \
        MIP_NAME(average)(out, p, box, &w);                                                        \
    }
RUN(u8)
RUN(i16)
RUN(u16)
RUN(f32)
#undef RUN

static const mip_nl_means MIP_NAME(mip_nl_means) = {
    .run = MIP_EACH_PIXEL(run),
};
