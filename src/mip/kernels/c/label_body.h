/* What one instruction set does with runs: see label.h. */
#include "bits_body.h"

MIP_TARGET static inline uint32_t MIP_NAME(root)(uint32_t *parents, uint32_t run)
{
    while (parents[run] != run) {
        parents[run] = parents[parents[run]]; /* halve the path for the next search */
        run = parents[run];
    }
    return run;
}

/* The earlier root wins, so that a component's root is its first run in raster order. Both runs are
 * hung from it, and no case is told apart, not even that of one parent: what costs most is a branch
 * that cannot be foreseen. */
MIP_TARGET static inline void MIP_NAME(join)(uint32_t *parents, uint32_t a, uint32_t b)
{
    const uint32_t root_a = MIP_NAME(root)(parents, parents[a]);
    const uint32_t root_b = MIP_NAME(root)(parents, parents[b]);
    const uint32_t earlier = root_a < root_b ? root_a : root_b;
    parents[root_a] = parents[root_b] = parents[a] = parents[b] = earlier;
}

/* 64 pixels of a row. */
typedef struct {
    uint64_t inside, begins;
    uint64_t shifted; /* `inside` of the pixels to their left */
    uint32_t run;     /* the first that begins among them */
} MIP_NAME(part);

MIP_TARGET static inline MIP_NAME(part) MIP_NAME(part_of)(const mip_word *words, ptrdiff_t n,
                                                          uint32_t first)
{
    const uint64_t before = n ? words[n - 1].inside >> 63 : 0, inside = words[n].inside;
    return (MIP_NAME(part)){inside, words[n].begins, inside << 1 | before,
                            first + (uint32_t)words[n].before};
}

/* Where two rows touch: bit x of `faces` tells it of x and x, of `left` of x - 1 and x, of `right`
 * of x and x - 1. */
typedef struct {
    uint64_t faces, left, right;
} MIP_NAME(touch);

MIP_TARGET static inline MIP_NAME(touch) MIP_NAME(both)(MIP_NAME(touch) a, MIP_NAME(touch) b)
{
    return (MIP_NAME(touch)){a.faces & b.faces, a.left & b.left, a.right & b.right};
}

/* Of where two rows touch, where runs meet first: at the face where the later of them begins, or at
 * the corner where one has ended as the other begins. */
MIP_TARGET static inline MIP_NAME(touch) MIP_NAME(meeting)(MIP_NAME(touch) touch,
                                                           const MIP_NAME(part) *a,
                                                           const MIP_NAME(part) *b)
{
    const uint64_t a_ends = ~a->inside | a->begins, b_ends = ~b->inside | b->begins;
    return (MIP_NAME(touch)){touch.faces & (a->begins | b->begins), touch.left & a_ends & b->begins,
                             touch.right & b_ends & a->begins};
}

/* Those of `meets` whose pixel does not touch, by `via`, one of a third row that touches the other
 * pixel: in its column or, with corners, beside it. */
MIP_TARGET static inline MIP_NAME(touch) MIP_NAME(without)(MIP_NAME(touch) meets,
                                                           MIP_NAME(touch) via, int has_corners)
{
    const uint64_t corners = has_corners ? ~UINT64_C(0) : 0;
    return (MIP_NAME(touch)){
        meets.faces & ~(via.faces | ((via.right | via.left >> 1) & corners)),
        meets.left & ~(via.left | (via.faces << 1 & corners)),
        meets.right & ~(via.right | (via.faces & corners)),
    };
}

/* Join the runs that bit x + `ahead` is past in both rows, for each bit x of `meets`. */
MIP_TARGET static inline void MIP_NAME(join_at)(uint32_t *parents, uint64_t meets,
                                                const MIP_NAME(part) *a, int a_ahead,
                                                const MIP_NAME(part) *b, int b_ahead)
{
    for (; meets; meets &= meets - 1) {
        const uint64_t to = meets ^ (meets - 1), before = to >> 1;
        const uint32_t i = mip_ones(a->begins & (a_ahead ? to : before));
        const uint32_t j = mip_ones(b->begins & (b_ahead ? to : before));
        MIP_NAME(join)(parents, a->run + i - 1, b->run + j - 1);
    }
}

