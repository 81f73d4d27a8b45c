/* exp of one instruction set, for bodies: included once per set, and so without a guard. Relative
 * error below 2e-7; the same bits everywhere, unlike the C library's. */

/* exp(x) for x from -87 to 88, the ends of normal numbers. */
MIP_TARGET static inline float MIP_NAME(power)(float x)
{
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

/* exp(x); NaN is exp(88). */
MIP_TARGET static inline float MIP_NAME(exponential)(float x)
{
    x = x < 88.0f ? x : 88.0f;
    x = x > -87.0f ? x : -87.0f;
    return MIP_NAME(power)(x);
}

/* exp(x) for x <= 0; NaN is exp(-87). One clamp less than `exponential`: gcc 12 finds a plain max
 * in this one, and a dozen comparisons in those two. */
MIP_TARGET static inline float MIP_NAME(decay)(float x)
{
    return MIP_NAME(power)(x > -87.0f ? x : -87.0f);
}
