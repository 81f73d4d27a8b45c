/* Median of the window around each pixel of a volume; a plane is a volume of one slice.
 *
 * A task is a run of rows of one slice. Three ways, all exact:
 * - plane: windows of one slice and 3, 5, 7, 9 or 11 rows and columns, by sorting networks; two
 *   rows at a time, whose windows share all rows but one each;
 * - cube: windows of 3 x 3 x 3, by a sorting network;
 * - sliding: every other odd size, by a histogram that moves along the row (Huang, Yang and Tang,
 *   1979), of ranks where pixels are float.
 *
 * Pixels are compared as keys: integers as they are, floats as integers of the same order, in which
 * every NaN is one value above all numbers. Borders are index maps made by the caller.
 */
#ifndef MIP_MEDIAN_H
#define MIP_MEDIAN_H
#include "isa.h"

enum { MIP_MEDIAN_PLANE, MIP_MEDIAN_CUBE, MIP_MEDIAN_SLIDING, MIP_MEDIAN_WAYS };

typedef struct {
    ptrdiff_t size;          /* odd */
    const ptrdiff_t *inside; /* index for each position from -size / 2 on, -1: outside */
} mip_median_axis;

typedef struct {
    ptrdiff_t depth, rows, columns;
    mip_median_axis z, y, x;
    ptrdiff_t task_rows; /* the most rows of a task */
    const void *outside; /* the pixel outside */
} mip_median_plan;

typedef struct {
    ptrdiff_t z, y_begin, y_end;
} mip_median_task;

/* Bytes of scratch that one task needs. */
size_t mip_median_scratch(const mip_median_plan *plan, int way);

typedef void (*mip_median_fn)(const void *source, void *out, const mip_median_plan *plan,
                              const mip_median_task *task, void *scratch);

typedef struct {
    mip_median_fn run[MIP_MEDIAN_WAYS][MIP_PIXELS];
} mip_median;

const mip_median *mip_median_table(int isa);

#endif
