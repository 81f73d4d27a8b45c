#include "color.h"
#if MIP_X86
#include <immintrin.h>
#endif

#define MIP_BODY "color_body.h"
#include "each_isa.h"

const mip_color *mip_color_table(int isa) { return MIP_SELECT(mip_color, isa); }
