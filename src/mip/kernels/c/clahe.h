/* Contrast limited adaptive histogram equalisation of a plane, in OpenCV's integers and floats.
 *
 * First a table per tile: the level of every value that the image has. Then cells: between the
 * centres of four tiles a pixel takes the mean of its levels in their tables, by its distance.
 * Those four tables are laid side by side for each cell, so that a pixel costs one access to
 * memory.
 */
#ifndef MIP_CLAHE_H
#define MIP_CLAHE_H
#include "isa.h"

/* Pixels along an axis between the same two centres of tiles; at a border both are the same. */
typedef struct {
    ptrdiff_t begin, end, before, after;
} mip_clahe_gap;

typedef struct {
    ptrdiff_t columns, tile_rows, tile_columns, tiles_across;
    const ptrdiff_t *inside_y, *inside_x; /* the pixel for each position in the tiles */
    const float *shares_y, *shares_x;     /* of the tile after, for each row and column */
    int32_t bins;         /* values of the pixel type: 256 or 65536 */
    int32_t least;        /* value of the type */
    int32_t first, span; /* the image's least value, and how many lie up to its greatest */
    int32_t limit;        /* pixels that count in a bin */
    uint16_t *tables;     /* `span` levels for each tile */
} mip_clahe_plan;

/* The least and the greatest of n pixels, at least one. */
typedef void (*mip_clahe_extremes_fn)(const void *source, ptrdiff_t n, int32_t *least,
                                      int32_t *greatest);

/* The table of one tile. */
typedef void (*mip_clahe_tile_fn)(const void *source, const mip_clahe_plan *plan, ptrdiff_t tile,
                                  void *scratch);

/* The pixels of one cell, from the tables. */
typedef void (*mip_clahe_cell_fn)(const void *source, void *out, const mip_clahe_plan *plan,
                                  const mip_clahe_gap *y, const mip_clahe_gap *x,
                                  void *scratch);

/* None for float32. Scratch is `span` numbers of 64 bits. */
typedef struct {
    mip_clahe_extremes_fn extremes[MIP_PIXELS];
    mip_clahe_tile_fn tile[MIP_PIXELS];
    mip_clahe_cell_fn cell[MIP_PIXELS];
} mip_clahe;

const mip_clahe *mip_clahe_table(int isa);

#endif
