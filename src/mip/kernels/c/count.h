/* Counts of the words of an image, 8 or 16 bits each. Scalar for every instruction set: what a
 * pixel adds to is known when it is read.
 *
 * Words are read eight bytes at a time. Where sixteen bytes are one value, as in a background, it
 * is counted once: on many CPUs a count waits five cycles for the one before it on the same value.
 */
#ifndef MIP_COUNT_H
#define MIP_COUNT_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t mip_eight_bytes(const void *at)
{
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

/* Add to counts[x - first], in whole words, for each of the n words x; a count is below 2^32. */
#define MIP_COUNT(bits)                                                                            \
    static inline void mip_count_##bits(const void *words, ptrdiff_t n, uint##bits##_t first,      \
                                        uint32_t *counts)                                          \
    {                                                                                              \
        const uint##bits##_t *x = words;                                                           \
        const ptrdiff_t half = 64 / (bits), step = 2 * half;                                       \
        ptrdiff_t i = 0;                                                                           \
        for (; i + step <= n; i += step) {                                                         \
            const uint64_t a = mip_eight_bytes(x + i), b = mip_eight_bytes(x + i + half);          \
            if (((a ^ (a << (bits) | a >> (64 - (bits)))) | (a ^ b)) == 0) {                       \
                counts[(uint##bits##_t)(x[i] - first)] += (uint32_t)step;                          \
                continue;                                                                          \
            }                                                                                      \
            for (int shift = 0; shift < 64; shift += (bits))                                       \
                ++counts[(uint##bits##_t)((a >> shift) - first)];                                  \
            for (int shift = 0; shift < 64; shift += (bits))                                       \
                ++counts[(uint##bits##_t)((b >> shift) - first)];                                  \
        }                                                                                          \
        for (; i < n; ++i)                                                                         \
            ++counts[(uint##bits##_t)(x[i] - first)];                                              \
    }
MIP_COUNT(8)
MIP_COUNT(16)
#undef MIP_COUNT

#endif
