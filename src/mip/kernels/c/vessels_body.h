/* Vesselness of one instruction set: see vessels.h. */

#include "convolve_body.h"
#include "exponential.h"

#define MIP_PIXEL_BODY "vessels_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

typedef void (*MIP_NAME(load_fn))(const void *, ptrdiff_t, float, float *, ptrdiff_t);

/* Convolve the rows in w->taps. */
MIP_TARGET static void MIP_NAME(convolve)(const workspace *w, const mip_vessels_axis *axis,
                                          int order, float *out)
{
    if (order == 1)
        MIP_NAME(combine_odd)(w->taps, axis->radius, weights(axis, 1), out, 0, w->stride);
    else
        MIP_NAME(combine)(w->taps, axis->radius, weights(axis, order), out, 0, w->stride);
}

/* Convolve the row in `padded` along x into row i of each order. */
MIP_TARGET static void MIP_NAME(along_x)(const mip_vessels_plan *p, const workspace *w,
                                         float *const *out, ptrdiff_t i)
{
    const ptrdiff_t radius = p->x.radius, columns = p->columns;
    float *row = w->padded;
    for (ptrdiff_t k = 0; k < radius; ++k) {
        const ptrdiff_t left = p->x.inside[k], right = p->x.inside[radius + columns + k];
        row[k - radius] = left < 0 ? p->outside : row[left];
        row[columns + k] = right < 0 ? p->outside : row[right];
    }
    for (ptrdiff_t k = 0; k < span(&p->x); ++k)
        w->taps[k] = row + k - radius;
    for (int order = 0; order < ORDERS; ++order)
        MIP_NAME(convolve)(w, &p->x, order, out[order] + i * w->stride);
}

/* Convolve the task's rows of slice z along x and y into the slots of z. */
MIP_TARGET static void MIP_NAME(fill)(const void *source, const mip_vessels_plan *p,
                                      const mip_vessels_task *t, const workspace *w, ptrdiff_t z,
                                      MIP_NAME(load_fn) load)
{
    const ptrdiff_t rows = t->y_end - t->y_begin, reach = 2 * p->y.radius;
    const ptrdiff_t slot = z % p->ring * p->tile_rows * w->stride;
    float *to[ORDERS];
    for (int order = 0; order < ORDERS; ++order) /* the fields of a plane are orders of x alone */
        to[order] = p->is_volume ? w->along_x[order] : w->ring[2 - order] + slot;
    for (ptrdiff_t i = 0; i < rows + reach; ++i) {
        const ptrdiff_t y = p->y.inside[t->y_begin + i];
        if (y < 0) {
            for (int order = 0; order < ORDERS; ++order)
                memcpy(to[order] + i * w->stride, order ? w->zeros : w->outside,
                       (size_t)w->stride * sizeof(float));
            continue;
        }
        load(source, (z * p->rows + y) * p->columns, p->origin, w->padded, p->columns);
        MIP_NAME(along_x)(p, w, to, i);
    }
    for (int f = 0; p->is_volume && f < MOST_FIELDS; ++f) {
        const orders o = fields(p)[f];
        for (ptrdiff_t i = 0; i < rows; ++i) {
            for (ptrdiff_t k = 0; k <= reach; ++k)
                w->taps[k] = w->along_x[o.x] + (i + k) * w->stride;
            MIP_NAME(convolve)(w, &p->y, o.y, w->ring[f] + slot + i * w->stride);
        }
    }
}

/* Convolve slots along z into the Hessian of a row of slice z. */
MIP_TARGET static void MIP_NAME(derive)(const mip_vessels_plan *p, const workspace *w, ptrdiff_t z,
                                        ptrdiff_t row)
{
    for (int f = 0; f < field_count(p); ++f) {
        const orders o = fields(p)[f];
        const float *outside = o.x || o.y ? w->zeros : w->outside;
        for (ptrdiff_t k = 0; k < span(&p->z); ++k) {
            const ptrdiff_t slice = p->z.inside[z + k], slot = slice % p->ring;
            w->taps[k] =
                slice < 0 ? outside : w->ring[f] + (slot * p->tile_rows + row) * w->stride;
        }
        MIP_NAME(convolve)(w, &p->z, o.z, w->hessian[f]);
    }
}

#define SQUARE(v) ((v) * (v))
/* Order two numbers by magnitude. */
#define ORDER(u, v)                                                                                \
    do {                                                                                           \
        const int is_out_of_order = fabsf(u) > fabsf(v);                                           \
        const float less = is_out_of_order ? v : u, more = is_out_of_order ? u : v;                \
        u = less;                                                                                  \
        v = more;                                                                                  \
    } while (0)

