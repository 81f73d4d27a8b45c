#include "distance.h"

#include <math.h>

void mip_distance_row(const uint8_t *mask, float *out, ptrdiff_t columns, double spacing)
{
    const double square = spacing * spacing;
    const int32_t none = (int32_t)columns; /* no pixel of the row is as far away */
    int32_t away = none;
    for (ptrdiff_t i = 0; i < columns; ++i) {
        away = mask[i] ? away + (away < none) : 0;
        memcpy(out + i, &away, sizeof away); /* a count, until it is turned into a distance */
    }
    away = none;
    for (ptrdiff_t i = columns; i-- > 0;) {
        int32_t before;
        memcpy(&before, out + i, sizeof before);
        away = mask[i] ? away + (away < none) : 0;
        const int32_t least = before < away ? before : away;
        const double squared = (double)least * (double)least * square;
        out[i] = least == none ? INFINITY : (float)squared;
    }
}

/* A corner of the hull: a pixel of the line, the squared distance there, and that on the hull. */
typedef struct {
    double at, value, raised;
} corner;

size_t mip_distance_scratch(ptrdiff_t size)
{
    return (size_t)size * (sizeof(corner) + MIP_DISTANCE_LINES * sizeof(float));
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

void mip_distance_lines(float *first, ptrdiff_t lines, const mip_distance_axis *axis, void *scratch)
{
    const ptrdiff_t size = axis->size;
    const double square = axis->spacing * axis->spacing;
    corner *corners = scratch;
    float *turned = (float *)(void *)(corners + size);
    for (ptrdiff_t i = 0; i < size; ++i)
        for (ptrdiff_t n = 0; n < lines; ++n)
            turned[n * size + i] = first[i * axis->stride + n];
    for (ptrdiff_t n = 0; n < lines; ++n)
        lower(turned + n * size, size, square, corners);
    for (ptrdiff_t i = 0; i < size; ++i) {
        float *row = first + i * axis->stride;
        for (ptrdiff_t n = 0; n < lines; ++n)
            row[n] = turned[n * size + i];
        for (ptrdiff_t n = 0; axis->is_last && n < lines; ++n)
            row[n] = sqrtf(row[n]);
    }
}
