#include "resample.h"

#if MIP_X86
#include <immintrin.h>
#endif

enum {
    BEYOND = 31 /* values past a row that a pair of vectors may load; only the first may be used */
};

/* Where everything is in a task's scratch. */
typedef struct {
    float *row;      /* a source row, blended along y, and what is beyond it */
    float *slots[2]; /* a source slice each, resampled along y and x: even ones, odd ones */
} workspace;

static size_t lay_out(const mip_resample_plan *p, float *scratch, workspace *w)
{
    const size_t slot = (size_t)(p->tile_rows * p->out_columns);
    const size_t row = (size_t)p->columns + BEYOND;
    if (w) {
        w->slots[0] = scratch;
        w->slots[1] = scratch + slot;
        w->row = scratch + 2 * slot;
    }
    return (2 * slot + row) * sizeof(float);
}

size_t mip_resample_scratch(const mip_resample_plan *plan) { return lay_out(plan, NULL, NULL); }

#define MIP_BODY "resample_body.h"
#include "each_isa.h"

const mip_resample *mip_resample_table(int isa) { return MIP_SELECT(mip_resample, isa); }