/* Squares of the norms of n Hessians. */
MIP_TARGET static void MIP_NAME(norms_of_volume)(const float *restrict xx, const float *restrict xy,
                                                 const float *restrict yy, const float *restrict xz,
                                                 const float *restrict yz, const float *restrict zz,
                                                 float *restrict out, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; ++i)
        out[i] = SQUARE(xx[i]) + SQUARE(yy[i]) + SQUARE(zz[i]) +
                 2.0f * (SQUARE(xy[i]) + SQUARE(xz[i]) + SQUARE(yz[i]));
}

MIP_TARGET static void MIP_NAME(norms_of_plane)(const float *restrict xx, const float *restrict xy,
                                                const float *restrict yy, float *restrict out,
                                                ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; ++i)
        out[i] = SQUARE(xx[i]) + SQUARE(yy[i]) + 2.0f * SQUARE(xy[i]);
}

/* The greatest of n numbers that are finite, of which none is below 0: their bits are in their
 * order, and those of infinity and NaN past all others. */
MIP_TARGET static float MIP_NAME(greatest)(const float *restrict row, ptrdiff_t n)
{
    const int32_t infinity = 0x7f800000;
    int32_t most = 0;
    for (ptrdiff_t i = 0; i < n; ++i) {
        int32_t bits;
        memcpy(&bits, &row[i], sizeof bits);
        bits = bits < infinity ? bits : 0;
        most = bits > most ? bits : most;
    }
    float found;
    memcpy(&found, &most, sizeof found);
    return found;
}

/* Frangi 1998, equations 13 and 15, of eigenvalues in the order of their magnitudes. */
MIP_TARGET static void MIP_NAME(score_volume)(const float *restrict xx, const float *restrict xy,
                                              const float *restrict yy, const float *restrict xz,
                                              const float *restrict yz, const float *restrict zz,
                                              float *restrict out, const mip_vessels_plan *p)
{
    const float plate = p->plate, blob = p->blob, structure = p->structure;
    const int is_first = p->is_first;
    for (ptrdiff_t i = 0; i < p->columns; ++i) {
        /* The matrix less its mean eigenvalue, over its size: B of trace 0. */
        const float mean = (xx[i] + yy[i] + zz[i]) * (1.0f / 3);
        float a = xx[i] - mean, b = yy[i] - mean, c = zz[i] - mean;
        const float size = sqrtf(
            (a * a + b * b + c * c + 2.0f * (SQUARE(xy[i]) + SQUARE(xz[i]) + SQUARE(yz[i]))) *
            (1.0f / 6));
        const float scale = size > 0 ? 1.0f / size : 0.0f;
        a *= scale, b *= scale, c *= scale;
        const float d = xy[i] * scale, e = xz[i] * scale, f = yz[i] * scale;
        /* Its eigenvalue that is farthest from the others, t or -t of t³ - 3t = |det B|: between
         * the root of 3 and 2, where Newton's two steps from a parabola leave no error. */
        const float half = 0.5f * (a * (b * c - f * f) - d * (d * c - f * e) + e * (d * f - b * e));
        const float r = fabsf(half) < 1.0f ? fabsf(half) : 1.0f;
        float t = 1.7320508f + r * (0.33333333f - r * 0.06538414f);
        t -= (t * (t * t - 3.0f) - 2.0f * r) / (3.0f * (t * t - 1.0f));
        t -= (t * (t * t - 3.0f) - 2.0f * r) / (3.0f * (t * t - 1.0f));
        const float apart = half < 0 ? -t : t;
        /* The adjugate of B - apart is its eigenvector's projection; without that, what is left of
         * B has the other two, which may be close: half their difference is a norm. */
        a -= apart, b -= apart, c -= apart;
        const float pxx = b * c - f * f, pyy = a * c - e * e, pzz = a * b - d * d;
        const float pxy = e * f - d * c, pxz = d * f - e * b, pyz = d * e - f * a;
        const float shift = 1.5f * apart, share = shift / (pxx + pyy + pzz);
        const float rest = SQUARE(a + shift - share * pxx) + SQUARE(b + shift - share * pyy) +
                           SQUARE(c + shift - share * pzz) +
                           2.0f * (SQUARE(d - share * pxy) + SQUARE(e - share * pxz) +
                                   SQUARE(f - share * pyz));
        const float difference = sqrtf(0.5f * rest);
        float l1 = mean + size * apart, l2 = mean + size * (difference - 0.5f * apart),
              l3 = mean - size * (difference + 0.5f * apart);
        ORDER(l1, l2);
        ORDER(l2, l3);
        ORDER(l1, l2);
        const float is_plate = MIP_NAME(exponential)(-SQUARE(l2 / l3) * plate);
        const float is_blob = MIP_NAME(exponential)(-(l1 * l1 / (l2 * l3)) * blob);
        const float is_noise =
            MIP_NAME(exponential)(-(l1 * l1 + l2 * l2 + l3 * l3) * structure);
        const float score =
            ((l2 < 0) & (l3 < 0)) ? (1.0f - is_plate) * is_blob * (1.0f - is_noise) : 0.0f;
        const float before = is_first ? 0.0f : out[i];
        out[i] = score > before ? score : before;
    }
}

