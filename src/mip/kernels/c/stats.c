#include "stats.h"

#include <math.h>

#define MIP_BODY "stats_body.h"
#include "each_isa.h"

const mip_stats *mip_stats_table(int isa) { return MIP_SELECT(mip_stats, isa); }

void mip_stats_clear(mip_region *regions, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; ++i)
        regions[i] = (mip_region){.least = {UINT32_MAX, UINT32_MAX, UINT32_MAX},
                                  .minimum = INFINITY,
                                  .maximum = -INFINITY};
}

void mip_stats_merge(mip_region *regions, const mip_region *later, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; ++i) {
        mip_region *to = regions + i;
        const mip_region *from = later + i;
        to->area += from->area;
        for (int axis = 0; axis < 3; ++axis) {
            to->place[axis] += from->place[axis];
            if (from->least[axis] < to->least[axis])
                to->least[axis] = from->least[axis];
            if (from->end[axis] > to->end[axis])
                to->end[axis] = from->end[axis];
        }
        to->minimum = from->minimum < to->minimum ? from->minimum : to->minimum;
        to->maximum = from->maximum > to->maximum ? from->maximum : to->maximum;
        to->sum += from->sum;
        to->whole_sum += from->whole_sum;
    }
}
