/* Affine transforms of one instruction set: see affine.h. */

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

/* Part the positions of n pixels from x on into the sample at or before each and the weight of the
 * one after it. */
MIP_TARGET static void MIP_NAME(part)(const line *l, ptrdiff_t x, int32_t n,
                                      int32_t *restrict index, float *restrict weight)
{
    const double base = l->base, step = l->step;
    const int32_t first = (int32_t)x;
    for (int32_t i = 0; i < n; ++i) {
        const double position = base + (double)(first + i) * step;
        index[i] = (int32_t)position;
        weight[i] = (float)(position - (double)index[i]);
    }
}

/* The weights along y and x of a strip of pixels. */
typedef struct {
    float y[STRIP], x[STRIP];
} MIP_NAME(weights);

/* The same along y and x in one go: both take the same numbers to double precision. The sample is
 * counted from the begin of its slice. */
MIP_TARGET static void MIP_NAME(part_slice)(const line *ly, const line *lx, ptrdiff_t x, int32_t n,
                                            int32_t row_step, int32_t *restrict offset,
                                            MIP_NAME(weights) *restrict t)
{
    const double y_base = ly->base, y_step = ly->step, x_base = lx->base, x_step = lx->step;
    const int32_t first = (int32_t)x;
    for (int32_t i = 0; i < n; ++i) {
        const double along = (double)(first + i);
        const double at_y = y_base + along * y_step, at_x = x_base + along * x_step;
        const int32_t row = (int32_t)at_y, column = (int32_t)at_x;
        offset[i] = row * row_step + column;
        t->y[i] = (float)(at_y - (double)row);
        t->x[i] = (float)(at_x - (double)column);
    }
}

/* The samples nearest to the positions of n pixels from x on, of two the later. */
MIP_TARGET static void MIP_NAME(round_off)(const line *l, ptrdiff_t x, int32_t n,
                                           int32_t *restrict index)
{
    const double base = l->base, step = l->step;
    const int32_t first = (int32_t)x;
    for (int32_t i = 0; i < n; ++i)
        index[i] = (int32_t)(base + (double)(first + i) * step + 0.5);
}

#define MIP_PIXEL_BODY "affine_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY


static const mip_affine MIP_NAME(mip_affine) = {
    .run = {MIP_EACH_PIXEL(nearest), MIP_EACH_PIXEL(linear)},
};
