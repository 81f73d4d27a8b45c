/* Diffusion of one instruction set: see diffusion.h. */

#include "exponential.h"

typedef void (*MIP_NAME(flux_fn))(const float *from, const float *to, float *flux, ptrdiff_t n,
                                  const mip_diffusion_axis *axis);

/* What flows into `from` out of `to`. */
MIP_TARGET static void MIP_NAME(flux_exponential)(const float *from, const float *to,
                                                  float *restrict flux, ptrdiff_t n,
                                                  const mip_diffusion_axis *axis)
{
    const float weight = axis->weight, gain = axis->gain * -1.44269504f; /* 1 / ln 2 */
    for (ptrdiff_t i = 0; i < n; ++i) {
        const float d = to[i] - from[i];
        flux[i] = weight * d * MIP_NAME(decay)(d * d * gain);
    }
}

MIP_TARGET static void MIP_NAME(flux_quadratic)(const float *from, const float *to,
                                                float *restrict flux, ptrdiff_t n,
                                                const mip_diffusion_axis *axis)
{
    const float weight = axis->weight, gain = axis->gain;
    for (ptrdiff_t i = 0; i < n; ++i) {
        const float d = to[i] - from[i];
        flux[i] = weight * d / (1.0f + d * d * gain);
    }
}

/* Flux before and after each voxel along each axis; the sum has one order everywhere. */
MIP_TARGET static void MIP_NAME(step)(const float *restrict source, float *restrict out,
                                      ptrdiff_t n, const float *restrict z_before,
                                      const float *restrict z_after,
                                      const float *restrict y_before,
                                      const float *restrict y_after, const float *restrict x)
{
    for (ptrdiff_t i = 0; i < n; ++i) {
        const float along_zy = (z_after[i] - z_before[i]) + (y_after[i] - y_before[i]);
        out[i] = source[i] + (along_zy + (x[i + 1] - x[i]));
    }
}

MIP_TARGET static inline void MIP_NAME(diffuse)(const float *source, float *out,
                                                const mip_diffusion_plan *p,
                                                const mip_diffusion_task *t, float *scratch,
                                                MIP_NAME(flux_fn) flux)
{
    const ptrdiff_t n = p->columns, slice = p->rows * n, stride = n + 1;
    const size_t row_bytes = (size_t)n * sizeof(float);
    float *along_x = scratch, *along_y[2] = {scratch + stride, scratch + 2 * stride};
    float *tile = scratch + ROWS_BESIDE_THE_TILES * stride;
    float *along_z[2] = {tile, tile + p->tile_rows * stride}; /* by the parity of the slice */
    along_x[0] = along_x[n] = 0.0f;
    for (ptrdiff_t z = t->z_begin; z < t->z_end; ++z)
        for (ptrdiff_t y = t->y_begin; y < t->y_end; ++y) {
            const float *row = source + z * slice + y * n;
            const ptrdiff_t place = (y - t->y_begin) * stride;
            float *z_before = along_z[z & 1] + place, *z_after = along_z[(z + 1) & 1] + place;
            float *y_before = along_y[y & 1], *y_after = along_y[(y + 1) & 1];
            if (z == 0)
                memset(z_before, 0, row_bytes);
            else if (z == t->z_begin)
                flux(row - slice, row, z_before, n, &p->z);
            if (y == 0)
                memset(y_before, 0, row_bytes);
            else if (y == t->y_begin)
                flux(row - n, row, y_before, n, &p->y);
            if (z == p->depth - 1)
                memset(z_after, 0, row_bytes);
            else
                flux(row, row + slice, z_after, n, &p->z);
            if (y == p->rows - 1)
                memset(y_after, 0, row_bytes);
            else
                flux(row, row + n, y_after, n, &p->y);
            flux(row, row + 1, along_x + 1, n - 1, &p->x);
            MIP_NAME(step)(row, out + z * slice + y * n, n, z_before, z_after, y_before, y_after,
                           along_x);
        }
}

#define RUN(conductance)                                                                           \
    MIP_TARGET static void MIP_NAME(run_##conductance)(                                            \
        const float *source, float *out, const mip_diffusion_plan *p, const mip_diffusion_task *t, \
        float *scratch)                                                                            \
    {                                                                                              \
        MIP_NAME(diffuse)(source, out, p, t, scratch, MIP_NAME(flux_##conductance));               \
    }
RUN(exponential)
RUN(quadratic)
#undef RUN

static const mip_diffusion MIP_NAME(mip_diffusion) = {
    .exponential = MIP_NAME(run_exponential),
    .quadratic = MIP_NAME(run_quadratic),
};
