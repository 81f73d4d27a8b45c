/* Colour kernels of one instruction set: see color.h. */

/* ITU-R BT.601 weights in units of 1/32768, which sum to one: white stays white. */
#define LUMINANCE(bits)                                                                            \
    MIP_TARGET static void MIP_NAME(luminance##bits)(const void *source, void *target,             \
                                                     ptrdiff_t n)                                  \
    {                                                                                              \
        const uint##bits##_t *restrict rgb = source;                                               \
        uint##bits##_t *restrict out = target;                                                     \
        for (ptrdiff_t i = 0; i < n; ++i) {                                                        \
            const uint32_t r = rgb[3 * i], g = rgb[3 * i + 1], b = rgb[3 * i + 2];                 \
            out[i] = (uint##bits##_t)((r * 9798u + g * 19235u + b * 3735u + 16384u) >> 15);        \
        }                                                                                          \
    }
LUMINANCE(8)
LUMINANCE(16)
#undef LUMINANCE

#if MIP_X86 && MIP_VECTOR_BYTES >= 32
/* Eight pixels as 32-bit sums, from 28 readable bytes. Shuffles pair the channels as 16-bit numbers,
 * (R, G) and (B, 1), for multiplications that add in pairs: the compiler's own way of taking three
 * channels apart costs twice as much. */
MIP_TARGET static inline __m256i MIP_NAME(eight)(const uint8_t *rgb)
{
    const __m256i red_green = _mm256_setr_epi8(
        0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1,
        0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1);
    const __m256i blue = _mm256_setr_epi8(
        2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1,
        2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1);
    const __m128i low = _mm_loadu_si128((const __m128i *)(const void *)rgb);
    const __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(rgb + 12));
    const __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
    const __m256i ones = _mm256_set1_epi32(1 << 16);
    const __m256i first = _mm256_madd_epi16(_mm256_shuffle_epi8(both, red_green),
                                            _mm256_set1_epi32(19235 << 16 | 9798));
    const __m256i second =
        _mm256_madd_epi16(_mm256_or_si256(_mm256_shuffle_epi8(both, blue), ones),
                          _mm256_set1_epi32(16384 << 16 | 3735));
    return _mm256_srli_epi32(_mm256_add_epi32(first, second), 15);
}

MIP_TARGET static void MIP_NAME(luminance_wide)(const void *source, void *target, ptrdiff_t n)
{
    const uint8_t *rgb = source;
    uint8_t *out = target;
    /* packs take turns between the halves of a vector */
    const __m256i in_order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    ptrdiff_t i = 0;
    for (; i + 34 <= n; i += 32) { /* the last load reads 4 bytes past its pixels */
        const uint8_t *from = rgb + 3 * i;
        const __m256i first = _mm256_packs_epi32(MIP_NAME(eight)(from), MIP_NAME(eight)(from + 24));
        const __m256i second =
            _mm256_packs_epi32(MIP_NAME(eight)(from + 48), MIP_NAME(eight)(from + 72));
        const __m256i packed = _mm256_packus_epi16(first, second);
        _mm256_storeu_si256((__m256i *)(void *)(out + i),
                            _mm256_permutevar8x32_epi32(packed, in_order));
    }
    MIP_NAME(luminance8)(rgb + 3 * i, out + i, n - i);
}
#define LUMINANCE8 MIP_NAME(luminance_wide)
#else
#define LUMINANCE8 MIP_NAME(luminance8)
#endif

/* One channel under the tint; `covered` is 0 or all ones, and 0 leaves the value as it is. */
MIP_TARGET static inline uint8_t MIP_NAME(blend)(uint32_t value, uint32_t weighted,
                                                 uint32_t alpha, uint32_t covered)
{
    const uint32_t rest = 65536u - (alpha & covered);
    return (uint8_t)((value * rest + (weighted & covered) + 32768u) >> 16);
}

