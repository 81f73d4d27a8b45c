/* Bytes as bits, in one instruction set. */

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
