#include "morphology.h"

#include "line.h"

enum { KEY_BYTES = 4 }; /* of the widest key */

static ptrdiff_t larger(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

/* Keys from one row of scratch to the next. */
static ptrdiff_t row_stride(const mip_morphology_plan *p)
{
    return mip_whole(p->columns + p->size_x - 1, MIP_LINE);
}

/* Rows of a tile with those that its windows reach. */
static ptrdiff_t reached_rows(const mip_morphology_plan *p) { return p->tile_rows + p->size_y - 1; }

static ptrdiff_t slot_rows(const mip_morphology_plan *p)
{
    return p->is_box ? p->tile_rows : reached_rows(p) * p->lengths;
}

static ptrdiff_t most_taps(const mip_morphology_plan *p) { return larger(p->taps, p->size_y) + 1; }

/* Rows of scratch: one loaded and two reduced ones, those of a box before they are reduced along y,
 * one that two rows of the result share, and the ring. */
static ptrdiff_t scratch_rows(const mip_morphology_plan *p)
{
    return 4 + (p->is_box ? reached_rows(p) : 0) + p->size_z * slot_rows(p);
}

size_t mip_morphology_scratch(const mip_morphology_plan *p)
{
    const size_t rows = (size_t)(scratch_rows(p) * row_stride(p)) * KEY_BYTES;
    const size_t taps = (size_t)most_taps(p) * sizeof(void *);
    return (size_t)mip_whole((ptrdiff_t)(2 * MIP_LINE + rows + taps), MIP_LINE);
}

#define MIP_BODY "morphology_body.h"
#include "each_isa.h"

const mip_morphology *mip_morphology_table(int isa) { return MIP_SELECT(mip_morphology, isa); }
