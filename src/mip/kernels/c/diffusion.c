#include "diffusion.h"

enum { ROWS_BESIDE_THE_TILES = 3 }; /* two of flux along y, one of flux along x */

size_t mip_diffusion_scratch(const mip_diffusion_plan *plan)
{
    return (size_t)((2 * plan->tile_rows + ROWS_BESIDE_THE_TILES) * (plan->columns + 1));
}

#define MIP_BODY "diffusion_body.h"
#include "each_isa.h"

const mip_diffusion *mip_diffusion_table(int isa) { return MIP_SELECT(mip_diffusion, isa); }
