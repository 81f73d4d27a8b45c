/* Resampling of one instruction set and pixel type: see resample.h. */

#if PIXEL_IS_INTEGER
#define ROUNDED(v) ((PIXEL)(int32_t)((v) + ((v) < 0.0f ? -0.5f : 0.5f)))
#else
#define ROUNDED(v) (v)
#endif

MIP_TARGET static void MIP_TYPED(nearest)(const void *source, void *out,
                                          const mip_resample_plan *p, const mip_resample_task *t,
                                          void *scratch)
{
    (void)scratch;
    for (ptrdiff_t z = t->z_begin; z < t->z_end; ++z)
        for (ptrdiff_t y = t->y_begin; y < t->y_end; ++y) {
            const PIXEL *restrict from =
                (const PIXEL *)source + (p->z.index[z] * p->rows + p->y.index[y]) * p->columns;
            PIXEL *restrict to = (PIXEL *)out + (z * p->out_rows + y) * p->out_columns;
            for (ptrdiff_t i = 0; i < p->out_columns; ++i)
                to[i] = from[p->x.index[i]];
        }
}

/* Blend two rows of the source, or convert one, into floats. */
MIP_TARGET static void MIP_TYPED(blend)(const PIXEL *restrict a, ptrdiff_t columns, float t,
                                        float *restrict out)
{
    if (!(t > 0.0f)) {
        for (ptrdiff_t i = 0; i < columns; ++i)
            out[i] = (float)a[i];
        return;
    }
    const PIXEL *restrict b = a + columns;
    for (ptrdiff_t i = 0; i < columns; ++i) {
        const float before = (float)a[i], after = (float)b[i];
        out[i] = before + t * (after - before);
    }
}

/* Resample the task's rows of a slice along y and x into a slot. */
MIP_TARGET static void MIP_TYPED(fill)(const PIXEL *slice, const mip_resample_plan *p,
                                       const mip_resample_task *t, float *row, float *slot)
{
    for (ptrdiff_t y = t->y_begin; y < t->y_end; ++y, slot += p->out_columns) {
        MIP_TYPED(blend)(slice + p->y.index[y] * p->columns, p->columns, p->y.weight[y], row);
        MIP_NAME(along_x)(row, &p->x, p->out_columns, slot);
    }
}

/* Blend two slots, or take one, into pixels. */
MIP_TARGET static void MIP_TYPED(store)(const float *restrict a, const float *restrict b,
                                        ptrdiff_t n, float t, PIXEL *restrict out)
{
    if (!(t > 0.0f)) {
        for (ptrdiff_t i = 0; i < n; ++i)
            out[i] = ROUNDED(a[i]);
        return;
    }
    for (ptrdiff_t i = 0; i < n; ++i) {
        const float value = a[i] + t * (b[i] - a[i]);
        out[i] = ROUNDED(value);
    }
}

MIP_TARGET static void MIP_TYPED(linear)(const void *source, void *out, const mip_resample_plan *p,
                                         const mip_resample_task *t, void *scratch)
{
    workspace w;
    lay_out(p, scratch, &w);
    w.row[p->columns] = 0.0f;
    ptrdiff_t held[2] = {-1, -1}; /* which slice is in which slot */
    const ptrdiff_t columns = p->out_columns, rows = t->y_end - t->y_begin;
    for (ptrdiff_t z = t->z_begin; z < t->z_end; ++z) {
        const float weight = p->z.weight[z];
        const ptrdiff_t first = p->z.index[z], last = first + (weight > 0.0f);
        for (ptrdiff_t slice = first; slice <= last; ++slice)
            if (held[slice & 1] != slice) {
                const PIXEL *from = (const PIXEL *)source + slice * p->rows * p->columns;
                MIP_TYPED(fill)(from, p, t, w.row, w.slots[slice & 1]);
                held[slice & 1] = slice;
            }
        PIXEL *to = (PIXEL *)out + (z * p->out_rows + t->y_begin) * columns;
        MIP_TYPED(store)(w.slots[first & 1], w.slots[last & 1], rows * columns, weight, to);
    }
}
#undef ROUNDED