MIP_TARGET static void MIP_NAME(score_plane)(const float *restrict xx, const float *restrict xy,
                                             const float *restrict yy, float *restrict out,
                                             const mip_vessels_plan *p)
{
    const float blob = p->blob, structure = p->structure;
    const int is_first = p->is_first;
    for (ptrdiff_t i = 0; i < p->columns; ++i) {
        const float mean = 0.5f * (xx[i] + yy[i]), half = 0.5f * (xx[i] - yy[i]);
        const float difference = sqrtf(half * half + xy[i] * xy[i]);
        float l1 = mean + difference, l2 = mean - difference;
        ORDER(l1, l2);
        const float is_blob = MIP_NAME(exponential)(-SQUARE(l1 / l2) * blob);
        const float is_noise = MIP_NAME(exponential)(-(l1 * l1 + l2 * l2) * structure);
        const float score = l2 < 0 ? is_blob * (1.0f - is_noise) : 0.0f;
        const float before = is_first ? 0.0f : out[i];
        out[i] = score > before ? score : before;
    }
}
#undef SQUARE
#undef ORDER

/* The greatest norm of a row, or its scores. */
MIP_TARGET static float MIP_NAME(emit)(const mip_vessels_plan *p, const workspace *w, float *out)
{
    float *const *h = w->hessian;
    if (out && p->is_volume)
        MIP_NAME(score_volume)(h[XX], h[XY], h[YY], h[XZ], h[YZ], h[ZZ], out, p);
    else if (out)
        MIP_NAME(score_plane)(h[0], h[1], h[2], out, p);
    if (out)
        return 0;
    if (p->is_volume)
        MIP_NAME(norms_of_volume)(h[XX], h[XY], h[YY], h[XZ], h[YZ], h[ZZ], w->padded, p->columns);
    else
        MIP_NAME(norms_of_plane)(h[0], h[1], h[2], w->padded, p->columns);
    return MIP_NAME(greatest)(w->padded, p->columns);
}

MIP_TARGET static float MIP_NAME(stream)(const void *source, float *out, const mip_vessels_plan *p,
                                         const mip_vessels_task *t, void *scratch,
                                         MIP_NAME(load_fn) load)
{
    workspace w;
    lay_out(p, scratch, &w);
    memset(w.padded, 0, (size_t)(w.stride + p->x.radius) * sizeof(float));
    memset(w.zeros, 0, (size_t)w.stride * sizeof(float));
    for (ptrdiff_t i = 0; i < w.stride; ++i)
        w.outside[i] = p->outside;
    const int holds_all = p->ring == p->depth; /* so that wrapped borders find every slice */
    ptrdiff_t next = holds_all ? 0 : mip_larger(t->z_begin - p->z.radius, 0);
    float most = 0;
    for (ptrdiff_t z = t->z_begin; z < t->z_end; ++z) {
        const ptrdiff_t ahead = holds_all ? p->depth : z + p->z.radius + 1;
        for (; next < ahead && next < p->depth; ++next)
            MIP_NAME(fill)(source, p, t, &w, next, load);
        for (ptrdiff_t y = t->y_begin; y < t->y_end; ++y) {
            MIP_NAME(derive)(p, &w, z, y - t->y_begin);
            const float found =
                MIP_NAME(emit)(p, &w, out ? out + (z * p->rows + y) * p->columns : NULL);
            most = found > most ? found : most;
        }
    }
    return most;
}

#define RUN(type)                                                                                  \
    MIP_TARGET static float MIP_PASTE(MIP_NAME(run), type)(                                        \
        const void *source, float *out, const mip_vessels_plan *p, const mip_vessels_task *t,      \
        void *scratch)                                                                             \
    {                                                                                              \
        return MIP_NAME(stream)(source, out, p, t, scratch, MIP_PASTE(MIP_NAME(load), type));      \
    }
RUN(u8)
RUN(i16)
RUN(u16)
RUN(f32)
#undef RUN

static const mip_vessels MIP_NAME(mip_vessels) = {
    .run = MIP_EACH_PIXEL(run),
};
#undef VECTOR
#undef LANES
#undef AT
#undef ALL
