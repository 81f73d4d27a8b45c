#include "histogram.h"

#include "count.h"
#include "line.h"

/* Counts leave a CPU no room to look far ahead, and its own prefetching ends with every page. */
enum { BLOCK = 512, AHEAD = 2048 }; /* bytes */

#define MIP_COUNT_BLOCKS(count, first)                                                             \
    for (const ptrdiff_t block = BLOCK / (ptrdiff_t)sizeof *source; n > 0;                         \
         n -= block, source += block) {                                                            \
        if (n * (ptrdiff_t)sizeof *source >= AHEAD + BLOCK)                                        \
            mip_fetch((const char *)source + AHEAD, BLOCK);                                        \
        count(source, n < block ? n : block, first, counts);                                       \
    }

void mip_histogram_u8(const uint8_t *source, ptrdiff_t n, uint32_t *counts)
{
    MIP_COUNT_BLOCKS(mip_count_u8, 0)
}

void mip_histogram_i16(const int16_t *source, ptrdiff_t n, uint32_t *counts)
{
    MIP_COUNT_BLOCKS(mip_count_i16, INT16_MIN)
}

void mip_histogram_u16(const uint16_t *source, ptrdiff_t n, uint32_t *counts)
{
    MIP_COUNT_BLOCKS(mip_count_u16, 0)
}

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
