/* Connected components by runs: each row is turned into the edges of its runs, runs that touch are
 * united, and the runs are painted with what is known of them.
 *
 * A row has at most as many edges as pixels, so that edges may live in the labels array until they
 * are painted over. A row of n edges has (n + 1) / 2 runs; a run that has no second edge ends with
 * the row.
 */
#ifndef MIP_LABEL_H
#define MIP_LABEL_H
#include "isa.h"

typedef struct {
    const uint32_t *edges;  /* (rows, stride), the first counts[row] of each row */
    const uint32_t *counts; /* edges of each row */
    const uint32_t *first;  /* index of the first run of each row, and of the end */
    uint32_t *parents;      /* of each run: itself or an earlier one; later its number */
    const uint16_t *values; /* of each run, where only equal ones are united; else NULL */
    ptrdiff_t stride;       /* edges that there is room for in each row */
    ptrdiff_t columns;      /* pixels of a row */
    ptrdiff_t height;       /* rows of a slice */
} mip_runs;

/* A row that may touch: slices and rows back, and 1 where corners touch along x. */
typedef struct {
    int32_t slices, rows, reach;
} mip_neighbour;

/* All write as many edges of a row as there is room for, and return how many there are. */
typedef uint32_t (*mip_within_fn)(const void *row, ptrdiff_t columns, double least, double most,
                                  uint32_t *edges, uint32_t room);
typedef uint32_t (*mip_by_value_fn)(const void *row, ptrdiff_t columns, uint32_t *edges,
                                    uint32_t room);
typedef struct {
    /* Runs of what is not 0; with `flip` all bits, of what is 0. */
    uint32_t (*scan)(const uint8_t *row, ptrdiff_t columns, uint64_t flip, uint32_t *edges,
                     uint32_t room);
    /* Runs of least <= value <= most, both values of the pixel type. */
    mip_within_fn within[MIP_PIXELS];
    /* Runs of one value that is not 0, both of whose edges are always written: they may touch. */
    mip_by_value_fn by_value[MIP_PIXELS];
} mip_label;

const mip_label *mip_label_table(int isa);

/* Unite the runs of rows [begin, end) with those of their neighbours in rows [from, to). */
void mip_label_unite(const mip_runs *runs, const mip_neighbour *neighbours, int count,
                     ptrdiff_t begin, ptrdiff_t end, ptrdiff_t from, ptrdiff_t to);

/* Turn parents into numbers from 1, in order of each component's first run. Returns the last. */
uint32_t mip_label_number(uint32_t *parents, uint32_t runs);

/* Add the pixels of each run to its number's area. */
void mip_label_areas(const mip_runs *runs, ptrdiff_t rows, uint64_t *areas);

/* Set the mark of each number that has a pixel in an outer row, or at either end of any row. */
void mip_label_outer(const mip_runs *runs, ptrdiff_t rows, const uint8_t *is_outer, uint8_t *marks);

/* Paint the numbers of a row, 0 elsewhere; a mask's edges may be what is painted over. */
void mip_label_paint(const uint32_t *edges, uint32_t count, const uint32_t *numbers, uint32_t *out,
                     ptrdiff_t columns);

/* Paint `inside` where a row has a run whose number is marked, and its opposite elsewhere. */
void mip_label_select(const uint32_t *edges, uint32_t count, const uint32_t *numbers,
                      const uint8_t *marks, int inside, uint8_t *out, ptrdiff_t columns);

#endif
