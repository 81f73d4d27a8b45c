/* Sums over the rows under a kernel, for one instruction set: see convolve.h. Whoever includes this
 * undefines VECTOR, LANES and AT at its end. */

#if defined(__GNUC__) || defined(__clang__)
/* Explicit vectors: gcc spills an array of accumulators to memory in every step. */
typedef float MIP_NAME(vector) __attribute__((vector_size(MIP_VECTOR_BYTES), aligned(4), may_alias));
#else
typedef float MIP_NAME(vector);
#endif
#define VECTOR MIP_NAME(vector)
#define LANES ((ptrdiff_t)(sizeof(VECTOR) / sizeof(float)))
#define AT(row, i) (*(const VECTOR *)((row) + (i)))

/* out[i - begin] = weights[0] * middle[i] + sum of weights[k] * (before_k[i] + after_k[i]) for i in
 * [begin, end), whole steps. The order of the sum is that of k, for every instruction set. */
MIP_TARGET static void MIP_NAME(combine)(const float *const *taps, ptrdiff_t radius,
                                         const float *weights, float *out, ptrdiff_t begin,
                                         ptrdiff_t end)
{
    const float *const *middle = taps + radius;
    for (ptrdiff_t i = begin; i < end; i += MIP_VECTORS * LANES) {
        VECTOR weight = {0};
        weight += weights[0];
        VECTOR sum0 = weight * AT(middle[0], i), sum1 = weight * AT(middle[0], i + LANES),
               sum2 = weight * AT(middle[0], i + 2 * LANES),
               sum3 = weight * AT(middle[0], i + 3 * LANES);
        for (ptrdiff_t k = 1; k <= radius; ++k) {
            const float *before = middle[-k] + i, *after = middle[k] + i;
            VECTOR next = {0};
            next += weights[k];
            sum0 += next * (AT(before, 0) + AT(after, 0));
            sum1 += next * (AT(before, LANES) + AT(after, LANES));
            sum2 += next * (AT(before, 2 * LANES) + AT(after, 2 * LANES));
            sum3 += next * (AT(before, 3 * LANES) + AT(after, 3 * LANES));
        }
        VECTOR *to = (VECTOR *)(out + (i - begin));
        to[0] = sum0, to[1] = sum1, to[2] = sum2, to[3] = sum3;
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
            VECTOR next = {0};
            next += weights[k];
            sum0 += next * (AT(after, 0) - AT(before, 0));
            sum1 += next * (AT(after, LANES) - AT(before, LANES));
            sum2 += next * (AT(after, 2 * LANES) - AT(before, 2 * LANES));
            sum3 += next * (AT(after, 3 * LANES) - AT(before, 3 * LANES));
        }
        VECTOR *to = (VECTOR *)(out + (i - begin));
        to[0] = sum0, to[1] = sum1, to[2] = sum2, to[3] = sum3;
    }
}
