#include "clahe.h"

#include "count.h"
#include "line.h"

enum {
    AHEAD = 3 /* rows; those of a tile or cell are too short for the CPU to foresee the next one */
};

/* 1.5 * 2^23: its sum with a small number has nothing below the point, and that number, rounded, in
 * the low bits. */
#define TO_WHOLE 12582912.0f

#define MIP_BODY "clahe_body.h"
#include "each_isa.h"

const mip_clahe *mip_clahe_table(int isa) { return MIP_SELECT(mip_clahe, isa); }
