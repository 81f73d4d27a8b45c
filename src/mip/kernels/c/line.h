/* Cache lines: where memory begins, and what is fetched of it before it is needed. */
#ifndef MIP_LINE_H
#define MIP_LINE_H
#include <stddef.h>
#include <stdint.h>

enum {
    MIP_LINE = 64,       /* bytes */
    MIP_LINE_FLOATS = 16 /* of four bytes */
};

/* The least multiple of `unit` that is not below `n`. */
static inline ptrdiff_t mip_whole(ptrdiff_t n, ptrdiff_t unit) { return (n + unit - 1) / unit * unit; }

/* The first line of memory that is one line longer than is used. */
static inline void *mip_first_line(void *memory)
{
    return (void *)(((uintptr_t)memory + MIP_LINE - 1) / MIP_LINE * MIP_LINE);
}

/* Begin to fetch `bytes` bytes. */
static inline void mip_fetch(const void *begin, ptrdiff_t bytes)
{
#if defined(__GNUC__) || defined(__clang__)
    for (ptrdiff_t at = 0; at < bytes; at += MIP_LINE)
        __builtin_prefetch((const char *)begin + at);
#else
    (void)begin, (void)bytes;
#endif
}

#endif
