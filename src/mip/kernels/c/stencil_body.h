/* Stencils of one instruction set: see stencil.h. Sums are in one order for all of them, and exact
 * for integer pixels. */

#define MIP_PIXEL_BODY "stencil_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

/* Smooth a row across its slices, and take its derivative, smoothed along x. */
MIP_TARGET static void MIP_NAME(sobel_across)(const mip_stencil_plan *p, const workspace *w,
                                              const slot *s)
{
    float *restrict row = s->row, *restrict across = s->across, *restrict slope = w->before;
    const float *restrict after = w->after;
    for (ptrdiff_t i = -1; i <= p->columns; ++i) {
        const float before = slope[i];
        row[i] = before + 2.0f * row[i] + after[i];
        slope[i] = after[i] - before;
    }
    for (ptrdiff_t i = 0; i < p->columns; ++i)
        across[i] = slope[i - 1] + 2.0f * slope[i] + slope[i + 1];
}

MIP_TARGET static void MIP_NAME(laplacian_across)(const mip_stencil_plan *p, const workspace *w,
                                                  const slot *s)
{
    const float *restrict row = s->row, *restrict before = w->before, *restrict after = w->after;
    float *restrict across = s->across;
    for (ptrdiff_t i = 0; i < p->columns; ++i)
        across[i] = (before[i] + after[i] - 2.0f * row[i]) * p->z_weight;
}

/* Each gives one row of the result; a, b and c are the slots of the rows before, at and after it. */
#define EMIT(name)                                                                                 \
    MIP_TARGET static void MIP_NAME(name)(const mip_stencil_plan *p, const slot *a, const slot *b, \
                                          const slot *c, float *restrict out)
#define ROWS const float *restrict ra = a->row, *restrict rb = b->row, *restrict rc = c->row
#define ACROSS                                                                                     \
    const float *restrict za = a->across, *restrict zb = b->across, *restrict zc = c->across
#define ALONG_X(i)                                                                                 \
    ((ra[(i) + 1] - ra[(i) - 1]) + 2.0f * (rb[(i) + 1] - rb[(i) - 1]) +                            \
     (rc[(i) + 1] - rc[(i) - 1]))
#define ALONG_Y(i)                                                                                 \
    ((rc[(i) - 1] - ra[(i) - 1]) + 2.0f * (rc[i] - ra[i]) + (rc[(i) + 1] - ra[(i) + 1]))
#define ALONG_Z(i) (za[i] + 2.0f * zb[i] + zc[i])
#define CURVATURE(i)                                                                               \
    ((ra[i] + rc[i] - 2.0f * rb[i]) * p->y_weight +                                                \
     (rb[(i) - 1] + rb[(i) + 1] - 2.0f * rb[i]) * p->x_weight)

EMIT(sobel_x)
{
    ROWS;
    for (ptrdiff_t i = 0; i < p->columns; ++i)
        out[i] = ALONG_X(i);
}

EMIT(sobel_y)
{
    const float *restrict ra = a->row, *restrict rc = c->row;
    (void)b;
    for (ptrdiff_t i = 0; i < p->columns; ++i)
        out[i] = ALONG_Y(i);
}

EMIT(sobel_z)
{
    ACROSS;
    for (ptrdiff_t i = 0; i < p->columns; ++i)
        out[i] = ALONG_Z(i);
}

EMIT(magnitude_of_plane)
{
    ROWS;
    for (ptrdiff_t i = 0; i < p->columns; ++i) {
        const float y = ALONG_Y(i), x = ALONG_X(i);
        out[i] = sqrtf(y * y + x * x);
    }
}

EMIT(magnitude_of_volume)
{
    ROWS;
    ACROSS;
    for (ptrdiff_t i = 0; i < p->columns; ++i) {
        const float z = ALONG_Z(i), y = ALONG_Y(i), x = ALONG_X(i);
        out[i] = sqrtf(z * z + y * y + x * x);
    }
}

