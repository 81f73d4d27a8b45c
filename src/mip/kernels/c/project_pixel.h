/* Projections of one instruction set and pixel type: see project.h. */

/* Eight rows at a time, so that the result is read and written an eighth as often; the last one
 * again where fewer are left, which changes nothing. */
#define STACK(name, KEEP)                                                                          \
    MIP_TARGET static void MIP_TYPED(name)(const void *source, void *target, ptrdiff_t n,          \
                                           ptrdiff_t stride, ptrdiff_t width, void *scratch)       \
    {                                                                                              \
        const PIXEL *restrict x = source;                                                          \
        PIXEL *restrict out = target;                                                              \
        (void)scratch;                                                                             \
        memcpy(out, x, (size_t)width * sizeof(PIXEL));                                             \
        for (ptrdiff_t k = 1; k < n; k += 8) {                                                     \
            const PIXEL *restrict a = x + k * stride;                                              \
            const PIXEL *restrict b = k + 1 < n ? a + stride : a;                                  \
            const PIXEL *restrict c = k + 2 < n ? b + stride : b;                                  \
            const PIXEL *restrict d = k + 3 < n ? c + stride : c;                                  \
            const PIXEL *restrict e = k + 4 < n ? d + stride : d;                                  \
            const PIXEL *restrict f = k + 5 < n ? e + stride : e;                                  \
            const PIXEL *restrict g = k + 6 < n ? f + stride : f;                                  \
            const PIXEL *restrict h = k + 7 < n ? g + stride : g;                                  \
            for (ptrdiff_t i = 0; i < width; ++i) {                                                \
                PIXEL m = KEEP(a[i], out[i]);                                                      \
                m = KEEP(b[i], m);                                                                 \
                m = KEEP(c[i], m);                                                                 \
                m = KEEP(d[i], m);                                                                 \
                m = KEEP(e[i], m);                                                                 \
                m = KEEP(f[i], m);                                                                 \
                m = KEEP(g[i], m);                                                                 \
                out[i] = KEEP(h[i], m);                                                            \
            }                                                                                      \
        }                                                                                          \
    }
STACK(stack_max, GREATER)
STACK(stack_min, LESSER)
#undef STACK

#if PIXEL_IS_INTEGER
#define ROWS(name, KEEP)                                                                           \
    MIP_TARGET static void MIP_TYPED(name)(const void *source, void *target, ptrdiff_t n,          \
                                           ptrdiff_t count)                                        \
    {                                                                                              \
        PIXEL *out = target;                                                                       \
        for (ptrdiff_t row = 0; row < count; ++row) {                                              \
            const PIXEL *x = (const PIXEL *)source + row * n;                                      \
            PIXEL m = x[0];                                                                        \
            for (ptrdiff_t i = 0; i < n; ++i) /* from 0, to keep whole vectors whole */            \
                m = KEEP(x[i], m);                                                                 \
            out[row] = m;                                                                          \
        }                                                                                          \
    }

/* The exact sum of n pixels. */
MIP_TARGET static int64_t MIP_TYPED(sum)(const PIXEL *x, ptrdiff_t n)
{
    int64_t total = 0;
    for (ptrdiff_t begin = 0; begin < n; begin += EXACT_TERMS) {
        const ptrdiff_t end = n - begin < EXACT_TERMS ? n : begin + EXACT_TERMS;
        int32_t part = 0;
        for (ptrdiff_t i = begin; i < end; ++i)
            part += x[i];
        total += part;
    }
    return total;
}

/* The scratch holds sums of 4 bytes, and then of 8 where there are more rows than 4 hold. */
MIP_TARGET static void MIP_TYPED(stack_mean)(const void *source, void *target, ptrdiff_t n,
                                             ptrdiff_t stride, ptrdiff_t width, void *scratch)
{
    const PIXEL *restrict x = source;
    float *restrict out = target;
    if (n > EXACT_TERMS) {
        int64_t *restrict total = scratch;
        memset(total, 0, (size_t)width * sizeof *total);
        for (ptrdiff_t k = 0; k < n; ++k)
            for (ptrdiff_t i = 0; i < width; ++i)
                total[i] += x[k * stride + i];
        for (ptrdiff_t i = 0; i < width; ++i)
            out[i] = (float)((double)total[i] / (double)n);
        return;
    }
    int32_t *restrict total = scratch;
    memset(total, 0, (size_t)width * sizeof *total);
    for (ptrdiff_t k = 0; k < n; ++k) {
        const PIXEL *restrict row = x + k * stride;
        for (ptrdiff_t i = 0; i < width; ++i)
            total[i] += row[i];
    }
    for (ptrdiff_t i = 0; i < width; ++i)
        out[i] = (float)((double)total[i] / (double)n);
}

