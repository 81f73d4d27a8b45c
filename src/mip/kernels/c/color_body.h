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

static const mip_color MIP_NAME(mip_color) = {
    .luminance8 = MIP_NAME(luminance8),
    .luminance16 = MIP_NAME(luminance16),
    .overlay_grey = MIP_NAME(overlay_grey),
    .overlay_rgb = MIP_NAME(overlay_rgb),
};
