/* Resampling of one instruction set: see resample.h. */

/* The value between two samples. What has no weight takes no part, be it NaN. */
MIP_TARGET static inline float MIP_NAME(between)(float before, float after, float t)
{
    const float value = before + t * (after - before);
    return t > 0.0f ? value : before;
}

#if MIP_X86 && MIP_VECTOR_BYTES > 16
typedef float MIP_NAME(vector)
    __attribute__((vector_size(MIP_VECTOR_BYTES), aligned(4), may_alias));
typedef int32_t MIP_NAME(indices)
    __attribute__((vector_size(MIP_VECTOR_BYTES), aligned(4), may_alias));
#define VECTOR MIP_NAME(vector)
#define INDICES MIP_NAME(indices)
#define LANES ((ptrdiff_t)(MIP_VECTOR_BYTES / sizeof(float)))

/* Those of the values of two vectors that are at the indices. */
MIP_TARGET static inline VECTOR MIP_NAME(pick)(VECTOR low, VECTOR high, INDICES at)
{
#if MIP_VECTOR_BYTES == 64
    return _mm512_permutex2var_ps(low, (__m512i)at, high);
#else
    return _mm256_blendv_ps(_mm256_permutevar8x32_ps(low, (__m256i)at),
                            _mm256_permutevar8x32_ps(high, (__m256i)at), (__m256)(at << 28));
#endif
}

/* A vector of positions, whose samples lie within two vectors: these are loaded, and permuted. */
MIP_TARGET static inline void MIP_NAME(along_vector)(const float *row, const int32_t *index,
                                                     const float *weight, float *out)
{
    const float *from = row + index[0];
    const VECTOR low = *(const VECTOR *)from, high = *(const VECTOR *)(from + LANES);
    const VECTOR t = *(const VECTOR *)weight;
    const INDICES at = *(const INDICES *)index - index[0];
    const VECTOR before = MIP_NAME(pick)(low, high, at), after = MIP_NAME(pick)(low, high, at + 1);
    const VECTOR value = before + t * (after - before);
    const INDICES has = t > 0.0f;
    *(VECTOR *)out = (VECTOR)(((INDICES)value & has) | ((INDICES)before & ~has));
}
#endif

/* out[i] = the value at position i of a row. To fetch samples one by one takes as long as all else
 * together: where a vector's lie close enough, which is so on a grid more than half as fine, they
 * are permuted. */
MIP_TARGET static void MIP_NAME(along_x)(const float *restrict row, const mip_resample_axis *x,
                                         ptrdiff_t n, float *restrict out)
{
    const int32_t *restrict index = x->index;
    const float *restrict weight = x->weight;
    ptrdiff_t i = 0;
#ifdef LANES
    for (; i + LANES <= n && index[i + LANES - 1] - index[i] < 2 * LANES - 1; i += LANES)
        MIP_NAME(along_vector)(row, index + i, weight + i, out + i);
#endif
    for (; i < n; ++i)
        out[i] = MIP_NAME(between)(row[index[i]], row[index[i] + 1], weight[i]);
}
#undef VECTOR
#undef INDICES
#undef LANES

#define MIP_PIXEL_BODY "resample_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY


static const mip_resample MIP_NAME(mip_resample) = {.run = {MIP_EACH_PIXEL(nearest), MIP_EACH_PIXEL(linear)}};
