/* The part of the morphology that knows the pixel type and the operation: see morphology.h. */
#include "reduce_rows.h"

/* Where everything is in a task's scratch. */
typedef struct {
    ptrdiff_t stride;
    const KEY **taps;
    KEY *loaded, *spare[2], *shared, *rows, *ring;
} OF(workspace);

/* Load a row of the source and write its windows, one row for each length. */
MIP_TARGET static void OF(windows)(const KEY *source, const mip_morphology_plan *p,
                                   const OF(workspace) * w, KEY *out)
{
    const ptrdiff_t width = p->columns + p->size_x - 1;
    const KEY *now = w->loaded;
    ptrdiff_t have = 1;
    MIP_TYPED(load_keys)(source, w->loaded + p->before_x, p->columns);
    for (ptrdiff_t i = 0; i < p->lengths; ++i, out += w->stride) {
        const ptrdiff_t length = p->length[i];
        if (length == 3 && have == 1) {
            OF(of_three)(now, now + 1, now + 2, out, width - 2);
            continue;
        }
        for (; 2 * have <= length; have *= 2) {
            KEY *next = now == w->spare[0] ? w->spare[1] : w->spare[0];
            OF(of_two)(now, now + have, next, width - 2 * have + 1);
            now = next;
        }
        OF(of_two)(now, now + length - have, out, width - length + 1);
    }
}

/* Reduce the rows of a tile along y, two at a time: they share all rows but one each. */
MIP_TARGET static void OF(along_y)(const mip_morphology_plan *p, const mip_morphology_task *t,
                                   const OF(workspace) * w, KEY *out)
{
    const ptrdiff_t first = t->y_begin - p->before_y; /* the row that `rows` begins with */
    for (ptrdiff_t y = t->y_begin; y < t->y_end; ++y, out += w->stride) {
        const ptrdiff_t begin = larger(y - p->before_y, 0);
        const ptrdiff_t reach = y - p->before_y + p->size_y;
        const ptrdiff_t end = reach < p->rows ? reach : p->rows;
        for (ptrdiff_t i = begin; i < end; ++i)
            w->taps[i - begin] = w->rows + (i - first) * w->stride;
        const int is_pair = p->size_y > 3 && y + 1 < t->y_end && begin == y - p->before_y &&
                            reach < p->rows;
        if (!is_pair) {
            OF(combine)(w->taps, end - begin, out, p->columns);
            continue;
        }
        OF(combine)(w->taps + 1, p->size_y - 1, w->shared, p->columns);
        OF(of_two)(w->shared, w->taps[0], out, p->columns);
        out += w->stride, ++y;
        OF(of_two)(w->shared, w->rows + (end - first) * w->stride, out, p->columns);
    }
}

/* Reduce the task's rows of a slice into its slot. */
MIP_TARGET static void OF(fill)(const KEY *source, const mip_morphology_plan *p,
                                const mip_morphology_task *t, const OF(workspace) * w, ptrdiff_t z)
{
    KEY *slot = w->ring + z % p->size_z * slot_rows(p) * w->stride;
    KEY *rows = p->is_box ? w->rows : slot;
    const ptrdiff_t first = t->y_begin - p->before_y;
    const ptrdiff_t reach = t->y_end - p->before_y + p->size_y - 1;
    const ptrdiff_t end = reach < p->rows ? reach : p->rows;
    for (ptrdiff_t y = larger(first, 0); y < end; ++y)
        OF(windows)(source + (z * p->rows + y) * p->columns, p, w,
                    rows + (y - first) * p->lengths * w->stride);
    if (p->is_box)
        OF(along_y)(p, t, w, slot);
}

/* Write row y of slice z from the ring. */
MIP_TARGET static void OF(write)(const mip_morphology_plan *p, const mip_morphology_task *t,
                                 const OF(workspace) * w, ptrdiff_t z, ptrdiff_t y, KEY *out)
{
    const ptrdiff_t first = p->is_box ? t->y_begin : t->y_begin - p->before_y;
    const ptrdiff_t before_y = p->is_box ? 0 : p->before_y;
    const ptrdiff_t lengths = p->is_box ? 1 : p->lengths;
    ptrdiff_t count = 0;
    for (ptrdiff_t i = 0; i < p->taps; ++i) {
        const mip_morphology_tap tap = p->tap[i];
        const ptrdiff_t slice = z - p->before_z + tap.z, row = y - before_y + tap.y;
        if (slice < 0 || slice >= p->depth || row < 0 || row >= p->rows)
            continue;
        const KEY *slot = w->ring + slice % p->size_z * slot_rows(p) * w->stride;
        w->taps[count++] = slot + ((row - first) * lengths + tap.length) * w->stride + tap.x;
    }
    if (count)
        OF(combine)(w->taps, count, out, p->columns);
    for (ptrdiff_t i = 0; !count && i < p->columns; ++i)
        out[i] = MIP_TYPED(as_key)(*(const KEY *)p->neutral);
}

MIP_TARGET static void OF(run)(const void *source, void *out, const mip_morphology_plan *p,
                               const mip_morphology_task *t, void *scratch)
{
    OF(workspace) w = {.stride = row_stride(p)};
    char *at = mip_first_line(scratch);
    w.loaded = (KEY *)at;
    w.spare[0] = w.loaded + w.stride, w.spare[1] = w.spare[0] + w.stride;
    w.shared = w.spare[1] + w.stride;
    w.rows = w.shared + w.stride;
    w.ring = w.rows + (p->is_box ? reached_rows(p) : 0) * w.stride;
    w.taps = (const KEY **)(at + scratch_rows(p) * w.stride * KEY_BYTES);
    for (ptrdiff_t i = 0; i < w.stride; ++i)
        w.loaded[i] = MIP_TYPED(as_key)(*(const KEY *)p->neutral);
    ptrdiff_t next = larger(t->z_begin - p->before_z, 0);
    for (ptrdiff_t z = t->z_begin; z < t->z_end; ++z) {
        KEY *slice = (KEY *)out + z * p->rows * p->columns;
        for (; next < z - p->before_z + p->size_z && next < p->depth; ++next)
            OF(fill)(source, p, t, &w, next);
        for (ptrdiff_t y = t->y_begin; y < t->y_end; ++y) {
            KEY *row = slice + y * p->columns;
            OF(write)(p, t, &w, z, y, row);
            MIP_TYPED(as_pixels)(row, p->columns);
        }
    }
}
#undef OF
#undef KEY
