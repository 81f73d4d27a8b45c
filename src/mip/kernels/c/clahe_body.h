/* CLAHE of one instruction set: see clahe.h. */

/* The nearest level, of two the even one, within those of the type. */
MIP_TARGET static inline float MIP_NAME(level)(float value, float most)
{
    const float whole = (value + 12582912.0f) - 12582912.0f; /* 1.5 * 2^23 rounds to whole */
    return whole < most ? whole : most;
}

/* Turn counts into levels: cut what is above the limit, share it among all bins of the type, of
 * which those before `first` are not in `counts`, and add up. */
MIP_TARGET static void MIP_NAME(equalize)(const mip_clahe_plan *p, const uint32_t *counts,
                                          float *table)
{
    const int32_t pixels = (int32_t)(p->tile_rows * p->tile_columns), skipped = p->first - p->least;
    const float scale = (float)(p->bins - 1) / (float)pixels, most = (float)(p->bins - 1);
    int32_t excess = 0;
    for (int32_t v = 0; v < p->span; ++v) {
        const int32_t count = (int32_t)counts[v];
        excess += count > p->limit ? count - p->limit : 0;
    }
    const int32_t each = excess / p->bins, rest = excess % p->bins;
    const int32_t step = rest ? p->bins / rest : 1; /* bins 0, step, 2 * step, … get one more */
    const int32_t reached = rest ? (skipped + step - 1) / step : 0;
    int32_t given = reached < rest ? reached : rest;
    int32_t next = given * step - skipped, sum = each * skipped + given;
    for (int32_t v = 0; v < p->span; ++v) {
        const int32_t count = (int32_t)counts[v];
        sum += (count < p->limit ? count : p->limit) + each;
        if (v == next && given < rest) {
            ++sum;
            ++given;
            next += step;
        }
        table[v] = MIP_NAME(level)((float)sum * scale, most);
    }
}

#define MIP_PIXEL_BODY "clahe_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

static const mip_clahe MIP_NAME(mip_clahe) = {
    .tile = {MIP_PASTE(MIP_NAME(tile), u8), MIP_PASTE(MIP_NAME(tile), i16),
             MIP_PASTE(MIP_NAME(tile), u16)},
    .row = {MIP_PASTE(MIP_NAME(row), u8), MIP_PASTE(MIP_NAME(row), i16),
            MIP_PASTE(MIP_NAME(row), u16)},
};
