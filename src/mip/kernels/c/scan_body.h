/* The scan of one instruction set: see scan.h. */
#include "bits_body.h"

/* Write a word of (at most 64) pixels, given which are inside and which differ from the one before,
 * and return how many runs begin before its end; `count` before it. */
MIP_TARGET static inline uint32_t MIP_NAME(put)(uint64_t inside, uint64_t differs, ptrdiff_t left,
                                                uint32_t count, mip_word *word)
{
    if (left < 64)
        inside &= (UINT64_C(1) << left) - 1;
    *word = (mip_word){inside, inside & differs, count};
    return count + mip_ones(inside & differs);
}

MIP_TARGET static uint32_t MIP_NAME(mask)(const uint8_t *row, ptrdiff_t columns, uint64_t flip,
                                          mip_word *words)
{
    uint32_t count = 0;
    uint64_t before = 0;
    for (ptrdiff_t x = 0; x < columns; x += 64) {
        uint8_t padded[64];
        const uint8_t *pixels = row + x;
        if (columns - x < 64) {
            memset(padded, 0, sizeof padded);
            pixels = memcpy(padded, pixels, (size_t)(columns - x));
        }
        const uint64_t bits = MIP_NAME(bits)(pixels) ^ flip;
        count = MIP_NAME(put)(bits, ~(bits << 1 | before), columns - x, count, words++);
        before = bits >> 63;
    }
    return count;
}

#define MIP_PIXEL_BODY "scan_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

static const mip_scan MIP_NAME(mip_scan) = {
    .mask = MIP_NAME(mask),
    .within = MIP_EACH_PIXEL(within),
    .by_value = {MIP_PASTE(MIP_NAME(by_value), u8), MIP_PASTE(MIP_NAME(by_value), i16),
                 MIP_PASTE(MIP_NAME(by_value), u16)}, /* none for float32 */
};
