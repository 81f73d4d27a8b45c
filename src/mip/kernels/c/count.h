/* Counts of the values of an image. Scalar for every instruction set: what a pixel adds to is known
 * when it is read.
 *
 * Where sixteen bytes are one value, as in a background, it is counted once: on many CPUs a count
 * waits five cycles for the one before it on the same value. The halves are compared first, since in
 * texture that alone tells them apart.
 */
#ifndef MIP_COUNT_H
#define MIP_COUNT_H
#include "isa.h"

static inline uint64_t mip_eight_bytes(const void *at)
{
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

/* Add to counts[x - first] for each of the n values x, none below `first`; a count is below 2^32. */
#define MIP_COUNT(type, name)                                                                      \
    static inline void mip_count_##name(const type *restrict x, ptrdiff_t n, int32_t first,        \
                                        uint32_t *restrict counts)                                 \
    {                                                                                              \
        enum { BITS = 8 * sizeof(type), HALF = 64 / BITS, STEP = 2 * HALF };                       \
        ptrdiff_t i = 0;                                                                           \
        for (; i + STEP <= n; i += STEP) {                                                         \
            const uint64_t a = mip_eight_bytes(x + i), b = mip_eight_bytes(x + i + HALF);          \
            if (a == b && a == (a << BITS | a >> (64 - BITS))) {                                   \
                counts[(ptrdiff_t)x[i] - first] += STEP;                                           \
                continue;                                                                          \
            }                                                                                      \
            for (int j = 0; j < STEP; ++j)                                                         \
                ++counts[(ptrdiff_t)x[i + j] - first];                                             \
        }                                                                                          \
        for (; i < n; ++i)                                                                         \
            ++counts[(ptrdiff_t)x[i] - first];                                                     \
    }
MIP_COUNT(uint8_t, u8)
MIP_COUNT(int16_t, i16)
MIP_COUNT(uint16_t, u16)
#undef MIP_COUNT

#endif
