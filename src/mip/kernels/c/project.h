/* Projections: the greatest, the least or the mean of the pixels along one axis.
 *
 * An image is `outer` boxes of `n` rows of `inner` pixels, projected along n. Where inner is 1 the
 * pixels of one result lie side by side (rows); elsewhere results do (stacks).
 */
#ifndef MIP_PROJECT_H
#define MIP_PROJECT_H
#include "isa.h"

enum { MIP_MAX, MIP_MIN, MIP_MEAN, MIP_PROJECTIONS }; /* names are in projection.py */

enum {
    MIP_PROJECT_WIDTH = 1 << 14,  /* most pixels of a row of a stack */
    MIP_PROJECT_SCRATCH = 8 << 14 /* bytes of scratch that a stack needs: sums of 8 bytes */
};

/* Project n rows of `width` pixels, `stride` pixels apart, into one. */
typedef void (*mip_project_stack_fn)(const void *source, void *out, ptrdiff_t n, ptrdiff_t stride,
                                     ptrdiff_t width, void *scratch);

/* Project each of `count` rows of n pixels into one pixel. */
typedef void (*mip_project_rows_fn)(const void *source, void *out, ptrdiff_t n, ptrdiff_t count);

typedef struct {
    mip_project_stack_fn stack[MIP_PROJECTIONS][MIP_PIXELS];
    mip_project_rows_fn rows[MIP_PROJECTIONS][MIP_PIXELS];
} mip_project;

const mip_project *mip_project_table(int isa);

#endif
