/* The gradient of one pixel type: see gradient.h. */

/* A row and those around it. */
typedef struct {
    const PIXEL *row, *z_before, *z_after, *y_before, *y_after;
} MIP_TYPED(rows);

/* Squares are added in the order of the axes; a difference of integers is exact. */
MIP_TARGET static inline float MIP_TYPED(steepness)(PIXEL z_before, PIXEL z_after, float z_weight,
                                                    PIXEL y_before, PIXEL y_after, float y_weight,
                                                    PIXEL x_before, PIXEL x_after, float x_weight)
{
    const float z = (float)(z_after - z_before) * z_weight;
    const float y = (float)(y_after - y_before) * y_weight;
    const float x = (float)(x_after - x_before) * x_weight;
    return sqrtf(z * z + y * y + x * x);
}

/* Fill a row; along an axis that `has_` says no of, nothing changes. */
MIP_TARGET static inline void MIP_TYPED(fill)(const MIP_TYPED(rows) * rows, float *restrict out,
                                              ptrdiff_t columns, float z_weight, float y_weight,
                                              float x_weight, int has_z, int has_y)
{
    const PIXEL *restrict row = rows->row, *restrict z_before = rows->z_before,
                *restrict z_after = rows->z_after, *restrict y_before = rows->y_before,
                *restrict y_after = rows->y_after;
    const ptrdiff_t last = columns - 1;
#define STEEPNESS(i, x_before, x_after, weight)                                                    \
    MIP_TYPED(steepness)(has_z ? z_before[i] : 0, has_z ? z_after[i] : 0, z_weight,                \
                         has_y ? y_before[i] : 0, has_y ? y_after[i] : 0, y_weight, x_before,      \
                         x_after, weight)
    for (ptrdiff_t i = 1; i < last; ++i)
        out[i] = STEEPNESS(i, row[i - 1], row[i + 1], 0.5f * x_weight);
    if (last == 0) {
        out[0] = STEEPNESS(0, 0, 0, x_weight);
        return;
    }
    out[0] = STEEPNESS(0, row[0], row[1], x_weight);
    out[last] = STEEPNESS(last, row[last - 1], row[last], x_weight);
#undef STEEPNESS
}

/* Blocks of one place in consecutive slices are consecutive tasks, so that their rows are met again
 * while they are in cache. */
MIP_TARGET static void MIP_TYPED(run)(const void *source, float *out, const mip_gradient_plan *p,
                                      ptrdiff_t task)
{
    const PIXEL *image = source;
    const ptrdiff_t n = p->columns, slice = p->rows * n;
    const ptrdiff_t z = task % p->depth, begin = task / p->depth * MIP_GRADIENT_ROWS;
    const neighbours across = around(z, p->depth, p->z_weight);
    for (ptrdiff_t y = begin; y < p->rows && y < begin + MIP_GRADIENT_ROWS; ++y) {
        const neighbours along = around(y, p->rows, p->y_weight);
        const MIP_TYPED(rows) r = {
            .row = image + z * slice + y * n,
            .z_before = image + across.before * slice + y * n,
            .z_after = image + across.after * slice + y * n,
            .y_before = image + z * slice + along.before * n,
            .y_after = image + z * slice + along.after * n,
        };
        float *to = out + z * slice + y * n;
        const float wz = across.weight, wy = along.weight, wx = p->x_weight;
        if (p->depth > 1 && p->rows > 1)
            MIP_TYPED(fill)(&r, to, n, wz, wy, wx, 1, 1);
        else if (p->depth > 1)
            MIP_TYPED(fill)(&r, to, n, wz, wy, wx, 1, 0);
        else if (p->rows > 1)
            MIP_TYPED(fill)(&r, to, n, wz, wy, wx, 0, 1);
        else
            MIP_TYPED(fill)(&r, to, n, wz, wy, wx, 0, 0);
    }
}
