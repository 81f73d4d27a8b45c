#include "box_planes.h"

#include "line.h"

enum { BLOCK = 4 }; /* rows that are made together */

/* Keys before the first column of a row that waits for its windows: whole lines, since stores that
 * lie across two cost more. */
static ptrdiff_t margin(const mip_box_step *step, ptrdiff_t key_bytes)
{
    return mip_whole(step->left * key_bytes, MIP_LINE) / key_bytes;
}

/* Keys from one row of scratch to the next: an odd number of lines, lest rows share their sets of
 * the cache. */
static ptrdiff_t row_stride(const mip_box_plan *p, ptrdiff_t key_bytes)
{
    ptrdiff_t reach = 0;
    for (ptrdiff_t i = 0; i < p->steps; ++i) {
        const ptrdiff_t both = margin(&p->step[i], key_bytes) + p->step[i].right;
        reach = both > reach ? both : reach;
    }
    const ptrdiff_t lines = mip_whole((p->columns + reach) * key_bytes, MIP_LINE) / MIP_LINE;
    return (lines | 1) * MIP_LINE / key_bytes;
}

static ptrdiff_t height(const mip_box_step *step) { return step->up + 1 + step->down; }

/* Rows of the ring that a step reads: those that a block of it reaches, and what a block before it
 * makes beyond them. */
static ptrdiff_t ring_rows(const mip_box_step *step) { return height(step) + 2 * BLOCK; }

/* The most rows that a block of any step is made from. */
static ptrdiff_t most_rows(const mip_box_plan *p)
{
    ptrdiff_t most = 0;
    for (ptrdiff_t i = 0; i < p->steps; ++i)
        most = height(&p->step[i]) > most ? height(&p->step[i]) : most;
    return most + BLOCK - 1;
}

/* Rows of scratch: three that all steps use, and for each a row of nothing, a block that waits for
 * its windows along x, and a ring. */
static ptrdiff_t scratch_rows(const mip_box_plan *p, int has_keys)
{
    ptrdiff_t rows = 3;
    for (ptrdiff_t i = 0; i < p->steps; ++i)
        rows += 1 + BLOCK + (i || has_keys ? ring_rows(&p->step[i]) : 0);
    return rows;
}

size_t mip_box_scratch(const mip_box_plan *p, int pixel)
{
    const ptrdiff_t key_bytes = pixel == MIP_U8 ? 1 : pixel == MIP_F32 ? 4 : 2;
    const ptrdiff_t rows = scratch_rows(p, pixel == MIP_F32);
    const size_t pointers = (size_t)most_rows(p) * sizeof(void *);
    const size_t bytes = (size_t)(rows * row_stride(p, key_bytes) * key_bytes) + pointers;
    return (2 * MIP_LINE + bytes) / MIP_LINE * MIP_LINE;
}

#define MIP_BODY "box_planes_body.h"
#include "each_isa.h"

const mip_box_planes *mip_box_planes_table(int isa) { return MIP_SELECT(mip_box_planes, isa); }
