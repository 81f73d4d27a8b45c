/* Rows of keys reduced to their least or their greatest: see each_operation.h. Whoever includes this
 * undefines KEY and OF at its end.
 *
 * Loops are plain and over whole rows, so that the compiler makes vectors of them. Whatever a row
 * holds twice changes nothing: windows overlap. */
#if PIXEL_IS_INTEGER
#define KEY PIXEL
#else
#define KEY int32_t
#endif
#define OF(name) MIP_PASTE(MIP_TYPED(name), OPERATION)

MIP_TARGET static void OF(of_two)(const KEY *restrict a, const KEY *restrict b, KEY *restrict out,
                                  ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; ++i)
        out[i] = BETTER(a[i], b[i]);
}

MIP_TARGET static void OF(of_three)(const KEY *restrict a, const KEY *restrict b,
                                    const KEY *restrict c, KEY *restrict out, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; ++i) {
        const KEY pair = BETTER(a[i], b[i]);
        out[i] = BETTER(pair, c[i]);
    }
}

MIP_TARGET static void OF(of_four)(const KEY *restrict a, const KEY *restrict b,
                                   const KEY *restrict c, const KEY *restrict d, KEY *restrict out,
                                   ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; ++i) {
        const KEY first = BETTER(a[i], b[i]), second = BETTER(c[i], d[i]);
        out[i] = BETTER(first, second);
    }
}

MIP_TARGET static void OF(of_five)(const KEY *restrict a, const KEY *restrict b,
                                   const KEY *restrict c, const KEY *restrict d,
                                   const KEY *restrict e, KEY *restrict out, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; ++i) {
        const KEY first = BETTER(a[i], b[i]), second = BETTER(c[i], d[i]);
        const KEY four = BETTER(first, second);
        out[i] = BETTER(four, e[i]);
    }
}

MIP_TARGET static void OF(with_four)(const KEY *restrict a, const KEY *restrict b,
                                     const KEY *restrict c, const KEY *restrict d,
                                     KEY *restrict out, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; ++i) {
        const KEY first = BETTER(a[i], b[i]), second = BETTER(c[i], d[i]);
        const KEY four = BETTER(first, second);
        out[i] = BETTER(out[i], four);
    }
}

/* Reduce `count` rows, at least one, to one: up to five at first, so that the others are fours. */
MIP_TARGET static void OF(combine)(const KEY *const *row, ptrdiff_t count, KEY *out, ptrdiff_t n)
{
    const ptrdiff_t first = count < 2 ? count : 2 + (count - 2) % 4;
    if (first == 1)
        memcpy(out, row[0], (size_t)n * sizeof(KEY));
    else if (first == 2)
        OF(of_two)(row[0], row[1], out, n);
    else if (first == 3)
        OF(of_three)(row[0], row[1], row[2], out, n);
    else if (first == 4)
        OF(of_four)(row[0], row[1], row[2], row[3], out, n);
    else
        OF(of_five)(row[0], row[1], row[2], row[3], row[4], out, n);
    for (ptrdiff_t i = first; i < count; i += 4)
        OF(with_four)(row[i], row[i + 1], row[i + 2], row[i + 3], out, n);
}
