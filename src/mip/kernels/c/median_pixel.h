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

#define SORT(a, b)                                                                                 \
    {                                                                                              \
        const KEY least_ = LEAST(a, b);                                                            \
        b = MOST(a, b), a = least_;                                                                \
    }
#define SORTED_ROW(row, low, middle, high)                                                         \
    KEY low = row[x], middle = row[x + 1], high = row[x + 2];                                      \
    SORT(low, middle) SORT(middle, high) SORT(low, middle)

/* 3 x 3 of two rows in registers: of sorted rows, the middle of the greatest low, the middle of the
 * middles and the least high. Both windows share two rows. Lines are those of `out0`; at both ends
 * one lies over its neighbour, so `columns` are at least a line. `ahead` are four rows that the
 * next call reads or writes: on a large plane, waiting for them takes longer than the work. */
MIP_TARGET static void MIP_TYPED(median3_lines)(const KEY *const *rows, const KEY *const *ahead,
                                                KEY *restrict out0, KEY *restrict out1,
                                                ptrdiff_t columns)
{
    const KEY *restrict r0 = rows[0], *restrict r1 = rows[1], *restrict r2 = rows[2],
              *restrict r3 = rows[3];
    const KEY *a0 = ahead[0], *a1 = ahead[1], *a2 = ahead[2], *a3 = ahead[3];
    const ptrdiff_t into_line = (ptrdiff_t)((uintptr_t)out0 % MIP_LINE / sizeof(KEY));
    for (ptrdiff_t at = -into_line; at < columns; at += LINE_KEYS) {
        const ptrdiff_t begin = MOST(0, LEAST(at, columns - LINE_KEYS));
        PREFETCH(a0 + begin);
        PREFETCH(a1 + begin);
        PREFETCH(a2 + begin);
        PREFETCH(a3 + begin);
        for (ptrdiff_t x = begin; x < begin + LINE_KEYS; ++x) {
            SORTED_ROW(r0, low0, middle0, high0)
            SORTED_ROW(r1, low1, middle1, high1)
            SORTED_ROW(r2, low2, middle2, high2)
            SORTED_ROW(r3, low3, middle3, high3)
            const KEY low = MOST(low1, low2), high = LEAST(high1, high2);
            SORT(middle1, middle2)
            low0 = MOST(low0, low), high0 = LEAST(high0, high);
            low3 = MOST(low3, low), high3 = LEAST(high3, high);
            middle0 = MOST(middle1, LEAST(middle2, middle0));
            middle3 = MOST(middle1, LEAST(middle2, middle3));
            SORT(low0, middle0)
            SORT(low3, middle3)
            /* Stores last: a CPU may take a load that follows for one of what was just stored,
             * where rows lie at the same place of their pages. */
            out0[x] = MOST(low0, LEAST(middle0, high0));
            out1[x] = MOST(low3, LEAST(middle3, high3));
        }
    }
}
#undef SORTED_ROW
#undef SORT

MIP_TARGET static void MIP_TYPED(median3)(const KEY *const *rows, KEY *out0, KEY *out1,
                                          ptrdiff_t columns, KEY *stage)
{
    if (columns >= LINE_KEYS) {
        MIP_TYPED(median3_lines)(rows, rows, out0, out1, columns);
        return;
    }
    MIP_TYPED(median3_lines)(rows, rows, stage, stage + STAGE_STRIDE, LINE_KEYS);
    memcpy(out0, stage, (size_t)columns * sizeof(KEY));
    memcpy(out1, stage + STAGE_STRIDE, (size_t)columns * sizeof(KEY));
}

/* The first column or the last of a 3 x 3: its windows, which reach outside, as rows. */
MIP_TARGET static void MIP_TYPED(border3)(const void *source, void *out, const mip_median_plan *p,
                                          const mip_median_task *t, ptrdiff_t x, KEY *stage)
{
    const KEY *slice = (const KEY *)source + t->z * p->rows * p->columns;
    const KEY outside = *(const KEY *)p->outside;
    const ptrdiff_t size = t->y_end - t->y_begin; /* and two more fit into a row of `stage` */
    const ptrdiff_t before = p->x.inside[x], after = p->x.inside[x + 2];
    const ptrdiff_t *lines = p->y.inside + t->y_begin;
    KEY *to = (KEY *)out + (t->z * p->rows + t->y_begin) * p->columns + x;
    KEY *left = stage, *middle = left + STAGE_STRIDE, *right = middle + STAGE_STRIDE;
    KEY *result = right + STAGE_STRIDE, *spare = result + STAGE_STRIDE;
    const KEY *rows[] = {left, middle, right, left};
    for (ptrdiff_t j = 0; j < size + 2; ++j) {
        const KEY *row = slice + MOST(lines[j], 0) * p->columns;
        left[j] = before < 0 || lines[j] < 0 ? outside : row[before];
        middle[j] = lines[j] < 0 ? outside : row[x];
        right[j] = after < 0 || lines[j] < 0 ? outside : row[after];
    }
    MIP_TYPED(median3_lines)(rows, rows, result, spare, MOST(size, LINE_KEYS));
    for (ptrdiff_t j = 0; j < size; ++j)
        to[j * p->columns] = result[j];
}

