#include "median.h"

#include "line.h"

enum {
    CHUNK_BYTES = 512, /* of a list in a stage of a network: all of them stay near */
    STAGES = 114,      /* rows of lists: those of 11 x 11 are the most */
    KEY_BYTES = 4,     /* of the widest key */
    LEVELS = 1 << 16,  /* of a 16-bit pixel */
    GROUP = 64         /* levels that are counted together, too, to step over */
};

/* In keys. Stages make whole vectors, and the windows of a chunk's last column reach beyond it. */
#define CHUNK (CHUNK_BYTES / (ptrdiff_t)sizeof(KEY))
#define STAGE_STRIDE (CHUNK + 2 * MIP_LINE / (ptrdiff_t)sizeof(KEY) + 16)
#define LANES (MIP_VECTOR_BYTES / (ptrdiff_t)sizeof(KEY))
#define WHOLE(n) (((n) + LANES - 1) / LANES * LANES)
#define LINE_KEYS (MIP_LINE / (ptrdiff_t)sizeof(KEY))

/* Into L2: the rows at hand fill the ways of L1 where a row is as long as a page. */
#if defined(__GNUC__)
#define PREFETCH(address) __builtin_prefetch(address, 0, 2)
#else
#define PREFETCH(address) ((void)(address))
#endif

static ptrdiff_t padded_columns(const mip_median_plan *p)
{
    return mip_whole(p->columns + p->x.size - 1, MIP_LINE);
}

/* Values that the windows of a sliding task cover. */
static ptrdiff_t covered(const mip_median_plan *p)
{
    return p->z.size * (p->task_rows + p->y.size - 1) * padded_columns(p);
}

size_t mip_median_scratch(const mip_median_plan *p, int way)
{
    const size_t row = (size_t)padded_columns(p) * KEY_BYTES;
    const size_t stages = (size_t)STAGES * (CHUNK_BYTES + 2 * MIP_LINE + 16 * KEY_BYTES);
    if (way == MIP_MEDIAN_PLANE)
        return MIP_LINE + stages + (size_t)(p->y.size + 2) * row; /* a spare one for results */
    if (way == MIP_MEDIAN_CUBE)
        return MIP_LINE + stages + 12 * row; /* three as they are, three times three sorted */
    const size_t values = (size_t)covered(p), levels = values > LEVELS ? values : LEVELS;
    return MIP_LINE + (4 * values + levels + levels / GROUP + 1) * sizeof(uint32_t);
}

/* A histogram of a window, and the level that was the middle last. */
typedef struct {
    uint32_t *count, *group;
    uint32_t middle, below; /* values below the level `middle` */
} histogram;

static inline void take(histogram *h, uint32_t level)
{
    ++h->count[level], ++h->group[level / GROUP];
    h->below += level < h->middle;
}

static inline void drop(histogram *h, uint32_t level)
{
    --h->count[level], --h->group[level / GROUP];
    h->below -= level < h->middle;
}

/* Move `middle` to the level whose values hold the given rank. */
static inline void settle(histogram *h, uint32_t rank)
{
    while (h->below > rank) {
        if (h->middle % GROUP == 0 && h->below - h->group[h->middle / GROUP - 1] > rank) {
            h->middle -= GROUP;
            h->below -= h->group[h->middle / GROUP];
        } else {
            h->below -= h->count[--h->middle];
        }
    }
    for (;;) {
        if (h->middle % GROUP == 0 && h->below + h->group[h->middle / GROUP] <= rank) {
            h->below += h->group[h->middle / GROUP];
            h->middle += GROUP;
        } else if (h->below + h->count[h->middle] <= rank) {
            h->below += h->count[h->middle++];
        } else {
            return;
        }
    }
}

/* Sort `order` by `key`, byte by byte from the lowest; `key` stays. */
static void sort_by_key(const int32_t *key, uint32_t *order, uint32_t *other, ptrdiff_t size)
{
    for (int shift = 0; shift < 32; shift += 8) {
        ptrdiff_t begin[257] = {0};
        const uint32_t flip = 0x80000000u; /* so that negative keys come first */
        for (ptrdiff_t i = 0; i < size; ++i)
            ++begin[(((uint32_t)key[i] ^ flip) >> shift & 255) + 1];
        for (int i = 0; i < 256; ++i)
            begin[i + 1] += begin[i];
        for (ptrdiff_t i = 0; i < size; ++i)
            other[begin[((uint32_t)key[order[i]] ^ flip) >> shift & 255]++] = order[i];
        uint32_t *swap = order;
        order = other, other = swap;
    }
}

/* Replace keys by their ranks among all, equal ones alike; value[rank] is the key of a rank. */
static void rank_keys(int32_t *key, int32_t *value, uint32_t *order, uint32_t *other,
                      ptrdiff_t size)
{
    for (ptrdiff_t i = 0; i < size; ++i)
        order[i] = (uint32_t)i;
    sort_by_key(key, order, other, size); /* an even number of passes: the result is in `order` */
    int32_t rank = -1;
    for (ptrdiff_t i = 0; i < size; ++i) {
        const int32_t here = key[order[i]];
        if (rank < 0 || value[rank] != here)
            value[++rank] = here;
        key[order[i]] = rank;
    }
}

#define LEAST(a, b) ((a) < (b) ? (a) : (b))
#define MOST(a, b) ((a) < (b) ? (b) : (a))

#define MIP_BODY "median_body.h"
#include "each_isa.h"

const mip_median *mip_median_table(int isa) { return MIP_SELECT(mip_median, isa); }
