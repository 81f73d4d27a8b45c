/* The part of the medians that knows the pixel type: see median.h. */
#include "order_key.h"
#include "median_networks.h"

/* Write row y of slice z, borders included, as keys; y and z are positions of the index maps. */
MIP_TARGET static void MIP_TYPED(pad)(const void *source, const mip_median_plan *p, ptrdiff_t z,
                                      ptrdiff_t y, KEY *row)
{
    const ptrdiff_t slice = p->z.inside[z], line = p->y.inside[y], radius = p->x.size / 2;
    const KEY outside = MIP_TYPED(as_key)(*(const KEY *)p->outside);
    if (slice < 0 || line < 0) {
        for (ptrdiff_t i = 0; i < p->columns + 2 * radius; ++i)
            row[i] = outside;
        return;
    }
    KEY *middle = row + radius;
    MIP_TYPED(load_keys)((const KEY *)source + (slice * p->rows + line) * p->columns, middle,
                         p->columns);
    for (ptrdiff_t i = 0; i < radius; ++i) {
        const ptrdiff_t left = p->x.inside[i], right = p->x.inside[radius + p->columns + i];
        row[i] = left < 0 ? outside : middle[left];
        middle[p->columns + i] = right < 0 ? outside : middle[right];
    }
}

/* 3 x 3 in registers: of sorted columns, the middle of the greatest low, the middle of the middles
 * and the least high. */
MIP_TARGET static void MIP_TYPED(median3)(const KEY *const *rows, KEY *restrict out,
                                          ptrdiff_t columns, KEY *stage)
{
    const KEY *restrict r0 = rows[0], *restrict r1 = rows[1], *restrict r2 = rows[2];
    (void)stage;
#define SORT(a, b)                                                                                 \
    {                                                                                              \
        const KEY least_ = LEAST(a, b);                                                            \
        b = MOST(a, b), a = least_;                                                                \
    }
    for (ptrdiff_t x = 0; x < columns; ++x) {
        KEY a0 = r0[x], a1 = r0[x + 1], a2 = r0[x + 2], b0 = r1[x], b1 = r1[x + 1], b2 = r1[x + 2],
            c0 = r2[x], c1 = r2[x + 1], c2 = r2[x + 2];
        SORT(a0, b0) SORT(b0, c0) SORT(a0, b0)
        SORT(a1, b1) SORT(b1, c1) SORT(a1, b1)
        SORT(a2, b2) SORT(b2, c2) SORT(a2, b2)
        SORT(b0, b1)
        KEY low = MOST(MOST(a0, a1), a2), middle = MOST(b0, LEAST(b1, b2));
        const KEY high = LEAST(LEAST(c0, c1), c2);
        SORT(low, middle)
        out[x] = MOST(low, LEAST(middle, high));
    }
#undef SORT
}

MIP_TARGET static void MIP_TYPED(plane)(const void *source, void *out, const mip_median_plan *p,
                                        const mip_median_task *t, void *scratch)
{
    void (*const networks[])(const KEY *const *, KEY *, ptrdiff_t, KEY *) = {
        MIP_TYPED(median3), MIP_TYPED(median5), MIP_TYPED(median7), MIP_TYPED(median9),
        MIP_TYPED(median11)};
    const ptrdiff_t size = p->y.size, stride = padded_columns(p);
    KEY *stage = (KEY *)first_line(scratch), *ring = stage + STAGES * STAGE_STRIDE;
    const KEY *rows[11];
    ptrdiff_t next = t->y_begin;
    for (ptrdiff_t y = t->y_begin; y < t->y_end; ++y) {
        for (; next < y + size; ++next)
            MIP_TYPED(pad)(source, p, t->z, next, ring + next % size * stride);
        for (ptrdiff_t i = 0; i < size; ++i)
            rows[i] = ring + (y + i) % size * stride;
        KEY *to = (KEY *)out + (t->z * p->rows + y) * p->columns;
        networks[size / 2 - 1](rows, to, p->columns, stage);
        MIP_TYPED(as_pixels)(to, p->columns);
    }
}