MIP_TARGET static void MIP_NAME(overlay_grey)(const uint8_t *restrict source,
                                              const uint8_t *restrict mask, uint8_t *restrict rgb,
                                              ptrdiff_t n, const mip_tint *tint)
{
    const mip_tint own = *tint;
    for (ptrdiff_t i = 0; i < n; ++i) {
        const uint32_t covered = mask[i] ? ~0u : 0u;
        rgb[3 * i] = MIP_NAME(blend)(source[i], own.weighted[0], own.alpha, covered);
        rgb[3 * i + 1] = MIP_NAME(blend)(source[i], own.weighted[1], own.alpha, covered);
        rgb[3 * i + 2] = MIP_NAME(blend)(source[i], own.weighted[2], own.alpha, covered);
    }
}

MIP_TARGET static void MIP_NAME(overlay_rgb)(const uint8_t *restrict source,
                                             const uint8_t *restrict mask, uint8_t *restrict rgb,
                                             ptrdiff_t n, const mip_tint *tint)
{
    const mip_tint own = *tint;
    for (ptrdiff_t i = 0; i < n; ++i) {
        const uint32_t covered = mask[i] ? ~0u : 0u;
        rgb[3 * i] = MIP_NAME(blend)(source[3 * i], own.weighted[0], own.alpha, covered);
        rgb[3 * i + 1] = MIP_NAME(blend)(source[3 * i + 1], own.weighted[1], own.alpha, covered);
        rgb[3 * i + 2] = MIP_NAME(blend)(source[3 * i + 2], own.weighted[2], own.alpha, covered);
    }
}

#if MIP_X86 && MIP_VECTOR_BYTES >= 32
/* Most of a picture is not covered: sixteen such pixels are three shuffles. */
MIP_TARGET static inline void MIP_NAME(sixteen)(const uint8_t *grey, uint8_t *rgb)
{
    const __m128i pixels = _mm_loadu_si128((const __m128i *)(const void *)grey);
    const __m128i first = _mm_setr_epi8(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5);
    const __m128i second = _mm_setr_epi8(5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10);
    const __m128i third =
        _mm_setr_epi8(10, 11, 11, 11, 12, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15);
    __m128i *out = (__m128i *)(void *)rgb;
    _mm_storeu_si128(out, _mm_shuffle_epi8(pixels, first));
    _mm_storeu_si128(out + 1, _mm_shuffle_epi8(pixels, second));
    _mm_storeu_si128(out + 2, _mm_shuffle_epi8(pixels, third));
}

MIP_TARGET static inline int MIP_NAME(is_covered)(const uint8_t *mask)
{
    const __m128i cover = _mm_loadu_si128((const __m128i *)(const void *)mask);
    return !_mm_testz_si128(cover, cover);
}

MIP_TARGET static void MIP_NAME(overlay_wide)(const uint8_t *restrict source,
                                              const uint8_t *restrict mask, uint8_t *restrict rgb,
                                              ptrdiff_t n, const mip_tint *tint)
{
    ptrdiff_t i = 0, end;
    while (i + 16 <= n) {
        for (; i + 16 <= n && !MIP_NAME(is_covered)(mask + i); i += 16)
            MIP_NAME(sixteen)(source + i, rgb + 3 * i);
        for (end = i; end + 16 <= n && MIP_NAME(is_covered)(mask + end); end += 16)
            ;
        MIP_NAME(overlay_grey)(source + i, mask + i, rgb + 3 * i, end - i, tint);
        i = end;
    }
    MIP_NAME(overlay_grey)(source + i, mask + i, rgb + 3 * i, n - i, tint);
}
#define OVERLAY_GREY MIP_NAME(overlay_wide)
#else
#define OVERLAY_GREY MIP_NAME(overlay_grey)
#endif

static const mip_color MIP_NAME(mip_color) = {
    .luminance8 = LUMINANCE8,
    .luminance16 = MIP_NAME(luminance16),
    .overlay_grey = OVERLAY_GREY,
    .overlay_rgb = MIP_NAME(overlay_rgb),
};
#undef LUMINANCE8
#undef OVERLAY_GREY
