/* The Gaussian of one instruction set: see gaussian.h. */

#include "convolve_body.h"

/* Filter the row in `padded` along x, borders included, into `out`. */
MIP_TARGET static void MIP_NAME(along_x)(const mip_gaussian_plan *p, const workspace *w, float *out)
{
    const ptrdiff_t radius = p->x.radius, columns = p->columns;
    float *row = w->padded;
    for (ptrdiff_t i = 0; i < radius; ++i) {
        const ptrdiff_t left = p->x.inside[i], right = p->x.inside[radius + columns + i];
        row[i - radius] = left < 0 ? p->outside : row[left];
        row[columns + i] = right < 0 ? p->outside : row[right];
    }
    for (ptrdiff_t k = 0; k < span(&p->x); ++k)
        w->taps[k] = row + k - radius;
    MIP_NAME(combine)(w->taps, p->x.radius, p->x.weights, out, 0, w->stride);
}

#define MIP_PIXEL_BODY "gaussian_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

/* Combine slots along z into row y of slice z, which lies in row `y - y_begin` of each slot. */
MIP_TARGET static void MIP_NAME(along_z)(const mip_gaussian_plan *p, const workspace *w, float *out,
                                         ptrdiff_t z, ptrdiff_t row)
{
    for (ptrdiff_t k = 0; k < span(&p->z); ++k) {
        const ptrdiff_t slice = p->z.inside[z + k];
        const ptrdiff_t slot = slice % p->ring;
        w->taps[k] = slice < 0 ? w->outside : w->ring + (slot * p->tile_rows + row) * w->stride;
    }
    const ptrdiff_t step = MIP_VECTORS * LANES, steps = p->columns / step * step;
    MIP_NAME(combine)(w->taps, p->z.radius, p->z.weights, out, 0, steps);
    if (steps < p->columns) {
        MIP_NAME(combine)(w->taps, p->z.radius, p->z.weights, w->tail, steps, steps + step);
        memcpy(out + steps, w->tail, (size_t)(p->columns - steps) * sizeof(float));
    }
}

/* Run one task; `fill` filters a slice along x and y into its slot, and `finish`, where there is
 * one, goes over each row that is smooth while it is in cache. */
MIP_TARGET static inline void MIP_NAME(stream)(
    const void *source, float *out, const mip_gaussian_plan *p, const mip_gaussian_task *t,
    void *scratch,
    void (*fill)(const void *, const mip_gaussian_plan *, const mip_gaussian_task *,
                 const workspace *, ptrdiff_t),
    void (*finish)(const void *, ptrdiff_t, float *, ptrdiff_t, float))
{
    workspace w;
    lay_out(p, scratch, &w);
    memset(w.padded, 0, (size_t)(w.stride + p->x.radius) * sizeof(float));
    for (ptrdiff_t i = 0; i < w.stride; ++i)
        w.outside[i] = p->outside;
    const int holds_all = p->ring == p->depth; /* so that wrapped borders find every slice */
    ptrdiff_t next = holds_all ? 0 : mip_larger(t->z_begin - p->z.radius, 0);
    for (ptrdiff_t z = t->z_begin; z < t->z_end; ++z) {
        const ptrdiff_t ahead = holds_all ? p->depth : z + p->z.radius + 1;
        for (; next < ahead && next < p->depth; ++next)
            fill(source, p, t, &w, next);
        for (ptrdiff_t y = t->y_begin; y < t->y_end; ++y) {
            const ptrdiff_t begin = (z * p->rows + y) * p->columns;
            MIP_NAME(along_z)(p, &w, out + begin, z, y - t->y_begin);
            if (finish)
                finish(source, begin, out + begin, p->columns, p->amount);
        }
    }
}

#define RUN(name, type, finish)                                                                    \
    MIP_TARGET static void MIP_PASTE(MIP_NAME(name), type)(                                        \
        const void *source, float *out, const mip_gaussian_plan *p, const mip_gaussian_task *t,    \
        void *scratch)                                                                             \
    {                                                                                              \
        MIP_NAME(stream)(source, out, p, t, scratch, MIP_PASTE(MIP_NAME(fill), type), finish);     \
    }
#define RUN_BOTH(type)                                                                             \
    RUN(smooth, type, NULL)                                                                        \
    RUN(unsharp, type, MIP_PASTE(MIP_NAME(sharpen), type))
RUN_BOTH(u8)
RUN_BOTH(i16)
RUN_BOTH(u16)
RUN_BOTH(f32)
#undef RUN
#undef RUN_BOTH

static const mip_gaussian MIP_NAME(mip_gaussian) = {
    .smooth = MIP_EACH_PIXEL(smooth),
    .unsharp = MIP_EACH_PIXEL(unsharp),
};
#undef VECTOR
#undef LANES
#undef AT
#undef ALL
