#include "label.h"

#if MIP_X86
#include <immintrin.h>
#endif

#define MIP_BODY "label_body.h"
#include "each_isa.h"

const mip_label *mip_label_table(int isa) { return MIP_SELECT(mip_label, isa); }

static uint32_t root(uint32_t *parents, uint32_t run)
{
    while (parents[run] != run) {
        parents[run] = parents[parents[run]]; /* halve the path for the next search */
        run = parents[run];
    }
    return run;
}

/* The earlier root wins, so that a component's root is its first run in raster order. */
static void unite(uint32_t *parents, uint32_t a, uint32_t b)
{
    a = root(parents, a);
    b = root(parents, b);
    if (a < b)
        parents[b] = a;
    else
        parents[a] = b;
}

static uint32_t end_of(const uint32_t *edges, uint32_t count, uint32_t run, ptrdiff_t columns)
{
    return 2 * run + 1 < count ? edges[2 * run + 1] : (uint32_t)columns;
}

/* Unite run i of one row with run j of another if there are both, they touch and have one value. */
static void unite_equal(const mip_runs *runs, ptrdiff_t row, ptrdiff_t other, uint32_t i,
                        uint32_t j, uint32_t reach)
{
    const uint32_t *a = runs->edges + row * runs->stride, *b = runs->edges + other * runs->stride;
    const uint32_t a_count = runs->counts[row], b_count = runs->counts[other];
    if (2 * i >= a_count || 2 * j >= b_count)
        return;
    const uint32_t run = runs->first[row] + i, near = runs->first[other] + j;
    if (runs->values[run] != runs->values[near])
        return;
    if (a[2 * i] < end_of(b, b_count, j, runs->columns) + reach &&
        b[2 * j] < end_of(a, a_count, i, runs->columns) + reach)
        unite(runs->parents, run, near);
}

/* Walk two rows at once; runs touch when neither ends before the other begins. */
static void unite_rows(const mip_runs *runs, ptrdiff_t row, ptrdiff_t other, uint32_t reach)
{
    const ptrdiff_t columns = runs->columns;
    const uint32_t *a = runs->edges + row * runs->stride, *b = runs->edges + other * runs->stride;
    const uint32_t a_count = runs->counts[row], b_count = runs->counts[other];
    uint32_t i = 0, j = 0;
    while (2 * i < a_count && 2 * j < b_count) {
        const uint32_t a_end = end_of(a, a_count, i, columns);
        const uint32_t b_end = end_of(b, b_count, j, columns);
        if (!runs->values) {
            if (a[2 * i] < b_end + reach && b[2 * j] < a_end + reach)
                unite(runs->parents, runs->first[row] + i, runs->first[other] + j);
        } else {
            unite_equal(runs, row, other, i, j, reach);
            if (a_end == b_end) { /* four runs may meet in one corner */
                unite_equal(runs, row, other, i + 1, j, reach);
                unite_equal(runs, row, other, i, j + 1, reach);
            }
        }
        if (a_end < b_end)
            ++i;
        else
            ++j;
    }
}

void mip_label_unite(const mip_runs *runs, const mip_neighbour *neighbours, int count,
                     ptrdiff_t begin, ptrdiff_t end, ptrdiff_t from, ptrdiff_t to)
{
    for (ptrdiff_t row = begin; row < end; ++row) {
        if (!runs->counts[row])
            continue;
        for (int n = 0; n < count; ++n) {
            const ptrdiff_t y = row % runs->height + neighbours[n].rows;
            const ptrdiff_t other = row + neighbours[n].slices * runs->height + neighbours[n].rows;
            if (y >= 0 && y < runs->height && other >= from && other < to)
                unite_rows(runs, row, other, (uint32_t)neighbours[n].reach);
        }
    }
}

uint32_t mip_label_number(uint32_t *parents, uint32_t runs)
{
    uint32_t last = 0;
    for (uint32_t run = 0; run < runs; ++run) /* a parent comes first, so it has its number */
        parents[run] = parents[run] == run ? ++last : parents[parents[run]];
    return last;
}

void mip_label_areas(const mip_runs *runs, ptrdiff_t rows, uint64_t *areas)
{
    for (ptrdiff_t row = 0; row < rows; ++row) {
        const uint32_t *edges = runs->edges + row * runs->stride;
        const uint32_t *numbers = runs->parents + runs->first[row];
        for (uint32_t i = 0; 2 * i < runs->counts[row]; ++i)
            areas[numbers[i]] += end_of(edges, runs->counts[row], i, runs->columns) - edges[2 * i];
    }
}

void mip_label_outer(const mip_runs *runs, ptrdiff_t rows, const uint8_t *is_outer, uint8_t *marks)
{
    for (ptrdiff_t row = 0; row < rows; ++row) {
        const uint32_t *edges = runs->edges + row * runs->stride, count = runs->counts[row];
        const uint32_t *numbers = runs->parents + runs->first[row];
        for (uint32_t i = 0; 2 * i < count; ++i)
            if (is_outer[row] || !edges[2 * i] ||
                end_of(edges, count, i, runs->columns) == (uint32_t)runs->columns)
                marks[numbers[i]] = 1;
    }
}

/* From the right: edge n of a mask's row lies at or right of index n, so no edge that is still to
 * be read has been painted over. */
void mip_label_paint(const uint32_t *edges, uint32_t count, const uint32_t *numbers, uint32_t *out,
                     ptrdiff_t columns)
{
    ptrdiff_t painted = columns;
    for (uint32_t run = (count + 1) / 2; run-- > 0;) {
        const ptrdiff_t begin = edges[2 * run], end = end_of(edges, count, run, columns);
        const uint32_t number = numbers[run];
        memset(out + end, 0, (size_t)(painted - end) * sizeof *out);
        for (ptrdiff_t i = begin; i < end; ++i)
            out[i] = number;
        painted = begin;
    }
    memset(out, 0, (size_t)painted * sizeof *out);
}

void mip_label_select(const uint32_t *edges, uint32_t count, const uint32_t *numbers,
                      const uint8_t *marks, int inside, uint8_t *out, ptrdiff_t columns)
{
    memset(out, !inside, (size_t)columns);
    for (uint32_t run = 0; 2 * run < count; ++run)
        if (marks[numbers[run]])
            memset(out + edges[2 * run], inside,
                   end_of(edges, count, run, columns) - edges[2 * run]);
}
