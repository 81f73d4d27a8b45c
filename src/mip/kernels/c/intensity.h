/* Pointwise kernels on one channel. All run over flat blocks, so that the caller may share them
 * among threads in any way. Source and output never overlap. */
#ifndef MIP_INTENSITY_H
#define MIP_INTENSITY_H
#include "isa.h"

/* Display level of a stored value x. Linear: (x - origin) * scale + offset; sigmoid: 255 over
 * 1 + exp of that. `origin` is whole, so that the difference is exact for 16-bit pixels. */
typedef struct {
    float origin, scale, offset;
    float least, most; /* 0 and 255: as constants they have gcc 12 make comparisons of the clamps */
    float padding_low, padding_high; /* stored values in [low, high] become 0 */
    uint8_t flip;                    /* 0xff inverts the levels */
} mip_window;

typedef void (*mip_window_fn)(const void *source, uint8_t *out, ptrdiff_t n, const mip_window *w);

/* x * slope + intercept in float32, rounded twice. */
typedef void (*mip_rescale_fn)(const void *source, float *out, ptrdiff_t n, float slope,
                               float intercept);

/* 1 where low <= x <= high; both are exact in the pixel's own type. */
typedef void (*mip_threshold_fn)(const void *source, uint8_t *out, ptrdiff_t n, double low,
                                 double high);

/* Entry x - first of a table, its first or last entry outside. */
typedef void (*mip_lookup_fn)(const void *source, void *out, ptrdiff_t n, const void *entries,
                              int32_t first, int32_t last);

/* Lookups of integer pixels by size of an entry: 1, 2 and 4 bytes. */
enum { MIP_ENTRY_SIZES = 3 };

typedef struct {
    mip_window_fn window[MIP_PIXELS];
    mip_window_fn sigmoid[MIP_PIXELS];
    mip_rescale_fn rescale[MIP_PIXELS];
    mip_threshold_fn threshold[MIP_PIXELS];
    mip_lookup_fn lookup[MIP_PIXELS][MIP_ENTRY_SIZES];
} mip_intensity;

const mip_intensity *mip_intensity_table(int isa);

#endif
