/* Affine transforms of one instruction set and pixel type: see affine.h. */

#if PIXEL_IS_INTEGER
#define ROUNDED(v) ((PIXEL)(int32_t)((v) + ((v) < 0.0f ? -0.5f : 0.5f)))
#else
#define ROUNDED(v) (v)
#endif

/* What has no weight takes no part, be it NaN: chosen by bits, because gcc 12 leaves a loop scalar
 * that may choose not to read. */
MIP_TARGET static inline float MIP_TYPED(between)(float before, float after, float t)
{
    const float value = before + t * (after - before);
#if PIXEL_IS_INTEGER
    return value;
#else
    uint32_t with, without;
    memcpy(&with, &value, sizeof with);
    memcpy(&without, &before, sizeof without);
    const uint32_t chosen = without ^ ((with ^ without) & -(uint32_t)(t > 0.0f));
    float result;
    memcpy(&result, &chosen, sizeof result);
    return result;
#endif
}

/* Fill what lies outside of a row; give its lines, and what lies inside. */
MIP_TARGET static PIXEL *MIP_TYPED(row)(void *out, const mip_affine_plan *p, ptrdiff_t z,
                                        ptrdiff_t y, line lines[3], stretch *inside)
{
    const ptrdiff_t columns = p->out_size[2];
    PIXEL *row = (PIXEL *)out + (z * p->out_size[1] + y) * columns;
    lines_of(p, z, y, lines);
    *inside = stretch_of(lines, columns);
    for (ptrdiff_t x = 0; x < inside->begin; ++x)
        row[x] = (PIXEL)p->outside;
    for (ptrdiff_t x = inside->end; x < columns; ++x)
        row[x] = (PIXEL)p->outside;
    return row;
}

MIP_TARGET static void MIP_TYPED(nearest)(const void *source, void *out, const mip_affine_plan *p,
                                          ptrdiff_t z, ptrdiff_t y)
{
    const PIXEL *pixels = source;
    const ptrdiff_t rows = p->size[1], columns = p->size[2];
    line lines[3];
    stretch s;
    int32_t slice[STRIP], line_of[STRIP], column[STRIP];
    PIXEL *row = MIP_TYPED(row)(out, p, z, y, lines, &s);
    for (ptrdiff_t x = s.begin; x < s.end; x += STRIP) {
        const int32_t n = s.end - x < STRIP ? (int32_t)(s.end - x) : STRIP;
        MIP_NAME(round_off)(&lines[1], x, n, line_of);
        MIP_NAME(round_off)(&lines[2], x, n, column);
        if (is_countable(p) && p->size[0] == 1) { /* inside a plane every position along z is 0 */
            for (int32_t i = 0; i < n; ++i)
                line_of[i] = line_of[i] * (int32_t)columns + column[i];
            const volatile int32_t *offset = line_of;
            for (int32_t i = 0; i < n; ++i)
                row[x + i] = pixels[offset[i]];
            continue;
        }
        MIP_NAME(round_off)(&lines[0], x, n, slice);
        for (int32_t i = 0; i < n; ++i)
            row[x + i] = pixels[(slice[i] * rows + line_of[i]) * columns + column[i]];
    }
}

/* The value within a cell of one slice. */
MIP_TARGET static inline float MIP_TYPED(bilinear)(const PIXEL *at_begin, ptrdiff_t along_y,
                                                   ptrdiff_t along_x, float ty, float tx)
{
    const PIXEL *after = at_begin + along_y;
    const float upper =
        MIP_TYPED(between)((float)at_begin[0], (float)at_begin[along_x], tx);
    const float lower = MIP_TYPED(between)((float)after[0], (float)after[along_x], tx);
    return MIP_TYPED(between)(upper, lower, ty);
}

/* One pixel, wherever it lies inside. */
MIP_TARGET static PIXEL MIP_TYPED(linear_at)(const PIXEL *source, const mip_affine_plan *p,
                                             const line lines[3], ptrdiff_t x)
{
    const ptrdiff_t row_step = p->size[2], slice_step = p->size[1] * p->size[2];
    const MIP_NAME(cell) cz = MIP_NAME(cell_at)(&lines[0], x, slice_step);
    const MIP_NAME(cell) cy = MIP_NAME(cell_at)(&lines[1], x, row_step);
    const MIP_NAME(cell) cx = MIP_NAME(cell_at)(&lines[2], x, 1);
    const PIXEL *corner = source + cz.begin + cy.begin + cx.begin;
    const float value = MIP_TYPED(between)(
        MIP_TYPED(bilinear)(corner, cy.step, cx.step, cy.weight, cx.weight),
        MIP_TYPED(bilinear)(corner + cz.step, cy.step, cx.step, cy.weight, cx.weight), cz.weight);
    return ROUNDED(value);
}

/* The values within the cells of one slice: of each, two pixels of a row and two of the next. */
MIP_TARGET static void MIP_TYPED(bilinear_cells)(PIXEL *restrict upper, PIXEL *restrict lower,
                                                 MIP_NAME(weights) *restrict t,
                                                 float *restrict value, int32_t n)
{
    for (int32_t i = 0; i < n; ++i) {
        const float above =
            MIP_TYPED(between)((float)upper[2 * i], (float)upper[2 * i + 1], t->x[i]);
        const float below =
            MIP_TYPED(between)((float)lower[2 * i], (float)lower[2 * i + 1], t->x[i]);
        value[i] = MIP_TYPED(between)(above, below, t->y[i]);
    }
}

/* Gather n cells, each some pixels from the begin of its slice. Indices are volatile because
 * gathering by vectors, which gcc 12 would do, takes longer. */
