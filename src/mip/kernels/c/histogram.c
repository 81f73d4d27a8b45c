#include "histogram.h"

#define COUNT(bits)                                                                                \
    void mip_histogram_##bits(const uint##bits##_t *source, ptrdiff_t n, uint32_t *counts)         \
    {                                                                                              \
        ptrdiff_t i = 0;                                                                           \
        for (; i + 4 <= n; i += 4) {                                                               \
            ++counts[2 * source[i]];                                                               \
            ++counts[2 * source[i + 1] + 1];                                                       \
            ++counts[2 * source[i + 2]];                                                           \
            ++counts[2 * source[i + 3] + 1];                                                       \
        }                                                                                          \
        for (; i < n; ++i)                                                                         \
            ++counts[2 * source[i]];                                                               \
    }
COUNT(8)
COUNT(16)
#undef COUNT

void mip_histogram_f32(const float *source, ptrdiff_t n, const mip_bins *bins, uint32_t *counts)
{
    const float *edges = bins->edges, low = edges[0], high = edges[bins->bins];
    const float last = (float)(bins->bins - 1);
    for (ptrdiff_t i = 0; i < n; ++i) {
        const float x = source[i];
        if (!(x >= low && x <= high)) /* NaN, too */
            continue;
        float guess = (x - low) * bins->scale;
        guess = guess > 0.0f ? guess : 0.0f;
        ptrdiff_t bin = (ptrdiff_t)(guess < last ? guess : last);
        while (x < edges[bin])
            --bin;
        while (bin + 1 < bins->bins && x >= edges[bin + 1])
            ++bin;
        ++counts[bin];
    }
}
