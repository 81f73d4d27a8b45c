/* Affine transforms of one instruction set and pixel type: see affine.h. */

#if PIXEL_IS_INTEGER
#define ROUNDED(v) ((PIXEL)(int32_t)((v) + ((v) < 0.0f ? -0.5f : 0.5f)))
#else
#define ROUNDED(v) (v)
#endif

/* Fill what lies outside of a row; give the rest of it, [begin, end), and its lines. */
MIP_TARGET static PIXEL *MIP_TYPED(row)(void *out, const mip_affine_plan *p, ptrdiff_t z,
                                        ptrdiff_t y, line lines[3], ptrdiff_t *begin,
                                        ptrdiff_t *end)
{
    const ptrdiff_t columns = p->out_size[2];
    PIXEL *row = (PIXEL *)out + (z * p->out_size[1] + y) * columns;
    lines_of(p, z, y, lines);
    stretch(lines, columns, begin, end);
    for (ptrdiff_t x = 0; x < *begin; ++x)
        row[x] = (PIXEL)p->outside;
    for (ptrdiff_t x = *end; x < columns; ++x)
        row[x] = (PIXEL)p->outside;
    return row;
}

MIP_TARGET static void MIP_TYPED(nearest)(const void *source, void *out, const mip_affine_plan *p,
                                          ptrdiff_t z, ptrdiff_t y)
{
    const PIXEL *pixels = source;
    line lines[3];
    ptrdiff_t begin, end;
    PIXEL *row = MIP_TYPED(row)(out, p, z, y, lines, &begin, &end);
    for (ptrdiff_t x = begin; x < end; ++x) {
        const ptrdiff_t slice = (ptrdiff_t)(at(&lines[0], x) + 0.5);
        const ptrdiff_t line_of = (ptrdiff_t)(at(&lines[1], x) + 0.5);
        const ptrdiff_t column = (ptrdiff_t)(at(&lines[2], x) + 0.5);
        row[x] = pixels[(slice * p->size[1] + line_of) * p->size[2] + column];
    }
}

/* The value within a cell of one slice. */
MIP_TARGET static inline float MIP_TYPED(bilinear)(const PIXEL *at_begin, ptrdiff_t along_y,
                                                   ptrdiff_t along_x, float ty, float tx)
{
    const PIXEL *after = at_begin + along_y;
    const float upper =
        MIP_NAME(between)((float)at_begin[0], (float)at_begin[along_x], tx);
    const float lower = MIP_NAME(between)((float)after[0], (float)after[along_x], tx);
    return MIP_NAME(between)(upper, lower, ty);
}

MIP_TARGET static void MIP_TYPED(linear)(const void *source, void *out, const mip_affine_plan *p,
                                         ptrdiff_t z, ptrdiff_t y)
{
    const ptrdiff_t row_step = p->size[2], slice_step = p->size[1] * p->size[2];
    line lines[3];
    ptrdiff_t begin, end;
    PIXEL *row = MIP_TYPED(row)(out, p, z, y, lines, &begin, &end);
    for (ptrdiff_t x = begin; x < end; ++x) {
        const MIP_NAME(cell) cy = MIP_NAME(cell_at)(&lines[1], x, row_step);
        const MIP_NAME(cell) cx = MIP_NAME(cell_at)(&lines[2], x, 1);
        const PIXEL *plane = (const PIXEL *)source + cy.begin + cx.begin;
        float value;
        if (p->size[0] == 1) { /* a plane: inside it every position along z is 0 */
            value = MIP_TYPED(bilinear)(plane, cy.step, cx.step, cy.weight, cx.weight);
        } else {
            const MIP_NAME(cell) cz = MIP_NAME(cell_at)(&lines[0], x, slice_step);
            const PIXEL *corner = plane + cz.begin;
            value = MIP_NAME(between)(
                MIP_TYPED(bilinear)(corner, cy.step, cx.step, cy.weight, cx.weight),
                MIP_TYPED(bilinear)(corner + cz.step, cy.step, cx.step, cy.weight, cx.weight),
                cz.weight);
        }
        row[x] = ROUNDED(value);
    }
}
#undef ROUNDED
