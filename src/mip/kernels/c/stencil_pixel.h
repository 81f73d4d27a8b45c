/* The part of the stencils that knows the pixel type: see stencil.h. */

/* Load row y of slice z with the value before and after it; -1 is outside. */
MIP_TARGET static void MIP_TYPED(load)(const void *source, const mip_stencil_plan *p, ptrdiff_t z,
                                       ptrdiff_t y, float *restrict row)
{
    const ptrdiff_t n = p->columns, left = p->x[0], right = p->x[n + 1];
    if (z < 0 || y < 0) {
        for (ptrdiff_t i = -1; i <= n; ++i)
            row[i] = p->outside;
        return;
    }
    const PIXEL *restrict from = (const PIXEL *)source + (z * p->rows + y) * n;
    for (ptrdiff_t i = 0; i < n; ++i)
        row[i] = (float)from[i];
    row[-1] = left < 0 ? p->outside : row[left];
    row[n] = right < 0 ? p->outside : row[right];
}
