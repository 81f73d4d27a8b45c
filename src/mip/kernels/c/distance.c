#include "distance.h"

#include <math.h>

/* A corner of the hull: a pixel of the line, the squared distance there, and that on the hull. */
typedef struct {
    double at, value, raised;
} corner;

size_t mip_distance_scratch(ptrdiff_t size)
{
    return (size_t)size * (sizeof(corner) + 2 * MIP_DISTANCE_LINES * sizeof(float));
}

/* Find the corners of a line, and return how many they are. */
static ptrdiff_t hull(const float *line, ptrdiff_t size, double square, corner *corners)
{
    ptrdiff_t count = 0;
    for (ptrdiff_t i = 0; i < size; ++i) {
        if (line[i] == INFINITY)
            continue;
        const double at = (double)i, value = line[i], raised = value + at * at * square;
        for (; count >= 2; --count) {
            const corner *a = corners + count - 2, *b = a + 1;
            if ((b->raised - a->raised) * (at - b->at) < (raised - b->raised) * (b->at - a->at))
                break;
        }
        corners[count++] = (corner){at, value, raised};
    }
    return count;
}

static void lower(float *line, ptrdiff_t size, double square, corner *corners)
{
    const ptrdiff_t count = hull(line, size, square, corners);
    const corner *least = corners, *last = corners + count - 1;
    for (ptrdiff_t i = 0; count && i < size; ++i) {
        if (line[i] == 0) /* nothing is nearer */
            continue;
        double away = (double)i - least->at;
        double value = least->value + away * away * square;
        for (; least < last; ++least) {
            away = (double)i - least[1].at;
            const double next = least[1].value + away * away * square;
            if (next > value)
                break;
            value = next;
        }
        line[i] = (float)value;
    }
}

#define MIP_BODY "distance_body.h"
#include "each_isa.h"

const mip_distance *mip_distance_table(int isa) { return MIP_SELECT(mip_distance, isa); }
