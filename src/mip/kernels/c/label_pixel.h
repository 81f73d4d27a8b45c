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

#if PIXEL_IS_INTEGER
MIP_TARGET static uint32_t MIP_TYPED(by_value)(const void *pixels, ptrdiff_t columns,
                                               uint32_t *edges, uint32_t room)
{
    const PIXEL *row = pixels;
    uint32_t count = 0;
    for (ptrdiff_t begin = 0, end; begin < columns; begin = end) {
        for (end = begin + 1; end < columns && row[end] == row[begin];)
            ++end;
        if (!row[begin])
            continue;
        if (count + 2 <= room) {
            edges[count] = (uint32_t)begin;
            edges[count + 1] = (uint32_t)end;
        }
        count += 2;
    }
    return count;
}
#endif
