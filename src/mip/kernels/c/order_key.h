/* Keys that order pixels: KEY, as_key and as_pixel of the pixel type of each_pixel.h.
 *
 * Integers are their own keys. A float's is the integer of its bits, negative ones reversed: they
 * compare as the floats do, and every NaN becomes the greatest, whose bits are a NaN again. The sign
 * of zero counts, -0 first. */
#if PIXEL_IS_INTEGER
#define KEY PIXEL
#else
#define KEY int32_t
#endif

MIP_TARGET static inline KEY MIP_TYPED(as_key)(KEY bits)
{
#if PIXEL_IS_INTEGER
    return bits;
#else
    const int32_t infinity = 0x7f800000, magnitude = bits & INT32_MAX;
    const int32_t key = bits ^ (bits >> 31 & INT32_MAX);
    return magnitude > infinity ? INT32_MAX : key;
#endif
}

/* Turn a row of keys into pixels, where they are. */
MIP_TARGET static inline void MIP_TYPED(as_pixels)(KEY *row, ptrdiff_t columns)
{
#if PIXEL_IS_INTEGER
    (void)row, (void)columns;
#else
    for (ptrdiff_t i = 0; i < columns; ++i)
        row[i] ^= row[i] >> 31 & INT32_MAX;
#endif
}

/* Copy a row of pixels as keys. */
MIP_TARGET static inline void MIP_TYPED(load_keys)(const KEY *restrict from, KEY *restrict to,
                                                   ptrdiff_t columns)
{
#if PIXEL_IS_INTEGER
    memcpy(to, from, (size_t)columns * sizeof(KEY));
#else
    for (ptrdiff_t i = 0; i < columns; ++i)
        to[i] = MIP_TYPED(as_key)(from[i]);
#endif
}
