/* Contrast limited adaptive histogram equalisation of a plane, in OpenCV's integers and floats.
 *
 * First a table per tile: the level of every value that the image has. Then rows: between the
 * centres of four tiles a pixel takes the mean of its levels in their tables, by its distance.
 */
#ifndef MIP_CLAHE_H
#define MIP_CLAHE_H
#include "isa.h"

/* Pixels between the same two centres of tiles; at a border both are the same. */
typedef struct {
    ptrdiff_t begin, end, before, after;
} mip_clahe_gap;

typedef struct {
    ptrdiff_t columns, tile_rows, tile_columns, tiles_across;
    const ptrdiff_t *inside_y, *inside_x; /* the pixel for each position in the tiles */
    const mip_clahe_gap *gaps;            /* along a row */
    const float *shares;                  /* of the tile after, for each column */
    ptrdiff_t gap_count;
    int32_t bins;         /* values of the pixel type: 256 or 65536 */
    int32_t least;        /* value of the type */
    int32_t first, span; /* the image's least value, and how many lie up to its greatest */
    int32_t limit;        /* pixels that count in a bin */
    float *tables;        /* `span` levels for each tile */
} mip_clahe_plan;

/* The table of one tile; `counts` is scratch of `span` numbers. */
typedef void (*mip_clahe_tile_fn)(const void *source, const mip_clahe_plan *plan, ptrdiff_t tile,
                                  uint32_t *counts);

/* One row of pixels between two rows of tiles, with the share of the one after. */
typedef void (*mip_clahe_row_fn)(const void *row, void *out, const mip_clahe_plan *plan,
                                 ptrdiff_t before, ptrdiff_t after, float share);

/* None for float32. */
typedef struct {
    mip_clahe_tile_fn tile[MIP_PIXELS];
    mip_clahe_row_fn row[MIP_PIXELS];
} mip_clahe;

const mip_clahe *mip_clahe_table(int isa);

#endif
