/* The part of CLAHE that knows the pixel type: see clahe.h. */
#if PIXEL_IS_INTEGER

MIP_TARGET static void MIP_TYPED(tile)(const void *source, const mip_clahe_plan *p, ptrdiff_t tile,
                                       uint32_t *counts)
{
    const ptrdiff_t *inside_y = p->inside_y + tile / p->tiles_across * p->tile_rows;
    const ptrdiff_t *inside_x = p->inside_x + tile % p->tiles_across * p->tile_columns;
    memset(counts, 0, (size_t)p->span * sizeof(uint32_t));
    for (ptrdiff_t y = 0; y < p->tile_rows; ++y) {
        const PIXEL *row = (const PIXEL *)source + inside_y[y] * p->columns;
        for (ptrdiff_t x = 0; x < p->tile_columns; ++x)
            ++counts[row[inside_x[x]] - p->first];
    }
    MIP_NAME(equalize)(p, counts, p->tables + tile * p->span);
}

MIP_TARGET static void MIP_TYPED(row)(const void *source, void *target, const mip_clahe_plan *p,
                                      ptrdiff_t before, ptrdiff_t after, float share)
{
    const PIXEL *restrict row = source;
    PIXEL *restrict out = target;
    const float *restrict shares = p->shares;
    const float most = (float)(p->bins - 1), rest = 1.0f - share;
    const int32_t first = p->first, least = p->least;
    for (const mip_clahe_gap *gap = p->gaps; gap < p->gaps + p->gap_count; ++gap) {
        const ptrdiff_t above = before * p->tiles_across, below = after * p->tiles_across;
        const float *restrict above_left = p->tables + (above + gap->before) * p->span;
        const float *restrict above_right = p->tables + (above + gap->after) * p->span;
        const float *restrict below_left = p->tables + (below + gap->before) * p->span;
        const float *restrict below_right = p->tables + (below + gap->after) * p->span;
        for (ptrdiff_t x = gap->begin; x < gap->end; ++x) {
            const int32_t v = (int32_t)row[x] - first;
            const float right = shares[x], left = 1.0f - right;
            const float value = (above_left[v] * left + above_right[v] * right) * rest +
                                (below_left[v] * left + below_right[v] * right) * share;
            out[x] = (PIXEL)((int32_t)MIP_NAME(level)(value, most) + least);
        }
    }
}

#endif
