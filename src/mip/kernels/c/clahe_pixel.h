/* The part of CLAHE that knows the pixel type: see clahe.h. */
#if PIXEL_IS_INTEGER

#if defined(__GNUC__) || defined(__clang__)
typedef PIXEL MIP_TYPED(pixels)
    __attribute__((vector_size(MIP_VECTOR_BYTES / 4 * sizeof(PIXEL)), aligned(1), may_alias));
#endif

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
                                       void *scratch)
{
    uint32_t *counts = scratch;
    const ptrdiff_t left = tile % p->tiles_across * p->tile_columns;
    const ptrdiff_t *inside_y = p->inside_y + tile / p->tiles_across * p->tile_rows;
    const ptrdiff_t *inside_x = p->inside_x + left;
    const ptrdiff_t width = p->tile_columns, visible = p->columns - left;
    const ptrdiff_t plain = visible < 0 ? 0 : visible < width ? visible : width;
    const ptrdiff_t begin = plain ? left : 0; /* a tile may lie wholly beyond the last column */
    memset(counts, 0, (size_t)p->span * sizeof(uint32_t));
    for (ptrdiff_t y = 0; y < p->tile_rows; ++y) {
        const PIXEL *row = (const PIXEL *)source + inside_y[y] * p->columns;
        if (y + AHEAD < p->tile_rows)
            mip_fetch((const PIXEL *)source + inside_y[y + AHEAD] * p->columns + begin,
                      plain * (ptrdiff_t)sizeof(PIXEL));
        MIP_PASTE(mip_count, MIP_T)(row + begin, plain, p->first, counts);
        for (ptrdiff_t i = plain; i < width; ++i)
            ++counts[row[inside_x[i]] - p->first];
    }
    MIP_NAME(equalize)(p, counts, p->tables + tile * p->span);
}

/* Weigh the four levels of each of n pixels by its place in the cell. What vectors look up goes into
 * them lane by lane: a gather is slow on many CPUs, and by way of a buffer one load in ten would wait
 * for a store to the same place of another page. */
MIP_TARGET static void MIP_TYPED(blend)(const PIXEL *restrict x, PIXEL *restrict out, ptrdiff_t n,
                                        const mip_clahe_plan *p, const uint64_t *restrict fours,
                                        const float *restrict shares, float below)
{
    const ptrdiff_t first = p->first;
    const float above = 1.0f - below;
    ptrdiff_t i = 0;
#if defined(__GNUC__) || defined(__clang__)
    const float shift = TO_WHOLE + (float)p->least;
    for (; i + LANES <= n; i += LANES) {
        const FOURS even = {EVERY_SECOND(EVEN)}, odd = {EVERY_SECOND(ODD)};
        const WORDS upper = (WORDS)((even & UINT32_MAX) | odd << 32);
        const WORDS lower = (WORDS)(even >> 32 | (odd & ~(uint64_t)UINT32_MAX));
        const FLOATS right = *(const FLOATS *)(shares + i), left = 1.0f - right;
        const FLOATS value = (LEFT_LEVEL(upper) * left + RIGHT_LEVEL(upper) * right) * above +
                             (LEFT_LEVEL(lower) * left + RIGHT_LEVEL(lower) * right) * below;
        *(MIP_TYPED(pixels) *)(out + i) =
            __builtin_convertvector((WORDS)(value + shift), MIP_TYPED(pixels));
    }
#endif
    for (; i < n; ++i) {
        const float right = shares[i], left = 1.0f - right;
        const uint64_t four = fours[x[i] - first];
        const float value =
            ((float)(uint16_t)four * left + (float)(uint16_t)(four >> 16) * right) * above +
            ((float)(uint16_t)(four >> 32) * left + (float)(uint16_t)(four >> 48) * right) * below;
        out[i] = (PIXEL)(MIP_NAME(level)(value) + p->least);
    }
}

MIP_TARGET static void MIP_TYPED(cell)(const void *source, void *out, const mip_clahe_plan *p,
                                       const mip_clahe_gap *gap_y, const mip_clahe_gap *gap_x,
                                       void *scratch)
{
    const uint16_t *above = p->tables + gap_y->before * p->tiles_across * p->span;
    const uint16_t *below = p->tables + gap_y->after * p->tiles_across * p->span;
    const ptrdiff_t left = gap_x->before * p->span, right = gap_x->after * p->span;
    const ptrdiff_t width = gap_x->end - gap_x->begin;
    MIP_NAME(interleave)(above + left, above + right, below + left, below + right, scratch,
                         p->span);
    for (ptrdiff_t y = gap_y->begin; y < gap_y->end; ++y) {
        const ptrdiff_t at = y * p->columns + gap_x->begin;
        if (y + AHEAD < gap_y->end)
            mip_fetch((const PIXEL *)source + at + AHEAD * p->columns,
                      width * (ptrdiff_t)sizeof(PIXEL));
        MIP_TYPED(blend)((const PIXEL *)source + at, (PIXEL *)out + at, width, p, scratch,
                         p->shares_x + gap_x->begin, p->shares_y[y]);
    }
}

#endif
