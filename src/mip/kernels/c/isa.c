#include "isa.h"

#if MIP_X86
#include <cpuid.h>

/* Bits of CPUID (Intel SDM volume 2, CPUID) and of XCR0 (volume 1, 13.3). */
enum {
    LEAF1_ECX_OSXSAVE = 1 << 27,
    LEAF7_EBX_BMI1 = 1 << 3,
    LEAF7_EBX_AVX2 = 1 << 5,
    LEAF7_EBX_BMI2 = 1 << 8,
    LEAF7_EBX_AVX512F = 1 << 16,
    LEAF7_EBX_AVX512DQ = 1 << 17,
    LEAF7_EBX_AVX512BW = 1 << 30,
    XCR0_YMM = 0x06, /* SSE and AVX state */
    XCR0_ZMM = 0xe6, /* and masks, upper halves, upper registers */
};
static const unsigned LEAF7_EBX_AVX512VL = 1u << 31;

/* Which registers the operating system saves. */
static unsigned saved_state(void)
{
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static int has(unsigned value, unsigned bits) { return (value & bits) == bits; }

/* Asked of the CPU itself: __builtin_cpu_supports needs a runtime that not every compiler has. */
int mip_isa_best(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !has(c, LEAF1_ECX_OSXSAVE))
        return MIP_ISA_BASE;
    const unsigned saved = saved_state();
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !has(saved, XCR0_YMM))
        return MIP_ISA_BASE;
    const unsigned v3 = LEAF7_EBX_AVX2 | LEAF7_EBX_BMI1 | LEAF7_EBX_BMI2;
    const unsigned v4 = LEAF7_EBX_AVX512F | LEAF7_EBX_AVX512BW | LEAF7_EBX_AVX512DQ;
    if (!has(b, v3))
        return MIP_ISA_BASE;
    return has(saved, XCR0_ZMM) && has(b, v4 | LEAF7_EBX_AVX512VL) ? MIP_ISA_V4 : MIP_ISA_V3;
}
#else
int mip_isa_best(void) { return MIP_ISA_BASE; }
#endif