/* The row of a slice at a position of the index map. */
MIP_TARGET static inline const KEY *MIP_TYPED(line)(const KEY *slice, const mip_median_plan *p,
                                                    ptrdiff_t position, const KEY *outside)
{
    const ptrdiff_t line = p->y.inside[position];
    return line < 0 ? outside : slice + line * p->columns;
}

/* 3 x 3 of integers: rows are read where they are; copying them takes as long as their median. */
MIP_TARGET static void MIP_TYPED(plane3)(const void *source, void *out, const mip_median_plan *p,
                                         const mip_median_task *t, void *scratch)
{
    KEY *stage = (KEY *)mip_first_line(scratch), *spare = stage + STAGES * STAGE_STRIDE;
    KEY *outside = spare + padded_columns(p);
    KEY *to = (KEY *)out + (t->z * p->rows + t->y_begin) * p->columns;
    const ptrdiff_t last = t->y_end + 1;
    const KEY *slice = (const KEY *)source + t->z * p->rows * p->columns, *rows[6];
    for (ptrdiff_t x = 0; p->y.inside[0] < 0 && x < p->columns; ++x)
        outside[x] = *(const KEY *)p->outside;
    for (ptrdiff_t i = 0; i < 4; ++i)
        rows[i + 2] = MIP_TYPED(line)(slice, p, LEAST(t->y_begin + i, last), outside);
    for (ptrdiff_t y = t->y_begin; y < t->y_end; y += 2) {
        for (ptrdiff_t i = 0; i < 4; ++i)
            rows[i] = rows[i + 2];
        for (ptrdiff_t i = 4; i < 6; ++i)
            rows[i] = MIP_TYPED(line)(slice, p, LEAST(y + i, last), outside);
        KEY *below = y + 1 < t->y_end ? to + p->columns : spare;
        KEY *next = y + 3 < t->y_end ? to + 2 * p->columns : spare;
        const KEY *ahead[] = {rows[4], rows[5], next, next + p->columns};
        MIP_TYPED(median3_lines)(rows, ahead, to + 1, below + 1, p->columns - 2);
        to += 2 * p->columns;
    }
    MIP_TYPED(border3)(source, out, p, t, 0, stage);
    MIP_TYPED(border3)(source, out, p, t, p->columns - 1, stage);
}

/* Two rows at a time: `below` is a spare row where a task ends with one. */
MIP_TARGET static void MIP_TYPED(plane)(const void *source, void *out, const mip_median_plan *p,
                                        const mip_median_task *t, void *scratch)
{
    void (*const networks[])(const KEY *const *, KEY *, KEY *, ptrdiff_t, KEY *) = {
        MIP_TYPED(median3), MIP_TYPED(median5), MIP_TYPED(median7), MIP_TYPED(median9),
        MIP_TYPED(median11)};
    const ptrdiff_t size = p->y.size, stride = padded_columns(p), last = t->y_end + size - 2;
    if (PIXEL_IS_INTEGER && size == 3 && p->columns >= LINE_KEYS + 2) {
        MIP_TYPED(plane3)(source, out, p, t, scratch);
        return;
    }
    KEY *stage = (KEY *)mip_first_line(scratch), *ring = stage + STAGES * STAGE_STRIDE;
    const KEY *rows[12];
    ptrdiff_t next = t->y_begin;
    for (ptrdiff_t y = t->y_begin; y < t->y_end; y += 2) {
        for (; next <= LEAST(y + size, last); ++next)
            MIP_TYPED(pad)(source, p, t->z, next, ring + next % (size + 1) * stride);
        for (ptrdiff_t i = 0; i <= size; ++i)
            rows[i] = ring + LEAST(y + i, last) % (size + 1) * stride;
        KEY *to = (KEY *)out + (t->z * p->rows + y) * p->columns;
        KEY *below = y + 1 < t->y_end ? to + p->columns : ring + (size + 1) * stride;
        networks[size / 2 - 1](rows, to, below, p->columns, stage);
        MIP_TYPED(as_pixels)(to, p->columns);
        MIP_TYPED(as_pixels)(below, p->columns);
    }
}

MIP_TARGET static void MIP_TYPED(cube)(const void *source, void *out, const mip_median_plan *p,
                                           const mip_median_task *t, void *scratch)
{
    const ptrdiff_t stride = padded_columns(p);
    KEY *stage = (KEY *)mip_first_line(scratch), *loaded = stage + STAGES * STAGE_STRIDE;
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
    int32_t *level = (int32_t *)mip_first_line(scratch), *value = level + size;
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
