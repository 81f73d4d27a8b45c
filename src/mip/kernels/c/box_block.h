/* A block of rows of one step, for one pixel type and operation: see box_planes.h. */
#include "reduce_rows.h"

MIP_TARGET static void OF(two_windows)(const KEY *restrict a, const KEY *restrict b,
                                       const KEY *restrict c, const KEY *restrict d,
                                       KEY *restrict out0, KEY *restrict out1, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; ++i) {
        const KEY shared = BETTER(b[i], c[i]);
        out0[i] = BETTER(a[i], shared);
        out1[i] = BETTER(shared, d[i]);
    }
}

MIP_TARGET static void OF(four_windows)(const KEY *restrict a, const KEY *restrict b,
                                        const KEY *restrict c, const KEY *restrict d,
                                        const KEY *restrict e, const KEY *restrict f,
                                        const KEY *restrict g, const KEY *restrict h,
                                        KEY *restrict out0, KEY *restrict out1,
                                        KEY *restrict out2, KEY *restrict out3, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; ++i) {
        const KEY shared = BETTER(d[i], e[i]);
        const KEY from_c = BETTER(c[i], shared), from_b = BETTER(b[i], from_c);
        const KEY to_g = BETTER(f[i], g[i]), to_h = BETTER(to_g, h[i]);
        out0[i] = BETTER(a[i], from_b);
        out1[i] = BETTER(from_b, f[i]);
        out2[i] = BETTER(from_c, to_g);
        out3[i] = BETTER(shared, to_h);
    }
}

/* Reduce rows to BLOCK ones: each is of `size` rows and begins one row after the last. */
MIP_TARGET static void OF(along_y)(const KEY *const *row, ptrdiff_t size, KEY *shared,
                                   KEY *const *out, ptrdiff_t n)
{
    if (size == 1) {
        for (ptrdiff_t j = 0; j < BLOCK; ++j)
            memcpy(out[j], row[j], (size_t)n * sizeof(KEY));
    } else if (size < BLOCK) {
        for (ptrdiff_t j = 0; j < BLOCK; j += 2)
            OF(two_windows)(row[j], row[j + 1], row[j + size - 1], row[j + size], out[j],
                            out[j + 1], n);
    } else {
        const KEY *common = row[BLOCK - 1];
        if (size > BLOCK + 1) {
            OF(combine)(row + BLOCK - 1, size - BLOCK, shared, n);
            common = shared;
        }
        OF(four_windows)(row[0], row[1], row[2], common, row[size - 1], row[size], row[size + 1],
                         row[size + 2], out[0], out[1], out[2], out[3], n);
    }
}

/* Reduce every window of `length` of `width` keys to one: the last is of the last keys. Windows of
 * four times the length come of four; where both spare rows, as long as the row, take turns. */
MIP_TARGET static void OF(windows)(const KEY *row, ptrdiff_t width, ptrdiff_t length,
                                   KEY *const *spare, KEY *out)
{
    const KEY *part[5];
    ptrdiff_t have = 1, parts = 0;
    for (; length > 5 * have; have *= 4) {
        KEY *next = row == spare[0] ? spare[1] : spare[0];
        OF(of_four)(row, row + have, row + 2 * have, row + 3 * have, next, width - 4 * have + 1);
        row = next;
    }
    for (ptrdiff_t at = 0; at < length - have; at += have)
        part[parts++] = row + at;
    part[parts++] = row + length - have;
    OF(combine)(part, parts, out, width - length + 1);
}

/* Make the first `count` rows of a block from the rows that it reaches. `common` are the three rows
 * of scratch for all steps, `waiting` those of this one, with nothing at both ends. */
MIP_TARGET static void OF(block)(const KEY *const *row, const mip_box_step *step, KEY *common,
                                 KEY *waiting, ptrdiff_t stride, KEY *const *out, ptrdiff_t count,
                                 ptrdiff_t columns)
{
    const ptrdiff_t size = step->left + 1 + step->right, first = margin(step, sizeof(KEY));
    KEY *const spare[] = {common + stride, common + 2 * stride};
    KEY *to[BLOCK];
    for (ptrdiff_t j = 0; j < BLOCK; ++j)
        to[j] = size == 1 && j < count ? out[j] : waiting + j * stride + first;
    OF(along_y)(row, height(step), common, to, columns);
    for (ptrdiff_t j = 0; j < count && size > 1; ++j)
        OF(windows)(waiting + j * stride + first - step->left, columns + size - 1, size, spare,
                    out[j]);
}
#undef OF
#undef KEY
