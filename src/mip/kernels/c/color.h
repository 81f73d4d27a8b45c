/* Pointwise kernels on RGB, interleaved. Source, mask and output never overlap. */
#ifndef MIP_COLOR_H
#define MIP_COLOR_H
#include "isa.h"

/* A colour laid over pixels: in units of 1/65536, alpha times each channel, and alpha. */
typedef struct {
    uint32_t weighted[3], alpha;
} mip_tint;

typedef void (*mip_luminance_fn)(const void *rgb, void *out, ptrdiff_t n);
typedef void (*mip_overlay_fn)(const uint8_t *source, const uint8_t *mask, uint8_t *rgb,
                               ptrdiff_t n, const mip_tint *tint);

typedef struct {
    mip_luminance_fn luminance8, luminance16;
    mip_overlay_fn overlay_grey, overlay_rgb; /* by what the source is */
} mip_color;

const mip_color *mip_color_table(int isa);

#endif
