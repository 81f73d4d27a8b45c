/* Include MIP_OPERATION_BODY for erosion and dilation of every pixel type: OPERATION names one, and
 * BETTER is the one of two keys that it keeps. */
#define MIP_PIXEL_BODY MIP_OPERATION_BODY
#define OPERATION erode
#define BETTER(a, b) ((a) < (b) ? (a) : (b))
#include "each_pixel.h"
#undef OPERATION
#undef BETTER
#define OPERATION dilate
#define BETTER(a, b) ((a) > (b) ? (a) : (b))
#include "each_pixel.h"
#undef OPERATION
#undef BETTER
#undef MIP_PIXEL_BODY
