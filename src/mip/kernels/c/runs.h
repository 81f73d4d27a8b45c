/* Runs of pixels, as bits: what scans find, and what labels are made of.
 *
 * Runs of a mask have a gap between them; runs of one value may touch.
 */
#ifndef MIP_RUNS_H
#define MIP_RUNS_H
#include "isa.h"

/* 64 pixels of a row, of which the first is the lowest bit; bits past the end of the row are 0. */
typedef struct {
    uint64_t inside; /* pixels that belong to a run */
    uint64_t begins; /* those that are the first of one */
    uint64_t before; /* how many runs of the row begin before these pixels */
} mip_word;

static inline ptrdiff_t mip_width(ptrdiff_t columns) { return (columns + 63) / 64; }

/* Index of the lowest bit of `bits`, which is not 0. */
static inline unsigned mip_lowest(uint64_t bits)
{
#if defined(__GNUC__) || defined(__clang__)
    return (unsigned)__builtin_ctzll(bits);
#else
    unsigned index = 0;
    for (; !(bits & 1); bits >>= 1)
        ++index;
    return index;
#endif
}

static inline uint32_t mip_ones(uint64_t bits)
{
#if defined(__GNUC__) || defined(__clang__)
    return (uint32_t)__builtin_popcountll(bits);
#else
    uint32_t count = 0;
    for (; bits; bits &= bits - 1)
        ++count;
    return count;
#endif
}

/* A walk along the runs of a row. */
typedef struct {
    const mip_word *words;
    ptrdiff_t columns, count; /* pixels and words of the row */
    ptrdiff_t at;             /* the word that it has come to */
    uint64_t begins;          /* runs to come of that word */
} mip_walk;

static inline mip_walk mip_walk_from(const mip_word *words, ptrdiff_t columns)
{
    return (mip_walk){words, columns, mip_width(columns), 0, words[0].begins};
}

/* Give the pixels [*begin, *end) of the next run; return 0 when there is none. */
static inline int mip_walk_next(mip_walk *walk, ptrdiff_t *begin, ptrdiff_t *end)
{
    while (!walk->begins) {
        if (++walk->at >= walk->count)
            return 0;
        walk->begins = walk->words[walk->at].begins;
    }
    const uint64_t first = walk->begins & (~walk->begins + 1);
    *begin = 64 * walk->at + mip_lowest(first);
    walk->begins ^= first;
    /* It ends where the next begins, or before the first pixel beyond it that is in none. */
    uint64_t stops = (~walk->words[walk->at].inside | walk->begins) & ~(first | (first - 1));
    while (!stops) {
        if (++walk->at >= walk->count) {
            *end = walk->columns;
            return 1;
        }
        walk->begins = walk->words[walk->at].begins;
        stops = ~walk->words[walk->at].inside | walk->begins;
    }
    *end = 64 * walk->at + mip_lowest(stops);
    return 1;
}

#endif
