#include "project.h"

enum {
    LANES = 64,          /* floats of a row that are projected side by side, for every set */
    EXACT_TERMS = 1 << 15 /* 16-bit pixels whose sum fits in 32 bits, signed or not */
};

#define MIP_BODY "project_body.h"
#include "each_isa.h"

const mip_project *mip_project_table(int isa) { return MIP_SELECT(mip_project, isa); }
