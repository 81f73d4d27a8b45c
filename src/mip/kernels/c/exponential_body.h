/* The exponential function of one instruction set. */

/* exp(x), relative error below 2e-7; the same bits everywhere, unlike the C library's. */
MIP_TARGET static inline float MIP_NAME(exponential)(float x)
{
    x = x < 88.0f ? x : 88.0f; /* exp(-87) and exp(88) are the ends of normal numbers; NaN is 88 */
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
