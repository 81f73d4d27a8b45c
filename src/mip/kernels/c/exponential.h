/* exp of one instruction set, for bodies: included once per set, and so without a guard. Relative
 * error below 2e-7; the same bits everywhere, unlike the C library's. */

/* exp(x); NaN is exp(88). */
MIP_TARGET static inline float MIP_NAME(exponential)(float x)
{
    x = x < 88.0f ? x : 88.0f; /* exp(-87) and exp(88) are the ends of normal numbers */
    x = x > -87.0f ? x : -87.0f;
    const float turns = x * 1.44269504f; /* 1 / ln 2 */
    const float whole = (turns + 12582912.0f) - 12582912.0f; /* 1.5 * 2^23 rounds to whole */
    /* ln 2 in two parts: the first has 9 bits, so that its product with `whole` is exact */
    const float rest = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
    float sum = 1.0f / 720;
    sum = sum * rest + 1.0f / 120;
    sum = sum * rest + 1.0f / 24;
    sum = sum * rest + 1.0f / 6;
    sum = sum * rest + 0.5f;
    sum = sum * rest + 1.0f;
    sum = sum * rest + 1.0f;
    const int32_t bits = ((int32_t)whole + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

/* 2^x for x <= 0; NaN is 2^-126, the least normal number. For sums of many: two thirds of the
 * operations of `exponential`, because the rest of x is exact. */
MIP_TARGET static inline float MIP_NAME(decay)(float x)
{
    x = x > -126.0f ? x : -126.0f;
    const float shifted = x + 12582912.0f; /* 1.5 * 2^23: the whole part is in the lowest bits */
    const float rest = x - (shifted - 12582912.0f);
    /* 2^rest from -1/2 to 1/2, of which the greatest relative error is least */
    float sum = 0.00132647273f;
    sum = sum * rest + 0.00967151299f;
    sum = sum * rest + 0.0555073358f;
    sum = sum * rest + 0.240222424f;
    sum = sum * rest + 0.693147004f;
    sum = sum * rest + 1.0f;
    uint32_t bits, whole;
    memcpy(&bits, &sum, sizeof bits);
    memcpy(&whole, &shifted, sizeof whole);
    bits += whole << 23;
    memcpy(&sum, &bits, sizeof sum);
    return sum;
}
