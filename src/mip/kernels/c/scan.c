#include "scan.h"

#if MIP_X86
#include <immintrin.h>
#endif

#define MIP_BODY "scan_body.h"
#include "each_isa.h"

const mip_scan *mip_scan_table(int isa) { return MIP_SELECT(mip_scan, isa); }
