/* Keys of a pixel type, once for erosion and dilation. */
#include "order_key.h"
#undef KEY
