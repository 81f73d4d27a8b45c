/* A box of an image with what lies around it, as float rows that need no border any more.
 *
 * Borders are index maps made by the caller: no mode is known here. A plane is a volume of one
 * slice.
 */
#ifndef MIP_NEIGHBOURHOOD_H
#define MIP_NEIGHBOURHOOD_H
#include "isa.h"

typedef struct {
    ptrdiff_t size, radius;
    const ptrdiff_t *inside; /* index for each position from -radius on, -1: outside the volume */
} mip_neighbourhood_axis;

typedef struct {
    mip_neighbourhood_axis z, y, x;
    float outside;
} mip_neighbourhood;

typedef struct {
    ptrdiff_t z_begin, z_end, y_begin, y_end, x_begin, x_end;
} mip_box;

#endif
