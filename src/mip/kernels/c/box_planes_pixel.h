/* The part of the morphology by boxes that knows the pixel type: see box_planes.h. */
#include "order_key.h"

/* What a step reads, and what it needs to do so. */
typedef struct {
    KEY *outside; /* the row that takes no part */
    KEY *waiting; /* rows of a block, before they are reduced along x */
    KEY *ring;    /* rows that it reads, but those of integers that are in the source */
    ptrdiff_t made;
} MIP_TYPED(reading);

/* A task, and where everything is in its scratch. */
typedef struct {
    const mip_box_plan *plan;
    const KEY *source; /* the plane */
    KEY *out;
    ptrdiff_t y_end, stride;
    KEY *common;
    const KEY **row;
    MIP_TYPED(reading) step[MIP_BOX_STEPS];
} MIP_TYPED(strip);

typedef void (*MIP_TYPED(block_fn))(const KEY *const *, const mip_box_step *, KEY *, KEY *,
                                    ptrdiff_t, KEY *const *, ptrdiff_t, ptrdiff_t);

/* The key that changes nothing. */
MIP_TARGET static KEY MIP_TYPED(neutral)(ptrdiff_t operation)
{
    const KEY ones = (KEY)-1, least = ones > 0 ? 0 : (KEY)((KEY)1 << (8 * sizeof(KEY) - 2)) * -2;
    return operation == MIP_ERODE ? (KEY)~least : least;
}

/* Where row y is in the ring that a step reads. */
MIP_TARGET static KEY *MIP_TYPED(in_ring)(const MIP_TYPED(strip) * s, ptrdiff_t step, ptrdiff_t y)
{
    return s->step[step].ring + y % ring_rows(&s->plan->step[step]) * s->stride;
}

/* Row y that a step reads. */
MIP_TARGET static const KEY *MIP_TYPED(read_row)(const MIP_TYPED(strip) * s, ptrdiff_t step,
                                                 ptrdiff_t y)
{
    if (y < 0 || y >= s->plan->rows)
        return s->step[step].outside;
    if (PIXEL_IS_INTEGER && step == 0)
        return s->source + y * s->plan->columns;
    return MIP_TYPED(in_ring)(s, step, y);
}

MIP_TARGET static void MIP_TYPED(make)(MIP_TYPED(strip) * s, ptrdiff_t step, ptrdiff_t y);

/* See that a step can read its rows before `end`. */
MIP_TARGET static void MIP_TYPED(supply)(MIP_TYPED(strip) * s, ptrdiff_t step, ptrdiff_t end)
{
    ptrdiff_t *made = &s->step[step].made;
    if (step)
        for (; *made < end; *made += BLOCK)
            MIP_TYPED(make)(s, step - 1, *made);
    else if (!PIXEL_IS_INTEGER)
        for (; *made < end; ++*made)
            MIP_TYPED(load_keys)(s->source + *made * s->plan->columns,
                                 MIP_TYPED(in_ring)(s, step, *made), s->plan->columns);
}

/* Make the block of rows of a step that begins with y. */
MIP_TARGET static void MIP_TYPED(make)(MIP_TYPED(strip) * s, ptrdiff_t step, ptrdiff_t y)
{
    static const MIP_TYPED(block_fn) block[] = {MIP_PASTE(MIP_TYPED(block), erode),
                                                MIP_PASTE(MIP_TYPED(block), dilate)};
    const mip_box_plan *p = s->plan;
    const mip_box_step *now = &p->step[step];
    const int is_last = step + 1 == p->steps;
    const ptrdiff_t reached = y + BLOCK + now->down, left = (is_last ? s->y_end : p->rows) - y;
    const ptrdiff_t count = left < BLOCK ? left : BLOCK;
    KEY *out[BLOCK];
    MIP_TYPED(supply)(s, step, reached < p->rows ? reached : p->rows);
    for (ptrdiff_t i = y - now->up; i < reached; ++i)
        s->row[i - (y - now->up)] = MIP_TYPED(read_row)(s, step, i);
    for (ptrdiff_t j = 0; j < count; ++j)
        out[j] = is_last ? s->out + (y + j) * p->columns : MIP_TYPED(in_ring)(s, step + 1, y + j);
    block[now->operation](s->row, now, s->common, s->step[step].waiting, s->stride, out, count,
                          p->columns);
    for (ptrdiff_t j = 0; j < count && is_last; ++j)
        MIP_TYPED(as_pixels)(out[j], p->columns);
}

MIP_TARGET static void MIP_TYPED(run)(const void *source, void *out, const mip_box_plan *p,
                                      ptrdiff_t task, void *scratch)
{
    const ptrdiff_t plane = task / p->strips * p->rows * p->columns, strip = task % p->strips;
    const ptrdiff_t stride = row_stride(p, sizeof(KEY));
    MIP_TYPED(strip) s = {.plan = p, .source = (const KEY *)source + plane, .stride = stride,
                          .out = (KEY *)out + plane, .y_end = p->rows * (strip + 1) / p->strips};
    const ptrdiff_t begin = p->rows * strip / p->strips;
    KEY *at = mip_first_line(scratch);
    s.common = at, at += 3 * stride;
    for (ptrdiff_t i = p->steps - 1, first = begin; i >= 0; --i) {
        first = first > p->step[i].up ? first - p->step[i].up : 0;
        s.step[i].made = first;
        s.step[i].outside = at, at += stride;
        s.step[i].waiting = at, at += BLOCK * stride;
        for (KEY *key = s.step[i].outside; key < at; ++key)
            *key = MIP_TYPED(neutral)(p->step[i].operation);
        if (i || !PIXEL_IS_INTEGER)
            s.step[i].ring = at, at += ring_rows(&p->step[i]) * stride;
    }
    s.row = (const KEY **)at;
    for (ptrdiff_t y = begin; y < s.y_end; y += BLOCK)
        MIP_TYPED(make)(&s, p->steps - 1, y);
}
#undef KEY
