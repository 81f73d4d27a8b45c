#include "nl_means.h"

#include "line.h"

/* Where everything is in the scratch of a box: rows of `stride` floats in slices of rows. */
typedef struct {
    ptrdiff_t slices, rows, columns; /* of the box */
    ptrdiff_t image_rows, stride;    /* rows of a slice of the image, and floats of every row */
    float *image;                    /* the box with its surroundings */
    float *squares;                  /* of differences: a slice of those compared, a patch around */
    float *along_y;                  /* their sums along y: all slices */
    float *along_z, *along_x;        /* rows of sums along z, and then x */
    float *weights, *sums;           /* the box */
} workspace;

/* Lay out `scratch`; return how many floats it takes, also when there is none yet. Rows begin where a
 * cache line does: half of what is loaded and all that is stored is then in one line, which is a
 * sixth of the time where vectors are as long as one. */
static size_t lay_out(const mip_nl_means_plan *p, const mip_box *box, float *scratch, workspace *w)
{
    w->slices = box->z_end - box->z_begin;
    w->rows = box->y_end - box->y_begin;
    w->columns = box->x_end - box->x_begin;
    w->image_rows = w->rows + 2 * p->around.y.radius;
    w->stride = mip_whole(w->columns + 2 * p->around.x.radius, MIP_LINE_FLOATS);
    const ptrdiff_t compared_rows = w->rows + p->search.y;
    const ptrdiff_t needed[] = {
        (w->slices + 2 * p->around.z.radius) * w->image_rows,
        compared_rows + 2 * p->patch.y,
        (w->slices + p->search.z + 2 * p->patch.z) * compared_rows,
        1,
        1,
        w->slices * w->rows,
        w->slices * w->rows,
    };
    float **parts[] = {&w->image,   &w->squares, &w->along_y, &w->along_z,
                       &w->along_x, &w->weights, &w->sums};
    float *first = mip_first_line(scratch);
    ptrdiff_t floats = 0;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; ++i) {
        *parts[i] = scratch ? first + floats : NULL;
        floats += needed[i] * w->stride;
    }
    return (size_t)(floats + MIP_LINE_FLOATS);
}

/* The pixels that are in the box, or are `shift` before one that is. */
static mip_box firsts(const workspace *w, const mip_nl_means_reach *shift)
{
    return (mip_box){
        .z_begin = -shift->z,
        .z_end = w->slices,
        .y_begin = shift->y > 0 ? -shift->y : 0,
        .y_end = shift->y < 0 ? w->rows - shift->y : w->rows,
        .x_begin = shift->x > 0 ? -shift->x : 0,
        .x_end = shift->x < 0 ? w->columns - shift->x : w->columns,
    };
}

size_t mip_nl_means_scratch(const mip_nl_means_plan *plan, const mip_box *box)
{
    workspace unused;
    return lay_out(plan, box, NULL, &unused);
}

#define MIP_BODY "nl_means_body.h"
#include "each_isa.h"

const mip_nl_means *mip_nl_means_table(int isa) { return MIP_SELECT(mip_nl_means, isa); }
