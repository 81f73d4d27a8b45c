#include "label.h"

#if MIP_X86
#include <immintrin.h>
#endif

#define MIP_BODY "label_body.h"
#include "each_isa.h"

const mip_label *mip_label_table(int isa) { return MIP_SELECT(mip_label, isa); }

uint32_t mip_label_number(uint32_t *parents, uint32_t runs)
{
    uint32_t last = 0;
    for (uint32_t run = 0; run < runs; ++run) { /* a parent comes first, so it has its number */
        const uint32_t parent = parents[run], number = parents[parent];
        last += parent == run;
        parents[run] = parent == run ? last : number;
    }
    return last;
}

static mip_walk walk_along(const mip_runs *runs, ptrdiff_t row)
{
    return mip_walk_from(runs->words + row * mip_width(runs->columns), runs->columns);
}

void mip_label_areas(const mip_runs *runs, uint64_t *areas)
{
    const uint32_t *number = runs->parents;
    for (ptrdiff_t row = 0; row < runs->rows; ++row) {
        mip_walk walk = walk_along(runs, row);
        for (ptrdiff_t begin, end; mip_walk_next(&walk, &begin, &end);)
            areas[*number++] += (uint64_t)(end - begin);
    }
}

void mip_label_outer(const mip_runs *runs, const uint8_t *is_outer, uint8_t *marks)
{
    const uint32_t *number = runs->parents;
    for (ptrdiff_t row = 0; row < runs->rows; ++row) {
        mip_walk walk = walk_along(runs, row);
        for (ptrdiff_t begin, end; mip_walk_next(&walk, &begin, &end); ++number)
            if (is_outer[row] || !begin || end == runs->columns)
                marks[*number] = 1;
    }
}
