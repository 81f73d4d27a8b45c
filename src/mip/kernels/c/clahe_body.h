/* CLAHE of one instruction set: see clahe.h. */

/* The nearest whole number of at least 0, of two the even one: the addition leaves nothing below
 * the point, and the number itself in the low bits. No sum of levels by their shares, and no sum of
 * counts by `scale`, rounds to more than the greatest level. */
MIP_TARGET static inline int32_t MIP_NAME(level)(float value)
{
    const float shifted = value + 12582912.0f; /* 1.5 * 2^23 */
    int32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    return bits & 0x3fffff;
}

/* Turn counts into levels: cut what is above the limit, share it among all bins of the type, of
 * which those before `first` are not in `counts`, and add up. */
MIP_TARGET static void MIP_NAME(equalize)(const mip_clahe_plan *p, uint32_t *restrict counts,
                                          uint16_t *restrict table)
{
    const int32_t pixels = (int32_t)(p->tile_rows * p->tile_columns), skipped = p->first - p->least;
    const float scale = (float)(p->bins - 1) / (float)pixels;
    const int32_t limit = p->limit, span = p->span;
    int32_t excess = 0;
    for (int32_t v = 0; v < span; ++v) {
        const int32_t count = (int32_t)counts[v];
        excess += count > limit ? count - limit : 0;
    }
    const int32_t each = excess / p->bins, rest = excess % p->bins;
    for (int32_t v = 0; v < span; ++v) {
        const int32_t count = (int32_t)counts[v];
        counts[v] = (uint32_t)((count < limit ? count : limit) + each);
    }
    const int32_t step = rest ? p->bins / rest : 1; /* bins 0, step, 2 * step, … get one more */
    const int32_t reached = rest ? (skipped + step - 1) / step : 0;
    int32_t given = reached < rest ? reached : rest;
    uint32_t sum = (uint32_t)(each * skipped + given);
    for (; given < rest && given * step - skipped < span; ++given)
        ++counts[given * step - skipped];
    for (int32_t v = 0; v < span; ++v)
        counts[v] = sum += counts[v];
    for (int32_t v = 0; v < span; ++v)
        table[v] = (uint16_t)MIP_NAME(level)((float)(int32_t)counts[v] * scale);
}

/* Lay the levels of two pairs of tables side by side: for each value one number for each pair,
 * which holds the level of the first in its low half. */
MIP_TARGET static void MIP_NAME(interleave)(const uint16_t *restrict above_left,
                                            const uint16_t *restrict above_right,
                                            const uint16_t *restrict below_left,
                                            const uint16_t *restrict below_right,
                                            uint32_t *restrict levels, int32_t span)
{
    for (int32_t v = 0; v < span; ++v) {
        levels[2 * v] = above_left[v] | (uint32_t)above_right[v] << 16;
        levels[2 * v + 1] = below_left[v] | (uint32_t)below_right[v] << 16;
    }
}

#define MIP_PIXEL_BODY "clahe_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

static const mip_clahe MIP_NAME(mip_clahe) = {
    .extremes = {MIP_PASTE(MIP_NAME(extremes), u8), MIP_PASTE(MIP_NAME(extremes), i16),
                 MIP_PASTE(MIP_NAME(extremes), u16)},
    .tile = {MIP_PASTE(MIP_NAME(tile), u8), MIP_PASTE(MIP_NAME(tile), i16),
             MIP_PASTE(MIP_NAME(tile), u16)},
    .cell = {MIP_PASTE(MIP_NAME(cell), u8), MIP_PASTE(MIP_NAME(cell), i16),
             MIP_PASTE(MIP_NAME(cell), u16)},
};
