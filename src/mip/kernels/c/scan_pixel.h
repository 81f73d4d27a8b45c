/* The scan of an image, between two bounds or by value: see scan.h. */

MIP_TARGET static uint32_t MIP_TYPED(within)(const void *row, ptrdiff_t columns, double least,
                                             double most, mip_word *words)
{
    const PIXEL *restrict source = row;
    const PIXEL low = (PIXEL)least, high = (PIXEL)most;
    uint32_t count = 0;
    uint64_t before = 0;
    for (ptrdiff_t x = 0; x < columns; x += 64) {
        uint8_t is_within[64];
        PIXEL padded[64] = {0};
        const PIXEL *restrict pixels = source + x;
        if (columns - x < 64) {
            memcpy(padded, pixels, (size_t)(columns - x) * sizeof *padded);
            pixels = padded;
        }
        for (int i = 0; i < 64; ++i) /* a count that the compiler knows: whole vectors alone */
            is_within[i] = (uint8_t)((pixels[i] >= low) & (pixels[i] <= high));
        const uint64_t bits = MIP_NAME(bits)(is_within);
        count = MIP_NAME(put)(bits, ~(bits << 1 | before), columns - x, count, words++);
        before = bits >> 63;
    }
    return count;
}

#if PIXEL_IS_INTEGER
MIP_TARGET static uint32_t MIP_TYPED(by_value)(const void *row, ptrdiff_t columns, mip_word *words)
{
    const PIXEL *restrict source = row;
    uint32_t count = 0;
    for (ptrdiff_t x = 0; x < columns; x += 64) {
        uint8_t is_some[64], differs[64];
        PIXEL padded[65] = {0}; /* the pixel before, too; before a row there is background */
        const PIXEL *restrict pixels = source + x - (x > 0);
        const ptrdiff_t left = columns - x < 64 ? columns - x : 64;
        if (!x || left < 64) {
            memcpy(padded + !x, pixels, (size_t)(left + (x > 0)) * sizeof *padded);
            pixels = padded;
        }
        for (int i = 0; i < 64; ++i) {
            is_some[i] = pixels[i + 1] != 0;
            differs[i] = pixels[i + 1] != pixels[i];
        }
        const uint64_t inside = MIP_NAME(bits)(is_some);
        count = MIP_NAME(put)(inside, MIP_NAME(bits)(differs), left, count, words++);
    }
    return count;
}
#endif
