#include "affine.h"

#if MIP_X86
#include <immintrin.h>
#endif

enum {
    STRIP = 128 /* pixels of a row that are fetched together: what is fetched stays in L1 */
};

/* Positions along a row of the result: base + x * step. */
typedef struct {
    double base, step, last;
} line;

/* The pixels of a row that lie inside, [begin, end), and those that are not on the last sample of
 * an axis, either, [open_begin, open_end); that of a plane's only slice does not count. */
typedef struct {
    ptrdiff_t begin, end, open_begin, open_end;
} stretch;

/* Whether the pixels of a slice can be counted in the 32 bits that a strip keeps of each. */
static int is_countable(const mip_affine_plan *p)
{
    return p->size[1] * p->size[2] <= INT32_MAX;
}

static void lines_of(const mip_affine_plan *p, ptrdiff_t z, ptrdiff_t y, line lines[3])
{
    for (int axis = 0; axis < 3; ++axis) {
        const double *m = p->matrix[axis];
        lines[axis].base = p->offset[axis] + (double)z * m[0] + (double)y * m[1];
        lines[axis].step = m[2];
        lines[axis].last = (double)(p->size[axis] - 1);
    }
}

static double at(const line *l, ptrdiff_t x) { return l->base + (double)x * l->step; }

/* Positions only rise or fall along a row: the first pixel whose position, times a sign that makes
 * it rise, is at least `bound`, or beyond it; n if none is. */
static ptrdiff_t first_from(const line *l, double sign, double bound, int is_beyond, ptrdiff_t n)
{
#define REACHES(x) (is_beyond ? sign * at(l, x) > bound : sign * at(l, x) >= bound)
    if (l->step == 0.0)
        return REACHES(0) ? 0 : n;
    const double guess = (sign * bound - l->base) / l->step;
    ptrdiff_t x = guess > 0.0 ? guess < (double)n ? (ptrdiff_t)guess : n : 0;
    while (x > 0 && REACHES(x - 1))
        --x;
    while (x < n && !REACHES(x))
        ++x;
    return x;
#undef REACHES
}

static void narrow(ptrdiff_t *begin, ptrdiff_t *end, ptrdiff_t first, ptrdiff_t after)
{
    *begin = first > *begin ? first : *begin;
    *end = after < *end ? after : *end;
    *begin = *begin < *end ? *begin : *end;
}

static stretch stretch_of(const line lines[3], ptrdiff_t n)
{
    stretch s = {0, n, 0, n};
    for (int axis = 0; axis < 3; ++axis) {
        const line *l = &lines[axis];
        if (!(l->base - l->base == 0.0)) { /* past all numbers, where no order can be relied on */
            s.begin = s.end = 0;
            break;
        }
        const int falls = l->step < 0.0;
        const double sign = falls ? -1.0 : 1.0;
        const double low = falls ? -l->last : 0.0, high = falls ? 0.0 : l->last;
        narrow(&s.begin, &s.end, first_from(l, sign, low, 0, n), first_from(l, sign, high, 1, n));
        if (axis > 0 || l->last > 0.0)
            narrow(&s.open_begin, &s.open_end, first_from(l, sign, low, falls, n),
                   first_from(l, sign, high, falls, n));
    }
    narrow(&s.open_begin, &s.open_end, s.begin, s.end);
    if (s.open_begin == s.open_end) /* which may lie outside */
        s.open_begin = s.open_end = s.end;
    return s;
}

#define MIP_BODY "affine_body.h"
#include "each_isa.h"

const mip_affine *mip_affine_table(int isa) { return MIP_SELECT(mip_affine, isa); }
