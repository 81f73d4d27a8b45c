/* Memory that is needed soon. */
#ifndef MIP_FETCH_H
#define MIP_FETCH_H
#include <stddef.h>

enum { MIP_LINE = 64 /* bytes of a cache line */ };

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
