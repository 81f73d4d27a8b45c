/* The part of CLAHE that knows the pixel type: see clahe.h. */
#if PIXEL_IS_INTEGER

MIP_TARGET static void MIP_TYPED(extremes)(const void *source, ptrdiff_t n, int32_t *least,
                                           int32_t *greatest)
{
    const PIXEL *restrict x = source;
    PIXEL low = x[0], high = x[0];
    for (ptrdiff_t i = 0; i < n; ++i) { /* from 0, to keep whole vectors whole */
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    *least = low;
    *greatest = high;
}

MIP_TARGET static void MIP_TYPED(tile)(const void *source, const mip_clahe_plan *p, ptrdiff_t tile,
                                       uint32_t *scratch)
{
    const ptrdiff_t left = tile % p->tiles_across * p->tile_columns;
    const ptrdiff_t *inside_y = p->inside_y + tile / p->tiles_across * p->tile_rows;
    const ptrdiff_t *inside_x = p->inside_x + left;
    const ptrdiff_t width = p->tile_columns, visible = p->columns - left;
    const ptrdiff_t plain = visible < 0 ? 0 : visible < width ? visible : width;
    const ptrdiff_t begin = plain ? left : 0; /* a tile may lie wholly beyond the last column */
    memset(scratch, 0, (size_t)p->span * sizeof(uint32_t));
    for (ptrdiff_t y = 0; y < p->tile_rows; ++y) {
        const PIXEL *row = (const PIXEL *)source + inside_y[y] * p->columns;
        if (y + AHEAD < p->tile_rows)
            fetch((const PIXEL *)source + inside_y[y + AHEAD] * p->columns + begin,
                  plain * (ptrdiff_t)sizeof(PIXEL));
        MIP_PASTE(mip_count, MIP_T)(row + begin, plain, p->first, scratch);
        for (ptrdiff_t i = plain; i < width; ++i)
            ++scratch[row[inside_x[i]] - p->first];
    }
    MIP_NAME(equalize)(p, scratch, p->tables + tile * p->span);
}

/* Two pairs of levels: see interleave. */
#define LOOK_UP(i)                                                                                 \
    memcpy(found + 2 * (i), levels + 2 * (size_t)((uint32_t)x[i] - first), 2 * sizeof(uint32_t))

/* Look n pixels up, and weigh the four levels of each by its place in the cell. What is found lies
 * behind the levels, so that it may overlap them for all that gcc 12 knows: it would gather the
 * levels by vectors otherwise, which takes twice as long. */
MIP_TARGET static void MIP_TYPED(blend)(const PIXEL *restrict x, PIXEL *restrict out, ptrdiff_t n,
                                        const mip_clahe_plan *p, uint32_t *levels,
                                        const float *restrict shares, float below)
{
    const float above = 1.0f - below;
    const int32_t least = p->least;
    const uint32_t first = (uint32_t)p->first;
    uint32_t *found = levels + 2 * (ptrdiff_t)p->span;
    ptrdiff_t looked_up = 0;
    for (; looked_up + 4 <= n; looked_up += 4) {
        LOOK_UP(looked_up);
        LOOK_UP(looked_up + 1);
        LOOK_UP(looked_up + 2);
        LOOK_UP(looked_up + 3);
    }
    for (; looked_up < n; ++looked_up)
        LOOK_UP(looked_up);
    for (ptrdiff_t i = 0; i < n; ++i) {
        const float right = shares[i], left = 1.0f - right;
        const int32_t upper = (int32_t)found[2 * i], lower = (int32_t)found[2 * i + 1];
        const float value =
            ((float)(upper & 0xffff) * left + (float)(upper >> 16 & 0xffff) * right) * above +
            ((float)(lower & 0xffff) * left + (float)(lower >> 16 & 0xffff) * right) * below;
        out[i] = (PIXEL)(MIP_NAME(level)(value) + least);
    }
}
#undef LOOK_UP

MIP_TARGET static void MIP_TYPED(cell)(const void *source, void *out, const mip_clahe_plan *p,
                                       const mip_clahe_gap *gap_y, const mip_clahe_gap *gap_x,
                                       uint32_t *scratch)
{
    const uint16_t *above = p->tables + gap_y->before * p->tiles_across * p->span;
    const uint16_t *below = p->tables + gap_y->after * p->tiles_across * p->span;
    const ptrdiff_t left = gap_x->before * p->span, right = gap_x->after * p->span;
    MIP_NAME(interleave)(above + left, above + right, below + left, below + right, scratch,
                         p->span);
    for (ptrdiff_t y = gap_y->begin; y < gap_y->end; ++y)
        for (ptrdiff_t x = gap_x->begin; x < gap_x->end; x += MIP_CLAHE_STRIP) {
            const ptrdiff_t at = y * p->columns + x, left_over = gap_x->end - x;
            const ptrdiff_t n = left_over < MIP_CLAHE_STRIP ? left_over : MIP_CLAHE_STRIP;
            if (y + AHEAD < gap_y->end)
                fetch((const PIXEL *)source + at + AHEAD * p->columns,
                      n * (ptrdiff_t)sizeof(PIXEL));
            MIP_TYPED(blend)((const PIXEL *)source + at, (PIXEL *)out + at, n, p, scratch,
                             p->shares_x + x, p->shares_y[y]);
        }
}

#endif
