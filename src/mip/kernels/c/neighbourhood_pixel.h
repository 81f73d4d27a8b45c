/* The part that knows the pixel type: see neighbourhood.h. */

/* Fill rows of `stride` floats with the box and its surroundings; rows of a slice follow one
 * another, and so do slices. */
MIP_TARGET static void MIP_TYPED(surround)(const void *source, const mip_neighbourhood *n,
                                           const mip_box *box, float *rows, ptrdiff_t stride)
{
    const ptrdiff_t begin = box->x_begin, width = box->x_end - begin + 2 * n->x.radius;
    for (ptrdiff_t z = box->z_begin; z < box->z_end + 2 * n->z.radius; ++z)
        for (ptrdiff_t y = box->y_begin; y < box->y_end + 2 * n->y.radius; ++y, rows += stride) {
            const ptrdiff_t slice = n->z.inside[z], line = n->y.inside[y];
            const PIXEL *row = (const PIXEL *)source + (slice * n->y.size + line) * n->x.size;
            const int is_outside = slice < 0 || line < 0;
            for (ptrdiff_t i = 0; i < width; ++i) {
                const ptrdiff_t column = n->x.inside[begin + i];
                rows[i] = is_outside || column < 0 ? n->outside : (float)row[column];
            }
        }
}