MIP_TARGET static void MIP_TYPED(gather)(const PIXEL *source, const mip_affine_plan *p,
                                         const volatile int32_t *slice,
                                         const volatile int32_t *offset, PIXEL *upper,
                                         PIXEL *lower, int32_t n)
{
    const ptrdiff_t row_step = p->size[2], slice_step = p->size[1] * p->size[2];
    for (int32_t i = 0; i < n; ++i) {
        const PIXEL *corner = source + (slice ? slice[i] * slice_step : 0) + offset[i];
        memcpy(upper + 2 * i, corner, 2 * sizeof(PIXEL));
        memcpy(lower + 2 * i, corner + row_step, 2 * sizeof(PIXEL));
    }
}

#if MIP_X86 && MIP_VECTOR_BYTES == 64 && !PIXEL_IS_INTEGER
/* The pixel at each of eight offsets, and the one beside it. Eight loads, because the instruction
 * that gathers is slow on many a processor. */
MIP_TARGET static inline __m512 MIP_TYPED(pairs)(const PIXEL *from, const int32_t *offset)
{
    __m512d pairs = _mm512_set1_pd(0.0);
    for (int i = 0; i < 8; ++i) {
        double pair; /* two pixels, at no multiple of eight bytes */
        memcpy(&pair, from + offset[i], sizeof pair);
        pairs = _mm512_mask_broadcastsd_pd(pairs, (__mmask8)(1 << i), _mm_set_sd(pair));
    }
    return _mm512_castpd_ps(pairs);
}

/* `between` of sixteen. */
MIP_TARGET static inline __m512 MIP_TYPED(between_all)(__m512 before, __m512 after, __m512 t)
{
    const __mmask16 has = _mm512_cmp_ps_mask(t, _mm512_setzero_ps(), _CMP_GT_OQ);
    return _mm512_mask_add_ps(before, has, before, t * (after - before));
}

/* The values between sixteen pixels and those beside them. */
MIP_TARGET static inline __m512 MIP_TYPED(along_x)(const PIXEL *from, const int32_t *offset,
                                                   __m512 t)
{
    const __m512i even =
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
    const __m512 low = MIP_TYPED(pairs)(from, offset), high = MIP_TYPED(pairs)(from, offset + 8);
    return MIP_TYPED(between_all)(_mm512_permutex2var_ps(low, even, high),
                                  _mm512_permutex2var_ps(low, odd, high), t);
}
#endif

/* n pixels from x on, none of which lies on the last sample of an axis. */
MIP_TARGET static void MIP_TYPED(linear_strip)(const PIXEL *source, PIXEL *restrict row,
                                               const mip_affine_plan *p, const line lines[3],
                                               ptrdiff_t x, int32_t n)
{
    const int32_t row_step = (int32_t)p->size[2];
    int32_t slice[STRIP], offset[STRIP];
    PIXEL upper[2 * STRIP], lower[2 * STRIP];
    MIP_NAME(weights) t;
    float along_z[STRIP], value[STRIP], after[STRIP];
    MIP_NAME(part_slice)(&lines[1], &lines[2], x, n, row_step, offset, &t);
#if MIP_X86 && MIP_VECTOR_BYTES == 64 && !PIXEL_IS_INTEGER
    if (p->size[0] == 1 && n == STRIP) { /* a whole number of vectors, which stay in registers */
        for (int32_t i = 0; i < n; i += 16) {
            const __m512 x_weight = _mm512_loadu_ps(t.x + i), y_weight = _mm512_loadu_ps(t.y + i);
            const __m512 above = MIP_TYPED(along_x)(source, offset + i, x_weight);
            const __m512 below = MIP_TYPED(along_x)(source + row_step, offset + i, x_weight);
            _mm512_storeu_ps(row + x + i, MIP_TYPED(between_all)(above, below, y_weight));
        }
        return;
    }
#endif
    if (p->size[0] == 1) { /* a plane: inside it every position along z is 0 */
        MIP_TYPED(gather)(source, p, NULL, offset, upper, lower, n);
        MIP_TYPED(bilinear_cells)(upper, lower, &t, value, n);
    } else {
        MIP_NAME(part)(&lines[0], x, n, slice, along_z);
        MIP_TYPED(gather)(source, p, slice, offset, upper, lower, n);
        MIP_TYPED(bilinear_cells)(upper, lower, &t, value, n);
        MIP_TYPED(gather)(source + p->size[1] * p->size[2], p, slice, offset, upper, lower, n);
        MIP_TYPED(bilinear_cells)(upper, lower, &t, after, n);
        for (int32_t i = 0; i < n; ++i)
            value[i] = MIP_TYPED(between)(value[i], after[i], along_z[i]);
    }
    for (int32_t i = 0; i < n; ++i)
        row[x + i] = ROUNDED(value[i]);
}

MIP_TARGET static void MIP_TYPED(linear)(const void *source, void *out, const mip_affine_plan *p,
                                         ptrdiff_t z, ptrdiff_t y)
{
    line lines[3];
    stretch s;
    PIXEL *row = MIP_TYPED(row)(out, p, z, y, lines, &s);
    if (!is_countable(p))
        s.open_end = s.open_begin;
    for (ptrdiff_t x = s.begin; x < s.open_begin; ++x)
        row[x] = MIP_TYPED(linear_at)(source, p, lines, x);
    for (ptrdiff_t x = s.open_begin; x < s.open_end; x += STRIP)
        MIP_TYPED(linear_strip)(source, row, p, lines, x,
                                s.open_end - x < STRIP ? (int32_t)(s.open_end - x) : STRIP);
    for (ptrdiff_t x = s.open_end; x < s.end; ++x)
        row[x] = MIP_TYPED(linear_at)(source, p, lines, x);
}
#undef ROUNDED
