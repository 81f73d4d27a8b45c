#include "clahe.h"

#define MIP_BODY "clahe_body.h"
#include "each_isa.h"

const mip_clahe *mip_clahe_table(int isa) { return MIP_SELECT(mip_clahe, isa); }
