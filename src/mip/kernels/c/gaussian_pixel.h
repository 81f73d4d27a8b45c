/* The part of the Gaussian that knows the pixel type: see gaussian.h. */

MIP_TARGET static void MIP_TYPED(load)(const PIXEL *restrict source, float *restrict row,
                                       ptrdiff_t columns)
{
    for (ptrdiff_t i = 0; i < columns; ++i)
        row[i] = (float)source[i];
}

/* Turn n smoothed values into x + amount * (x - smooth); x is at `begin` in the source. */
MIP_TARGET static void MIP_TYPED(sharpen)(const void *source, ptrdiff_t begin, float *restrict out,
                                          ptrdiff_t n, float amount)
{
    const PIXEL *restrict x = (const PIXEL *)source + begin;
    for (ptrdiff_t i = 0; i < n; ++i) {
        const float value = (float)x[i];
        out[i] = value + amount * (value - out[i]);
    }
}

/* Filter the task's rows of slice z along x and y into the slot of z. */
MIP_TARGET static void MIP_TYPED(fill)(const void *source, const mip_gaussian_plan *p,
                                       const mip_gaussian_task *t, const workspace *w, ptrdiff_t z)
{
    const PIXEL *slice = (const PIXEL *)source + z * p->rows * p->columns;
    const ptrdiff_t rows = t->y_end - t->y_begin, reach = 2 * p->y.radius;
    float *slot = w->ring + z % p->ring * p->tile_rows * w->stride;
    float *filtered = reach ? w->along_x : slot; /* nothing to do along y: spare a copy */
    for (ptrdiff_t i = 0; i < rows + reach; ++i) {
        const ptrdiff_t y = p->y.inside[t->y_begin + i];
        if (y < 0) {
            memcpy(filtered + i * w->stride, w->outside, (size_t)w->stride * sizeof(float));
            continue;
        }
        MIP_TYPED(load)(slice + y * p->columns, w->padded, p->columns);
        MIP_NAME(along_x)(p, w, filtered + i * w->stride);
    }
    for (ptrdiff_t i = 0; reach && i < rows; ++i) {
        for (ptrdiff_t k = 0; k <= reach; ++k)
            w->taps[k] = w->along_x + (i + k) * w->stride;
        MIP_NAME(combine)(w->taps, p->y.radius, p->y.weights, slot + i * w->stride, 0, w->stride);
    }
}
