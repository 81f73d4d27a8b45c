/* Thin edges of one instruction set: see canny.h. */

/* Sobel's derivatives of row b, between rows a and c; beyond its ends it is reflected. */
MIP_TARGET static void MIP_NAME(derive_row)(const float *restrict a, const float *restrict b,
                                            const float *restrict c, float *restrict along_y,
                                            float *restrict along_x, float *restrict magnitude,
                                            ptrdiff_t columns)
{
    const ptrdiff_t last = columns - 1, second = columns > 1;
#define SLOPE(before, i, after)                                                                    \
    do {                                                                                           \
        const float y = (c[before] - a[before]) + 2.0f * (c[i] - a[i]) + (c[after] - a[after]);    \
        const float x =                                                                            \
            (a[after] - a[before]) + 2.0f * (b[after] - b[before]) + (c[after] - c[before]);       \
        along_y[i] = y;                                                                            \
        along_x[i] = x;                                                                            \
        magnitude[i] = sqrtf(y * y + x * x);                                                       \
    } while (0)
    SLOPE(0, 0, second);
    for (ptrdiff_t i = 1; i < last; ++i)
        SLOPE(i - 1, i, i + 1);
    SLOPE(last - second, last, last);
#undef SLOPE
}

/* Fill the slopes of row y; beyond its border the plane is reflected. */
MIP_TARGET static void MIP_NAME(derive)(const float *smooth, const mip_canny_plan *p, ptrdiff_t y,
                                        const slopes *to)
{
    const float *row = smooth + y * p->columns;
    const float *above = y > 0 ? row - p->columns : row;
    const float *below = y < p->rows - 1 ? row + p->columns : row;
    MIP_NAME(derive_row)(above, row, below, to->y, to->x, to->magnitude, p->columns);
}

/* Mark the pixels of a row that are as steep as both points next to them along the gradient, which
 * lie between two pixels each; a, b and c are the rows before, at and after it. The comparison is
 * spared its division by the longer side of the gradient. */
MIP_TARGET static void MIP_NAME(mark)(const mip_canny_plan *p, const slopes *before,
                                      const slopes *here, const slopes *after,
                                      uint8_t *restrict marks)
{
    const float *restrict a = before->magnitude, *restrict b = here->magnitude,
                *restrict c = after->magnitude, *restrict along_y = here->y,
                *restrict along_x = here->x;
    const float low = p->low, high = p->high;
    for (ptrdiff_t i = 1; i < p->columns - 1; ++i) {
        const float y = along_y[i], x = along_x[i], steepness = b[i];
        const float size_y = fabsf(y), size_x = fabsf(x);
        const int is_steep = size_y > size_x;
        const int is_down = ((y >= 0) & (x >= 0)) | ((y <= 0) & (x <= 0));
        const float longer = is_steep ? size_y : size_x, shorter = is_steep ? size_x : size_y;
        const float near_after = is_steep ? c[i] : b[i + 1];
        const float near_before = is_steep ? a[i] : b[i - 1];
        const float up_after = is_steep ? c[i - 1] : a[i + 1];
        const float up_before = is_steep ? a[i + 1] : c[i - 1];
        const float far_after = is_down ? c[i + 1] : up_after;
        const float far_before = is_down ? a[i - 1] : up_before;
        const float level = steepness * longer, rest = longer - shorter;
        const int is_ridge = (near_after * rest + far_after * shorter <= level) &
                             (near_before * rest + far_before * shorter <= level) &
                             (steepness >= low) & (steepness > 0);
        const int mark = steepness >= high ? MIP_CANNY_STRONG : MIP_CANNY_WEAK;
        marks[i] = (uint8_t)(is_ridge ? mark : 0);
    }
    marks[0] = marks[p->columns - 1] = 0;
}

MIP_TARGET static void MIP_NAME(thin)(const float *smooth, uint8_t *marks, const mip_canny_plan *p,
                                      ptrdiff_t task, void *scratch)
{
    const ptrdiff_t begin = task * MIP_CANNY_ROWS, left = p->rows - begin;
    const ptrdiff_t end = begin + (left < MIP_CANNY_ROWS ? left : MIP_CANNY_ROWS);
    const ptrdiff_t first = begin > 0 ? begin : 1, last = end < p->rows ? end : p->rows - 1;
    slopes ring[3];
    for (int k = 0; k < 3; ++k) {
        float *row = (float *)scratch + 3 * k * stride(p);
        const slopes s = {row, row + stride(p), row + 2 * stride(p)};
        ring[k] = s;
    }
    if (begin == 0)
        memset(marks, 0, (size_t)p->columns);
    if (end == p->rows)
        memset(marks + (p->rows - 1) * p->columns, 0, (size_t)p->columns);
    for (ptrdiff_t y = first - 1; first < last && y <= last; ++y) {
        MIP_NAME(derive)(smooth, p, y, &ring[y % 3]);
        if (y > first)
            MIP_NAME(mark)(p, &ring[(y - 2) % 3], &ring[(y - 1) % 3], &ring[y % 3],
                           marks + (y - 1) * p->columns);
    }
}

static const mip_canny MIP_NAME(mip_canny) = {.thin = MIP_NAME(thin)};
