/* Sums over the rows under a kernel, for one instruction set: see convolve.h. Whoever includes this
 * undefines VECTOR, LANES, AT and ALL at its end. */

#if defined(__GNUC__) || defined(__clang__)
/* Explicit vectors: gcc spills an array of accumulators to memory in every step. */
typedef float MIP_NAME(vector) __attribute__((vector_size(MIP_VECTOR_BYTES), aligned(4), may_alias));
#else
typedef float MIP_NAME(vector);
#endif
#define VECTOR MIP_NAME(vector)
#define LANES ((ptrdiff_t)(sizeof(VECTOR) / sizeof(float)))
#define AT(row, i) (*(const VECTOR *)((row) + (i)))
#define ALL(value) ((value) - (VECTOR){0}) /* less nothing, so that a zero keeps its sign */

/* out[i - begin] = weights[0] * middle[i] + sum of weights[k] * (before_k[i] + after_k[i]) for i in
 * [begin, end), whole steps. The order of the sum is that of k, for every instruction set. */
MIP_TARGET static inline void MIP_NAME(combine_steps)(const float *const *restrict taps,
                                                      ptrdiff_t radius,
                                                      const float *restrict weights,
                                                      float *restrict out, ptrdiff_t begin,
                                                      ptrdiff_t end)
{
    const float *const *middle = taps + radius;
    for (ptrdiff_t i = begin; i < end; i += MIP_VECTORS * LANES) {
        const VECTOR weight = ALL(weights[0]);
        VECTOR sum0 = weight * AT(middle[0], i), sum1 = weight * AT(middle[0], i + LANES),
               sum2 = weight * AT(middle[0], i + 2 * LANES),
               sum3 = weight * AT(middle[0], i + 3 * LANES);
        for (ptrdiff_t k = 1; k <= radius; ++k) {
            const float *before = middle[-k] + i, *after = middle[k] + i;
            const VECTOR next = ALL(weights[k]);
            sum0 += next * (AT(before, 0) + AT(after, 0));
            sum1 += next * (AT(before, LANES) + AT(after, LANES));
            sum2 += next * (AT(before, 2 * LANES) + AT(after, 2 * LANES));
            sum3 += next * (AT(before, 3 * LANES) + AT(after, 3 * LANES));
        }
        VECTOR *to = (VECTOR *)(out + (i - begin));
        to[0] = sum0, to[1] = sum1, to[2] = sum2, to[3] = sum3;
    }
}

/* The same two steps at a time, for which there are just enough registers; gives where it ended. */
MIP_TARGET static ptrdiff_t MIP_NAME(combine_pairs)(const float *const *restrict taps,
                                                    ptrdiff_t radius,
                                                    const float *restrict weights,
                                                    float *restrict out, ptrdiff_t begin,
                                                    ptrdiff_t end)
{
    const float *const *middle = taps + radius;
    const ptrdiff_t step = 2 * MIP_VECTORS * LANES;
    ptrdiff_t i = begin;
    for (; i + step <= end; i += step) {
        const VECTOR weight = ALL(weights[0]);
        VECTOR sum0 = weight * AT(middle[0], i), sum1 = weight * AT(middle[0], i + LANES),
               sum2 = weight * AT(middle[0], i + 2 * LANES),
               sum3 = weight * AT(middle[0], i + 3 * LANES),
               sum4 = weight * AT(middle[0], i + 4 * LANES),
               sum5 = weight * AT(middle[0], i + 5 * LANES),
               sum6 = weight * AT(middle[0], i + 6 * LANES),
               sum7 = weight * AT(middle[0], i + 7 * LANES);
        for (ptrdiff_t k = 1; k <= radius; ++k) {
            const float *before = middle[-k] + i, *after = middle[k] + i;
            const VECTOR next = ALL(weights[k]);
            sum0 += next * (AT(before, 0) + AT(after, 0));
            sum1 += next * (AT(before, LANES) + AT(after, LANES));
            sum2 += next * (AT(before, 2 * LANES) + AT(after, 2 * LANES));
            sum3 += next * (AT(before, 3 * LANES) + AT(after, 3 * LANES));
            sum4 += next * (AT(before, 4 * LANES) + AT(after, 4 * LANES));
            sum5 += next * (AT(before, 5 * LANES) + AT(after, 5 * LANES));
            sum6 += next * (AT(before, 6 * LANES) + AT(after, 6 * LANES));
            sum7 += next * (AT(before, 7 * LANES) + AT(after, 7 * LANES));
        }
        VECTOR *to = (VECTOR *)(out + (i - begin));
        to[0] = sum0, to[1] = sum1, to[2] = sum2, to[3] = sum3;
        to[4] = sum4, to[5] = sum5, to[6] = sum6, to[7] = sum7;
    }
    return i;
}

/* As combine_steps. Small radii are known to the compiler, which lays their loops out flat and
 * keeps the weights in registers. */
MIP_TARGET static void MIP_NAME(combine)(const float *const *taps, ptrdiff_t radius,
                                         const float *weights, float *out, ptrdiff_t begin,
                                         ptrdiff_t end)
{
    ptrdiff_t done;
    switch (radius) {
    case 1:
        MIP_NAME(combine_steps)(taps, 1, weights, out, begin, end);
        break;
    case 2:
        MIP_NAME(combine_steps)(taps, 2, weights, out, begin, end);
        break;
    case 3:
        MIP_NAME(combine_steps)(taps, 3, weights, out, begin, end);
        break;
    case 4:
        MIP_NAME(combine_steps)(taps, 4, weights, out, begin, end);
        break;
    case 5:
        MIP_NAME(combine_steps)(taps, 5, weights, out, begin, end);
        break;
    case 6:
        MIP_NAME(combine_steps)(taps, 6, weights, out, begin, end);
        break;
    default:
        done = MIP_NAME(combine_pairs)(taps, radius, weights, out, begin, end);
        MIP_NAME(combine_steps)(taps, radius, weights, out + (done - begin), done, end);
    }
}

/* out[i - begin] = sum of weights[k] * (after_k[i] - before_k[i]), otherwise as above: weights that
 * change their sign at the centre. */
MIP_TARGET static inline void MIP_NAME(combine_odd)(const float *const *taps, ptrdiff_t radius,
                                                    const float *weights, float *out,
                                                    ptrdiff_t begin, ptrdiff_t end)
{
    const float *const *middle = taps + radius;
    for (ptrdiff_t i = begin; i < end; i += MIP_VECTORS * LANES) {
        VECTOR sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0};
        for (ptrdiff_t k = 1; k <= radius; ++k) {
            const float *before = middle[-k] + i, *after = middle[k] + i;
            const VECTOR next = ALL(weights[k]);
            sum0 += next * (AT(after, 0) - AT(before, 0));
            sum1 += next * (AT(after, LANES) - AT(before, LANES));
            sum2 += next * (AT(after, 2 * LANES) - AT(before, 2 * LANES));
            sum3 += next * (AT(after, 3 * LANES) - AT(before, 3 * LANES));
        }
        VECTOR *to = (VECTOR *)(out + (i - begin));
        to[0] = sum0, to[1] = sum1, to[2] = sum2, to[3] = sum3;
    }
}
