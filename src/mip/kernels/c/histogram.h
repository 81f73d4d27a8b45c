/* Counts of values, and of bins. */
#ifndef MIP_HISTOGRAM_H
#define MIP_HISTOGRAM_H
#include <stddef.h>
#include <stdint.h>

/* `counts` holds a number for each of the 1 << 8 or 1 << 16 values, from the least on; n is below
 * 2^32. */
void mip_histogram_u8(const uint8_t *source, ptrdiff_t n, uint32_t *counts);
void mip_histogram_i16(const int16_t *source, ptrdiff_t n, uint32_t *counts);
void mip_histogram_u16(const uint16_t *source, ptrdiff_t n, uint32_t *counts);

/* Bin i holds edges[i] <= x < edges[i + 1], the last one its upper edge, too. */
typedef struct {
    const float *edges; /* bins + 1 */
    ptrdiff_t bins;
    float scale; /* about bins / (high - low): finds a bin near the right one */
} mip_bins;

void mip_histogram_f32(const float *source, ptrdiff_t n, const mip_bins *bins, uint32_t *counts);

#endif