/* Bit i tells whether a[i] is b[i], for 64 pixels. */
MIP_TARGET static inline uint64_t MIP_NAME(equal)(const uint8_t *a, const uint8_t *b,
                                                  ptrdiff_t size)
{
    uint8_t differs[64];
    if (size == 1) {
        for (int i = 0; i < 64; ++i)
            differs[i] = a[i] ^ b[i];
    } else {
        uint16_t p[64], q[64];
        memcpy(p, a, sizeof p);
        memcpy(q, b, sizeof q);
        for (int i = 0; i < 64; ++i)
            differs[i] = p[i] != q[i];
    }
    return ~MIP_NAME(bits)(differs);
}

/* Where 64 pixels from `a` on are equal to those from `b` on, of what is asked for. */
MIP_TARGET static inline MIP_NAME(touch) MIP_NAME(equals)(const uint8_t *a, const uint8_t *b,
                                                          ptrdiff_t size, MIP_NAME(touch) asked)
{
    return (MIP_NAME(touch)){
        MIP_NAME(equal)(a, b, size),
        asked.left ? MIP_NAME(equal)(a - size, b, size) : 0,
        asked.right ? MIP_NAME(equal)(a, b - size, size) : 0,
    };
}

/* The same of indices, of which `b` is the less: of copies where the image has not that many. */
MIP_TARGET static MIP_NAME(touch) MIP_NAME(equals_at)(const mip_runs *runs, ptrdiff_t a,
                                                      ptrdiff_t b, MIP_NAME(touch) asked)
{
    const uint8_t *image = runs->image;
    const ptrdiff_t size = runs->size, left = runs->rows * runs->columns - a;
    if (b && left >= 64)
        return MIP_NAME(equals)(image + a * size, image + b * size, size, asked);
    uint8_t a_copy[65 * 2] = {0}, b_copy[65 * 2] = {0};
    const size_t bytes = (size_t)((left < 64 ? left : 64) * size);
    memcpy(a_copy, image + (a - 1) * size, (size_t)size + bytes);
    memcpy(b_copy + size, image + b * size, bytes);
    if (b)
        memcpy(b_copy, image + (b - 1) * size, (size_t)size);
    return MIP_NAME(equals)(a_copy + size, b_copy + size, size, asked);
}

/* Unite the runs of a row with those of other rows, which are -1 where there is none.
 *
 * Nothing is lost where both touch, where they meet, an earlier neighbour of the list: it makes
 * them one already. To join them is what takes most time, so that it pays to look for all of
 * these. */
MIP_TARGET static void MIP_NAME(unite_row)(const mip_runs *runs, const mip_neighbour *neighbours,
                                           int count, ptrdiff_t row, const ptrdiff_t *others)
{
    const ptrdiff_t width = mip_width(runs->columns);
    for (ptrdiff_t w = 0; w < width; ++w) {
        const MIP_NAME(part) a = MIP_NAME(part_of)(runs->words + row * width, w, runs->first[row]);
        MIP_NAME(touch) touches[MIP_NEIGHBOURS];
        if (!(a.inside | a.shifted))
            continue;
        for (int n = 0; n < count; ++n) {
            touches[n] = (MIP_NAME(touch)){0};
            if (others[n] < 0)
                continue;
            const MIP_NAME(part) b =
                MIP_NAME(part_of)(runs->words + others[n] * width, w, runs->first[others[n]]);
            MIP_NAME(touch) touch = {.faces = a.inside & b.inside};
            if (neighbours[n].has_corners) {
                touch.left = a.shifted & b.inside;
                touch.right = a.inside & b.shifted;
            }
            if (!(touch.faces | touch.left | touch.right))
                continue;
            if (runs->size)
                touch = MIP_NAME(both)(
                    touch, MIP_NAME(equals_at)(runs, row * runs->columns + 64 * w,
                                               others[n] * runs->columns + 64 * w, touch));
            touches[n] = touch;
            MIP_NAME(touch) meets = MIP_NAME(meeting)(touch, &a, &b);
            for (int m = 0; m < n; ++m)
                if (neighbours[n].touches >> m & 1)
                    meets = MIP_NAME(without)(meets, touches[m], neighbours[n].corners >> m & 1);
            MIP_NAME(join_at)(runs->parents, meets.faces, &a, 1, &b, 1);
            MIP_NAME(join_at)(runs->parents, meets.left, &a, 0, &b, 1);
            MIP_NAME(join_at)(runs->parents, meets.right, &a, 1, &b, 0);
        }
    }
}