MIP_TARGET static void MIP_TYPED(cube)(const void *source, void *out, const mip_median_plan *p,
                                           const mip_median_task *t, void *scratch)
{
    const ptrdiff_t stride = padded_columns(p);
    KEY *stage = (KEY *)first_line(scratch), *loaded = stage + STAGES * STAGE_STRIDE;
    KEY *ring = loaded + 3 * stride;
    const KEY *column[] = {loaded, loaded + stride, loaded + 2 * stride};
    const KEY *lists[9];
    ptrdiff_t next = t->y_begin;
    for (ptrdiff_t y = t->y_begin; y < t->y_end; ++y) {
        for (; next < y + 3; ++next) {
            KEY *sorted = ring + next % 3 * 3 * stride;
            for (ptrdiff_t i = 0; i < 3; ++i)
                MIP_TYPED(pad)(source, p, t->z + i, next, loaded + i * stride);
            MIP_TYPED(cube_along_z)(column, sorted, sorted + stride, sorted + 2 * stride,
                                    p->columns + 2);
        }
        for (ptrdiff_t i = 0; i < 9; ++i)
            lists[i] = ring + ((y + i / 3) % 3 * 3 + i % 3) * stride;
        KEY *to = (KEY *)out + (t->z * p->rows + y) * p->columns;
        MIP_TYPED(cube_rows)(lists, to, p->columns, stage);
        MIP_TYPED(as_pixels)(to, p->columns);
    }
}

/* Let a column of the window enter the histogram, or leave it. */
MIP_TARGET static inline void MIP_TYPED(count)(histogram *h, const int32_t *column,
                                               const mip_median_plan *p, int enters)
{
    const ptrdiff_t width = padded_columns(p), slice = (p->task_rows + p->y.size - 1) * width;
    for (ptrdiff_t k = 0; k < p->z.size; ++k)
        for (ptrdiff_t j = 0; j < p->y.size; ++j) {
            const uint32_t level = (uint32_t)column[k * slice + j * width];
            if (enters)
                take(h, level);
            else
                drop(h, level);
        }
}

/* Slide along a row from an empty histogram to an empty one. Levels are keys above `lowest`, or
 * ranks of `value`. */
MIP_TARGET static void MIP_TYPED(slide)(const int32_t *row, const mip_median_plan *p,
                                        const int32_t *value, int32_t lowest, histogram *h,
                                        KEY *out)
{
    const uint32_t rank = (uint32_t)(p->z.size * p->y.size * p->x.size / 2);
    const ptrdiff_t reach = p->x.size - 1;
    for (ptrdiff_t i = 0; i < reach; ++i)
        MIP_TYPED(count)(h, row + i, p, 1);
    for (ptrdiff_t x = 0; x < p->columns; ++x) {
        MIP_TYPED(count)(h, row + x + reach, p, 1);
        settle(h, rank);
        out[x] = (KEY)(value ? value[h->middle] : (int32_t)h->middle + lowest);
        MIP_TYPED(count)(h, row + x, p, 0);
    }
    for (ptrdiff_t i = 0; i < reach; ++i)
        MIP_TYPED(count)(h, row + p->columns + i, p, 0);
}

MIP_TARGET static void MIP_TYPED(sliding)(const void *source, void *out, const mip_median_plan *p,
                                          const mip_median_task *t, void *scratch)
{
    const ptrdiff_t width = padded_columns(p), size = covered(p);
    const ptrdiff_t task_rows = p->task_rows + p->y.size - 1, used = t->y_end - t->y_begin;
    int32_t *level = (int32_t *)first_line(scratch), *value = level + size;
    uint32_t *order = (uint32_t *)(value + size), *other = order + size;
    KEY *padded = (KEY *)order; /* until it is needed for ranks */
    const int32_t lowest = sizeof(KEY) < 4 && (KEY)-1 < 0 ? INT16_MIN : 0;
    const ptrdiff_t levels = sizeof(KEY) < 4 ? LEVELS : size;
    histogram h = {.count = other + size, .group = other + size + levels};
    memset(level, 0, (size_t)size * sizeof *level);
    memset(h.count, 0, (size_t)(levels + levels / GROUP + 1) * sizeof *h.count);
    for (ptrdiff_t k = 0; k < p->z.size; ++k)
        for (ptrdiff_t j = 0; j < used + p->y.size - 1; ++j) {
            int32_t *row = level + (k * task_rows + j) * width;
            MIP_TYPED(pad)(source, p, t->z + k, t->y_begin + j, padded);
            for (ptrdiff_t i = 0; i < p->columns + p->x.size - 1; ++i)
                row[i] = padded[i] - lowest;
        }
    if (sizeof(KEY) == 4)
        rank_keys(level, value, order, other, size);
    for (ptrdiff_t y = t->y_begin; y < t->y_end; ++y) {
        KEY *to = (KEY *)out + (t->z * p->rows + y) * p->columns;
        MIP_TYPED(slide)(level + (y - t->y_begin) * width, p, sizeof(KEY) == 4 ? value : NULL,
                         lowest, &h, to);
        MIP_TYPED(as_pixels)(to, p->columns);
    }
}
#undef KEY