MIP_TARGET static void MIP_TYPED(rows_mean)(const void *source, void *target, ptrdiff_t n,
                                            ptrdiff_t count)
{
    float *out = target;
    for (ptrdiff_t row = 0; row < count; ++row)
        out[row] = (float)((double)MIP_TYPED(sum)((const PIXEL *)source + row * n, n) / (double)n);
}
#else
/* A row is a stack of whole lanes, folded; what is left of it comes last. The order is the same for
 * every instruction set, so that the sign of a zero is, too, and of extremes the payload of a
 * NaN; that of a mean is the choice of an instruction between its operands. */
#define ROWS(name, KEEP)                                                                           \
    MIP_TARGET static void MIP_TYPED(name)(const void *source, void *target, ptrdiff_t n,          \
                                           ptrdiff_t count)                                        \
    {                                                                                              \
        PIXEL *out = target;                                                                       \
        for (ptrdiff_t row = 0; row < count; ++row) {                                              \
            const PIXEL *x = (const PIXEL *)source + row * n;                                      \
            PIXEL lanes[LANES], m = x[0];                                                          \
            const ptrdiff_t whole = n / LANES * LANES;                                             \
            for (ptrdiff_t i = 0; i < LANES && whole; ++i)                                         \
                lanes[i] = x[i];                                                                   \
            for (ptrdiff_t begin = LANES; begin < whole; begin += LANES)                           \
                for (ptrdiff_t i = 0; i < LANES; ++i)                                              \
                    lanes[i] = KEEP(x[begin + i], lanes[i]);                                       \
            for (ptrdiff_t width = LANES / 2; width && whole; width /= 2)                          \
                for (ptrdiff_t i = 0; i < width; ++i)                                              \
                    lanes[i] = KEEP(lanes[i + width], lanes[i]);                                   \
            if (whole)                                                                             \
                m = lanes[0];                                                                      \
            for (ptrdiff_t i = whole; i < n; ++i)                                                  \
                m = KEEP(x[i], m);                                                                 \
            out[row] = m;                                                                          \
        }                                                                                          \
    }

MIP_TARGET static void MIP_TYPED(stack_mean)(const void *source, void *target, ptrdiff_t n,
                                             ptrdiff_t stride, ptrdiff_t width, void *scratch)
{
    const PIXEL *restrict x = source;
    float *restrict out = target;
    double *restrict total = scratch;
    memset(total, 0, (size_t)width * sizeof *total);
    for (ptrdiff_t k = 0; k < n; ++k) {
        const PIXEL *restrict row = x + k * stride;
        for (ptrdiff_t i = 0; i < width; ++i)
            total[i] += (double)row[i];
    }
    for (ptrdiff_t i = 0; i < width; ++i)
        out[i] = (float)(total[i] / (double)n);
}

MIP_TARGET static void MIP_TYPED(rows_mean)(const void *source, void *target, ptrdiff_t n,
                                            ptrdiff_t count)
{
    float *out = target;
    for (ptrdiff_t row = 0; row < count; ++row) {
        const PIXEL *x = (const PIXEL *)source + row * n;
        const ptrdiff_t whole = n / LANES * LANES;
        double lanes[LANES] = {0};
        for (ptrdiff_t begin = 0; begin < whole; begin += LANES)
            for (ptrdiff_t i = 0; i < LANES; ++i)
                lanes[i] += (double)x[begin + i];
        for (ptrdiff_t width = LANES / 2; width; width /= 2)
            for (ptrdiff_t i = 0; i < width; ++i)
                lanes[i] += lanes[i + width];
        for (ptrdiff_t i = whole; i < n; ++i)
            lanes[0] += (double)x[i];
        out[row] = (float)(lanes[0] / (double)n);
    }
}
#endif
ROWS(rows_max, GREATER)
ROWS(rows_min, LESSER)
#undef ROWS
