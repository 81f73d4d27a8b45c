/* The part of vesselness that knows the pixel type: see vessels.h. */

MIP_TARGET static void MIP_TYPED(load)(const void *source, ptrdiff_t begin, float origin,
                                       float *restrict row, ptrdiff_t columns)
{
    const PIXEL *restrict from = (const PIXEL *)source + begin;
    for (ptrdiff_t i = 0; i < columns; ++i)
        row[i] = (float)from[i] - origin;
}
