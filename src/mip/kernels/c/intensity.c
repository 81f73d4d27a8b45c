#include "intensity.h"

enum { STRIP = 256 }; /* pixels that are looked up together: their indices stay in L1 */

#define MIP_BODY "intensity_body.h"
#include "each_isa.h"

const mip_intensity *mip_intensity_table(int isa) { return MIP_SELECT(mip_intensity, isa); }
