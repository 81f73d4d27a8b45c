/* Instruction sets: which this build holds, and what each body may use.
 *
 * A body is written once, as plain C, and each_isa.h includes it once per instruction set. Results
 * are the same bits for all of them: contraction is off, and no body reorders a float sum.
 */
#ifndef MIP_ISA_H
#define MIP_ISA_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Order is rank: a later one is preferred. Names are in _dispatch.py. */
enum { MIP_ISA_BASE, MIP_ISA_V3, MIP_ISA_V4, MIP_ISAS };

/* Pixel types of images, in the order of the tables. Names are in _types.pxd. */
enum { MIP_U8, MIP_I16, MIP_U16, MIP_F32, MIP_PIXELS };

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define MIP_X86 1
#else
#define MIP_X86 0 /* aarch64 has NEON in its base; other compilers get the portable loops alone */
#endif

#define MIP_PASTE_(a, b) a##_##b
#define MIP_PASTE(a, b) MIP_PASTE_(a, b)
#define MIP_NAME(name) MIP_PASTE(name, MIP_ISA)          /* one per instruction set */
#define MIP_TYPED(name) MIP_PASTE(MIP_NAME(name), MIP_T) /* and one per pixel type */

/* The functions of one name for all pixel types, as an initializer. */
#define MIP_EACH_PIXEL(name)                                                                       \
    {MIP_PASTE(MIP_NAME(name), u8), MIP_PASTE(MIP_NAME(name), i16),                                \
     MIP_PASTE(MIP_NAME(name), u16), MIP_PASTE(MIP_NAME(name), f32)}

/* The table of a family for one instruction set; the base where this build has no other. */
#if MIP_X86
#define MIP_SELECT(table, isa)                                                                     \
    ((isa) == MIP_ISA_V4 ? &table##_v4 : (isa) == MIP_ISA_V3 ? &table##_v3 : &table##_base)
#else
#define MIP_SELECT(table, isa) ((void)(isa), &table##_base)
#endif

/* The best instruction set that this CPU and its operating system run. */
int mip_isa_best(void);

#endif