EMIT(laplacian_of_plane)
{
    ROWS;
    for (ptrdiff_t i = 0; i < p->columns; ++i)
        out[i] = CURVATURE(i);
}

EMIT(laplacian_of_volume)
{
    ROWS;
    const float *restrict zb = b->across;
    for (ptrdiff_t i = 0; i < p->columns; ++i)
        out[i] = zb[i] + CURVATURE(i);
}

#undef EMIT
#undef ROWS
#undef ACROSS
#undef ALONG_X
#undef ALONG_Y
#undef ALONG_Z
#undef CURVATURE

typedef void (*MIP_NAME(load_fn))(const void *, const mip_stencil_plan *, ptrdiff_t, ptrdiff_t,
                                  float *);
typedef void (*MIP_NAME(across_fn))(const mip_stencil_plan *, const workspace *, const slot *);
typedef void (*MIP_NAME(emit_fn))(const mip_stencil_plan *, const slot *, const slot *,
                                  const slot *, float *);

/* Blocks of one place in consecutive slices are consecutive tasks, so that their rows are met again
 * while they are in cache. */
MIP_TARGET static void MIP_NAME(stream)(const void *source, float *out, const mip_stencil_plan *p,
                                        ptrdiff_t task, void *scratch, MIP_NAME(load_fn) load,
                                        MIP_NAME(across_fn) across, MIP_NAME(emit_fn) emit)
{
    const workspace w = lay_out(p, scratch);
    const ptrdiff_t z = task % p->depth, begin = task / p->depth * MIP_STENCIL_ROWS;
    const ptrdiff_t left = p->rows - begin;
    const ptrdiff_t end = begin + (left < MIP_STENCIL_ROWS ? left : MIP_STENCIL_ROWS);
    for (ptrdiff_t y = begin - 1; y <= end; ++y) {
        const slot *s = &w.ring[(y + 1) % 3];
        load(source, p, z, p->y[y + 1], s->row);
        if (p->is_volume) {
            load(source, p, p->z[z], p->y[y + 1], w.before);
            load(source, p, p->z[z + 2], p->y[y + 1], w.after);
            across(p, &w, s);
        }
        if (y > begin)
            emit(p, &w.ring[(y - 1) % 3], &w.ring[y % 3], s,
                 out + (z * p->rows + y - 1) * p->columns);
    }
}

#define RUN(type, name, across, of_plane, of_volume)                                               \
    MIP_TARGET static void MIP_PASTE(MIP_NAME(run_##name), type)(                                  \
        const void *source, float *out, const mip_stencil_plan *p, ptrdiff_t task, void *scratch)  \
    {                                                                                              \
        MIP_NAME(stream)                                                                           \
        (source, out, p, task, scratch, MIP_PASTE(MIP_NAME(load), type), MIP_NAME(across),         \
         p->is_volume ? MIP_NAME(of_volume) : MIP_NAME(of_plane));                                 \
    }
#define RUN_ALL(type)                                                                              \
    RUN(type, z, sobel_across, sobel_z, sobel_z)                                                   \
    RUN(type, y, sobel_across, sobel_y, sobel_y)                                                   \
    RUN(type, x, sobel_across, sobel_x, sobel_x)                                                   \
    RUN(type, magnitude, sobel_across, magnitude_of_plane, magnitude_of_volume)                    \
    RUN(type, laplacian, laplacian_across, laplacian_of_plane, laplacian_of_volume)
RUN_ALL(u8)
RUN_ALL(i16)
RUN_ALL(u16)
RUN_ALL(f32)
#undef RUN
#undef RUN_ALL

static const mip_stencil MIP_NAME(mip_stencil) = {
    .run = {MIP_EACH_PIXEL(run_z), MIP_EACH_PIXEL(run_y), MIP_EACH_PIXEL(run_x),
            MIP_EACH_PIXEL(run_magnitude), MIP_EACH_PIXEL(run_laplacian)},
};
