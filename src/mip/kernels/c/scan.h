/* From the pixels of a row to the bits of its runs: see runs.h. */
#ifndef MIP_SCAN_H
#define MIP_SCAN_H
#include "runs.h"

/* All write the words of a row, and return how many runs it has. */
typedef uint32_t (*mip_within_fn)(const void *row, ptrdiff_t columns, double least, double most,
                                  mip_word *words);
typedef uint32_t (*mip_by_value_fn)(const void *row, ptrdiff_t columns, mip_word *words);
typedef struct {
    /* Runs of what is not 0; with `flip` all bits, of what is 0. */
    uint32_t (*mask)(const uint8_t *row, ptrdiff_t columns, uint64_t flip, mip_word *words);
    /* Runs of least <= value <= most, both values of the pixel type. */
    mip_within_fn within[MIP_PIXELS];
    /* Runs of one value that is not 0; none for float32. */
    mip_by_value_fn by_value[MIP_PIXELS];
} mip_scan;

const mip_scan *mip_scan_table(int isa);

#endif
