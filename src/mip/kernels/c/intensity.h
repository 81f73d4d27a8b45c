/* Pointwise kernels on one channel. All run over flat blocks, so that the caller may share them
 * among threads in any way. Source and output never overlap. */
#ifndef MIP_INTENSITY_H
#define MIP_INTENSITY_H
#include "isa.h"

/* Display level of a stored value x. Linear: (x - origin) * scale + offset; sigmoid: 255 over
 * 1 + exp of that. `origin` is whole, so that the difference is exact for 16-bit pixels. */
typedef struct {
    float origin, scale, offset;
    float padding_low, padding_high; /* stored values in [low, high] become 0 */
    uint8_t flip;                    /* 0xff inverts the levels */
} mip_window;

typedef void (*mip_window_fn)(const void *source, uint8_t *out, ptrdiff_t n, const mip_window *w);

typedef struct {
    mip_window_fn window[MIP_PIXELS];
    mip_window_fn sigmoid[MIP_PIXELS];
} mip_intensity;

const mip_intensity *mip_intensity_table(int isa);

#endif
