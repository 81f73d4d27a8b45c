/* The passes of one instruction set: see stats.h. */

MIP_TARGET static void MIP_NAME(add)(mip_region *region, uint32_t slice, uint32_t row,
                                     uint32_t begin, uint32_t end)
{
    const uint64_t count = end - begin;
    const uint32_t first[3] = {slice, row, begin}, last[3] = {slice + 1, row + 1, end};
    region->area += count;
    region->place[0] += count * slice;
    region->place[1] += count * row;
    region->place[2] += ((uint64_t)begin + end - 1) * count / 2; /* one of the factors is even */
    for (int axis = 0; axis < 3; ++axis) {
        region->least[axis] = first[axis] < region->least[axis] ? first[axis] : region->least[axis];
        region->end[axis] = last[axis] > region->end[axis] ? last[axis] : region->end[axis];
    }
}

#define ROW(bits)                                                                                  \
    MIP_TARGET static void MIP_NAME(row##bits)(                                                    \
        const void *labels, const void *image, ptrdiff_t row, const mip_stats_shape *shape,        \
        mip_measure_fn measure, mip_region *regions)                                               \
    {                                                                                              \
        const ptrdiff_t columns = shape->columns;                                                  \
        const uint##bits##_t *label = (const uint##bits##_t *)labels + row * columns;              \
        const char *pixels = image;                                                                \
        for (ptrdiff_t begin = 0, end; begin < columns; begin = end) {                             \
            const uint##bits##_t number = label[begin];                                            \
            for (end = begin + 1; end < columns && label[end] == number;)                          \
                ++end;                                                                             \
            MIP_NAME(add)(regions + number, (uint32_t)(row / shape->rows),                         \
                          (uint32_t)(row % shape->rows), (uint32_t)begin, (uint32_t)end);          \
            if (pixels)                                                                            \
                measure(pixels + (size_t)(row * columns + begin) * shape->pixel_bytes,             \
                        end - begin, regions + number);                                            \
        }                                                                                          \
    }
ROW(8)
ROW(16)
ROW(32)
#undef ROW

#define MIP_PIXEL_BODY "stats_pixel.h"
#include "each_pixel.h"
#undef MIP_PIXEL_BODY

static const mip_stats MIP_NAME(mip_stats) = {
    .row = {MIP_NAME(row8), MIP_NAME(row16), MIP_NAME(row32)},
    .measure = MIP_EACH_PIXEL(measure),
};
