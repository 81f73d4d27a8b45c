/* The scan of one instruction set: see label.h. */

/* Bit i tells whether mask[i] is not 0, for 64 values. */
MIP_TARGET static inline uint64_t MIP_NAME(bits)(const uint8_t *mask)
{
#if MIP_X86 && MIP_VECTOR_BYTES == 64
    const __m512i v = _mm512_loadu_si512((const void *)mask);
    return _mm512_test_epi8_mask(v, v);
#elif MIP_X86 && MIP_VECTOR_BYTES == 32
    uint64_t bits = 0;
    for (int i = 0; i < 2; ++i) {
        const __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(mask + 32 * i));
        const __m256i zero = _mm256_cmpeq_epi8(v, _mm256_setzero_si256());
        bits |= (uint64_t)(uint32_t)~_mm256_movemask_epi8(zero) << 32 * i;
    }
    return bits;
#elif MIP_X86
    uint64_t bits = 0;
    for (int i = 0; i < 4; ++i) {
        const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(mask + 16 * i));
        const __m128i zero = _mm_cmpeq_epi8(v, _mm_setzero_si128());
        bits |= (uint64_t)(uint16_t)~_mm_movemask_epi8(zero) << 16 * i;
    }
    return bits;
#else
    uint64_t bits = 0;
    for (int i = 0; i < 64; ++i)
        bits |= (uint64_t)(mask[i] != 0) << i;
    return bits;
#endif
}

/* Index of the lowest bit of `bits`, which is not 0. */
MIP_TARGET static inline uint32_t MIP_NAME(lowest)(uint64_t bits)
{
#if defined(__GNUC__) || defined(__clang__)
    return (uint32_t)__builtin_ctzll(bits);
#else
    uint32_t index = 0;
    for (; !(bits & 1); bits >>= 1)
        ++index;
    return index;
#endif
}

/* Write the edges among the (at most 64) pixels from x on, given as bits, and return how many the
 * row has now; `before` is the pixel before x. The end of the row is no edge. */
MIP_TARGET static inline uint32_t MIP_NAME(put)(uint64_t bits, uint64_t *before, ptrdiff_t x,
                                                ptrdiff_t columns, uint32_t *edges, uint32_t count,
                                                uint32_t room)
{
    uint64_t left = bits ^ (bits << 1 | *before);
    *before = bits >> 63;
    if (columns - x < 64)
        left &= (UINT64_C(1) << (columns - x)) - 1;
    for (; left; left &= left - 1, ++count)
        if (count < room)
            edges[count] = (uint32_t)x + MIP_NAME(lowest)(left);
    return count;
}

MIP_TARGET static uint32_t MIP_NAME(scan)(const uint8_t *row, ptrdiff_t columns, uint64_t flip,
                                          uint32_t *edges, uint32_t room)
{
    uint32_t count = 0;
    uint64_t before = 0;
    for (ptrdiff_t x = 0; x < columns; x += 64) {
        uint8_t padded[64] = {0};
        const int is_whole = columns - x >= 64;
        if (!is_whole)
            memcpy(padded, row + x, (size_t)(columns - x));
        const uint64_t bits = MIP_NAME(bits)(is_whole ? row + x : padded) ^ flip;
        count = MIP_NAME(put)(bits, &before, x, columns, edges, count, room);
    }
    return count;
}

#define MIP_PIXEL_BODY "label_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

static const mip_label MIP_NAME(mip_label) = {
    .scan = MIP_NAME(scan),
    .by_value = {MIP_PASTE(MIP_NAME(by_value), u8), MIP_PASTE(MIP_NAME(by_value), i16),
                 MIP_PASTE(MIP_NAME(by_value), u16)}, /* none for float32 */
    .within = {MIP_PASTE(MIP_NAME(within), u8), MIP_PASTE(MIP_NAME(within), i16),
               MIP_PASTE(MIP_NAME(within), u16), MIP_PASTE(MIP_NAME(within), f32)},
};
