/* Pointwise kernels of one instruction set and pixel type: see intensity.h. */

/* Invert, and hide padding and NaN as 0. `out` holds levels of `x`; both are still in cache. */
MIP_TARGET static void MIP_TYPED(finish)(const PIXEL *restrict x, uint8_t *restrict out,
                                         ptrdiff_t n, const mip_window *w)
{
    const uint8_t flip = w->flip;
    const float low = w->padding_low, high = w->padding_high;
    for (ptrdiff_t i = 0; i < n; ++i) {
        const float v = (float)x[i];
        const int hidden = (v != v) | ((v >= low) & (v <= high));
        out[i] = hidden ? 0 : (uint8_t)(out[i] ^ flip);
    }
}

MIP_TARGET static void MIP_TYPED(window)(const void *source, uint8_t *restrict out, ptrdiff_t n,
                                         const mip_window *w)
{
    const PIXEL *restrict x = source;
    const float origin = w->origin, scale = w->scale, offset = w->offset;
    const float least = w->least, most = w->most;
    for (ptrdiff_t i = 0; i < n; ++i)
        out[i] = MIP_NAME(level)(((float)x[i] - origin) * scale + offset, least, most);
    if (w->flip || w->padding_low <= w->padding_high)
        MIP_TYPED(finish)(x, out, n, w);
}

MIP_TARGET static void MIP_TYPED(sigmoid)(const void *source, uint8_t *restrict out, ptrdiff_t n,
                                          const mip_window *w)
{
    const PIXEL *restrict x = source;
    const float origin = w->origin, scale = w->scale, offset = w->offset;
    const float least = w->least, most = w->most;
    for (ptrdiff_t i = 0; i < n; ++i) {
        const float power = MIP_NAME(exponential)(((float)x[i] - origin) * scale + offset);
        out[i] = MIP_NAME(level)(255.0f / (1.0f + power), least, most);
    }
    if (w->flip || w->padding_low <= w->padding_high)
        MIP_TYPED(finish)(x, out, n, w);
}

MIP_TARGET static void MIP_TYPED(rescale)(const void *source, float *restrict out, ptrdiff_t n,
                                          float slope, float intercept)
{
    const PIXEL *restrict x = source;
    for (ptrdiff_t i = 0; i < n; ++i)
        out[i] = (float)x[i] * slope + intercept;
}

MIP_TARGET static void MIP_TYPED(threshold)(const void *source, uint8_t *restrict out, ptrdiff_t n,
                                            double least, double most)
{
    const PIXEL *restrict x = source;
    const PIXEL low = (PIXEL)least, high = (PIXEL)most;
    for (ptrdiff_t i = 0; i < n; ++i)
        out[i] = (uint8_t)((x[i] >= low) & (x[i] <= high));
}

#if PIXEL_IS_INTEGER
/* Indices are made a strip at a time: that loop has vectors, and what looks up has nothing else. */
MIP_TARGET static void MIP_TYPED(index)(const PIXEL *restrict x, int32_t *restrict index,
                                        ptrdiff_t n, int32_t first, int32_t last)
{
    for (ptrdiff_t i = 0; i < n; ++i) {
        const int32_t from_first = (int32_t)x[i] - first;
        const int32_t least = from_first > 0 ? from_first : 0;
        index[i] = least < last ? least : last;
    }
}

#define LOOKUP(bits)                                                                               \
    MIP_TARGET static void MIP_TYPED(lookup##bits)(const void *source, void *target, ptrdiff_t n,  \
                                                   const void *entries, int32_t first,             \
                                                   int32_t last)                                   \
    {                                                                                              \
        const PIXEL *restrict x = source;                                                          \
        uint##bits##_t *restrict out = target;                                                     \
        const uint##bits##_t *restrict entry = entries;                                            \
        int32_t index[STRIP];                                                                      \
        for (ptrdiff_t begin = 0; begin < n; begin += STRIP) {                                     \
            const ptrdiff_t count = n - begin < STRIP ? n - begin : STRIP;                         \
            MIP_TYPED(index)(x + begin, index, count, first, last);                                \
            for (ptrdiff_t i = 0; i < count; ++i)                                                  \
                out[begin + i] = entry[index[i]];                                                  \
        }                                                                                          \
    }
LOOKUP(8)
LOOKUP(16)
LOOKUP(32)
#undef LOOKUP
#endif
