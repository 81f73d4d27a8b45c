/* The scan of an image between two bounds: see label.h. */

MIP_TARGET static uint32_t MIP_TYPED(within)(const void *row, ptrdiff_t columns, double least,
                                             double most, uint32_t *edges, uint32_t room)
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
        count = MIP_NAME(put)(MIP_NAME(bits)(is_within), &before, x, columns, edges, count, room);
    }
    return count;
}
