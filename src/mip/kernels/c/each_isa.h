/* Include MIP_BODY once per instruction set; the includer defines MIP_BODY.
 *
 * In the body MIP_ISA names the set, MIP_TARGET marks every function, MIP_VECTOR_BYTES is the width
 * of its vectors. FMA is left out on purpose: a fused multiply-add rounds once where the base rounds
 * twice.
 */
#if defined(__clang__)
#define MIP_WIDE "" /* clang takes the widest vectors by itself */
#else
#define MIP_WIDE ",prefer-vector-width=512"
#endif

#define MIP_ISA base
#define MIP_TARGET
#define MIP_VECTOR_BYTES 16
#include MIP_BODY
#undef MIP_ISA
#undef MIP_TARGET
#undef MIP_VECTOR_BYTES

#if MIP_X86
#define MIP_ISA v3
#define MIP_TARGET __attribute__((target("avx2,bmi,bmi2")))
#define MIP_VECTOR_BYTES 32
#include MIP_BODY
#undef MIP_ISA
#undef MIP_TARGET
#undef MIP_VECTOR_BYTES

#define MIP_ISA v4
#define MIP_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,bmi,bmi2" MIP_WIDE)))
#define MIP_VECTOR_BYTES 64
#include MIP_BODY
#undef MIP_ISA
#undef MIP_TARGET
#undef MIP_VECTOR_BYTES
#endif

#undef MIP_WIDE
