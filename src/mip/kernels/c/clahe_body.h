/* CLAHE of one instruction set: see clahe.h. */

/* The nearest whole number of at least 0, of two the even one. No sum of levels by their shares, and
 * no sum of counts by `scale`, rounds to more than the greatest level. */
MIP_TARGET static inline int32_t MIP_NAME(level)(float value)
{
    const float shifted = value + TO_WHOLE;
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

/* Lay the levels of four tables side by side: one number for each value. */
MIP_TARGET static void MIP_NAME(interleave)(const uint16_t *restrict above_left,
                                            const uint16_t *restrict above_right,
                                            const uint16_t *restrict below_left,
                                            const uint16_t *restrict below_right,
                                            uint64_t *restrict fours, ptrdiff_t span)
{
    for (ptrdiff_t v = 0; v < span; ++v)
        fours[v] = above_left[v] | (uint64_t)above_right[v] << 16 | (uint64_t)below_left[v] << 32 |
                   (uint64_t)below_right[v] << 48;
}

#if defined(__GNUC__) || defined(__clang__)
typedef uint64_t MIP_NAME(fours) __attribute__((vector_size(MIP_VECTOR_BYTES)));
typedef uint32_t MIP_NAME(words) __attribute__((vector_size(MIP_VECTOR_BYTES)));
typedef int32_t MIP_NAME(ints) __attribute__((vector_size(MIP_VECTOR_BYTES)));
typedef float MIP_NAME(floats) __attribute__((vector_size(MIP_VECTOR_BYTES), aligned(4), may_alias));
#define FOURS MIP_NAME(fours)
#define WORDS MIP_NAME(words)
#define INTS MIP_NAME(ints) /* few CPUs turn unsigned numbers into floats */
#define FLOATS MIP_NAME(floats)
#define LANES (MIP_VECTOR_BYTES / 4)
#if MIP_VECTOR_BYTES == 16
#define EVERY_SECOND(at) at(0), at(2)
#elif MIP_VECTOR_BYTES == 32
#define EVERY_SECOND(at) at(0), at(2), at(4), at(6)
#else
#define EVERY_SECOND(at) at(0), at(2), at(4), at(6), at(8), at(10), at(12), at(14)
#endif
#define EVEN(k) fours[x[i + (k)] - first]
#define ODD(k) fours[x[i + (k) + 1] - first]
#define LEFT_LEVEL(words) __builtin_convertvector((INTS)((words) & 0xffff), FLOATS)
#define RIGHT_LEVEL(words) __builtin_convertvector((INTS)((words) >> 16), FLOATS)
#endif

#define MIP_PIXEL_BODY "clahe_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY
#undef FOURS
#undef WORDS
#undef INTS
#undef FLOATS
#undef LANES
#undef EVERY_SECOND
#undef EVEN
#undef ODD
#undef LEFT_LEVEL
#undef RIGHT_LEVEL

static const mip_clahe MIP_NAME(mip_clahe) = {
    .extremes = {MIP_PASTE(MIP_NAME(extremes), u8), MIP_PASTE(MIP_NAME(extremes), i16),
                 MIP_PASTE(MIP_NAME(extremes), u16)},
    .tile = {MIP_PASTE(MIP_NAME(tile), u8), MIP_PASTE(MIP_NAME(tile), i16),
             MIP_PASTE(MIP_NAME(tile), u16)},
    .cell = {MIP_PASTE(MIP_NAME(cell), u8), MIP_PASTE(MIP_NAME(cell), i16),
             MIP_PASTE(MIP_NAME(cell), u16)},
};