MIP_TARGET static void MIP_NAME(unite)(const mip_runs *runs, const mip_neighbour *neighbours,
                                       int count, int part, int parts, int is_seam)
{
    const ptrdiff_t size = (runs->rows + parts - 1) / parts, begin = part * size;
    const ptrdiff_t last = begin + (is_seam ? runs->height + 1 : size); /* no row reaches further */
    const ptrdiff_t from = is_seam ? 0 : begin, to = is_seam ? begin : runs->rows;
    for (ptrdiff_t row = begin; row < last && row < begin + size && row < runs->rows; ++row) {
        if (runs->first[row] == runs->first[row + 1])
            continue;
        const ptrdiff_t y = row % runs->height;
        ptrdiff_t others[MIP_NEIGHBOURS];
        int has_some = 0;
        for (int n = 0; n < count; ++n) {
            const ptrdiff_t other = row + neighbours[n].slices * runs->height + neighbours[n].rows;
            const int is_there = y + neighbours[n].rows >= 0 &&
                                 y + neighbours[n].rows < runs->height && other >= from &&
                                 other < to && runs->first[other] < runs->first[other + 1];
            others[n] = is_there ? other : -1;
            has_some |= is_there;
        }
        if (has_some)
            MIP_NAME(unite_row)(runs, neighbours, count, row, others);
    }
}

enum { MIP_NAME(lanes) = 8 }; /* labels that are painted at once */

MIP_TARGET static inline void MIP_NAME(fill)(uint32_t *out, uint32_t number)
{
    for (int i = 0; i < MIP_NAME(lanes); ++i)
        out[i] = number;
}

/* Most runs are short, and the compiler's loop for a length that it does not know is long: a run is
 * painted in whole vectors, and 0 over what that was too much. */
MIP_TARGET static void MIP_NAME(paint)(const mip_word *words, ptrdiff_t columns,
                                       const uint32_t *numbers, int is_clear, uint32_t *out)
{
    mip_walk walk = mip_walk_from(words, columns);
    ptrdiff_t painted = 0;
    for (ptrdiff_t begin, end; mip_walk_next(&walk, &begin, &end); painted = end) {
        const uint32_t number = *numbers++;
        if (!is_clear)
            memset(out + painted, 0, (size_t)(begin - painted) * sizeof *out);
        if (end + 2 * MIP_NAME(lanes) <= columns) {
            for (ptrdiff_t i = begin; i < end; i += MIP_NAME(lanes))
                MIP_NAME(fill)(out + i, number);
            MIP_NAME(fill)(out + end, 0);
        } else {
            for (ptrdiff_t i = begin; i < end; ++i)
                out[i] = number;
        }
    }
    if (!is_clear)
        memset(out + painted, 0, (size_t)(columns - painted) * sizeof *out);
}

MIP_TARGET static void MIP_NAME(select)(const mip_word *words, ptrdiff_t columns,
                                        const uint32_t *numbers, const uint8_t *marks, int inside,
                                        uint8_t *out)
{
    mip_walk walk = mip_walk_from(words, columns);
    memset(out, !inside, (size_t)columns);
    for (ptrdiff_t begin, end; mip_walk_next(&walk, &begin, &end); ++numbers)
        if (marks[*numbers])
            memset(out + begin, inside, (size_t)(end - begin));
}

static const mip_label MIP_NAME(mip_label) = {
    .unite = MIP_NAME(unite),
    .paint = MIP_NAME(paint),
    .select = MIP_NAME(select),
};
