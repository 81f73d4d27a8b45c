/* Connected components by runs: runs that touch are united, and painted with what is known of them.
 */
#ifndef MIP_LABEL_H
#define MIP_LABEL_H
#include "runs.h"

typedef struct {
    const mip_word *words;  /* (rows, words of a row) */
    const uint32_t *first;  /* index of the first run of each row, and of the end */
    uint32_t *parents;      /* of each run: itself or an earlier one; later its number */
    ptrdiff_t rows, height; /* of the image, and of a slice */
    ptrdiff_t columns;      /* pixels of a row */
    /* The image, where only runs of one value are united, and bytes of its pixel, 1 or 2; else 0. */
    const void *image;
    ptrdiff_t size;
} mip_runs;

enum { MIP_NEIGHBOURS = 4 }; /* at most */

/* A row that may touch: slices and rows back, 1 where corners touch along x, and as bits the
 * neighbours before it in the list that its pixels of the same column touch, and those of them that
 * it touches at corners along x, too. */
typedef struct {
    int32_t slices, rows, has_corners, touches, corners;
} mip_neighbour;

typedef struct {
    /* Unite the runs of one of `parts` of the rows with those of their neighbours: of those in the
     * same part, or, for its seam, of those in the parts before it. */
    void (*unite)(const mip_runs *runs, const mip_neighbour *neighbours, int count, int part,
                  int parts, int is_seam);
    /* Paint the numbers of a row, and 0 elsewhere unless that is what is there. */
    void (*paint)(const mip_word *words, ptrdiff_t columns, const uint32_t *numbers, int is_clear,
                  uint32_t *out);
    /* Paint `inside` where a row has a run whose number is marked, and its opposite elsewhere. */
    void (*select)(const mip_word *words, ptrdiff_t columns, const uint32_t *numbers,
                   const uint8_t *marks, int inside, uint8_t *out);
} mip_label;

const mip_label *mip_label_table(int isa);

/* Turn parents into numbers from 1, in order of each component's first run. Returns the last. */
uint32_t mip_label_number(uint32_t *parents, uint32_t runs);

/* Add the pixels of each run to its number's area. */
void mip_label_areas(const mip_runs *runs, uint64_t *areas);

/* Set the mark of each number that has a pixel in an outer row, or at either end of any row. */
void mip_label_outer(const mip_runs *runs, const uint8_t *is_outer, uint8_t *marks);

#endif
