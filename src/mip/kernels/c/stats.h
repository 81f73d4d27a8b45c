/* What regions are like: one pass over labels, run by run, and over the image below each run. */
#ifndef MIP_STATS_H
#define MIP_STATS_H
#include "isa.h"

enum { MIP_LABEL_TYPES = 3 }; /* uint8, uint16, uint32: by size */

/* All that is known of a region; sums are exact for integers. */
typedef struct {
    uint64_t area;
    uint64_t place[3];             /* sums of slices, rows and columns */
    uint32_t least[3], end[3];     /* the bounding box; `end` is one past it */
    double minimum, maximum, sum;  /* of the image; sum is that of a float32 image */
    int64_t whole_sum;             /* of an integer image */
} mip_region;

typedef struct {
    ptrdiff_t rows, columns; /* of a slice */
    size_t pixel_bytes;
} mip_stats_shape;

/* Take `count` pixels of an image into a region. */
typedef void (*mip_measure_fn)(const void *pixels, ptrdiff_t count, mip_region *region);

/* Take row `row`, counted over all slices, into its regions; `image` may be NULL. */
typedef void (*mip_stats_fn)(const void *labels, const void *image, ptrdiff_t row,
                             const mip_stats_shape *shape, mip_measure_fn measure,
                             mip_region *regions);

typedef struct {
    mip_stats_fn row[MIP_LABEL_TYPES];
    mip_measure_fn measure[MIP_PIXELS];
} mip_stats;

const mip_stats *mip_stats_table(int isa);

void mip_stats_clear(mip_region *regions, ptrdiff_t count);

/* Add the regions of a later part of the image. */
void mip_stats_merge(mip_region *regions, const mip_region *later, ptrdiff_t count);

#endif
