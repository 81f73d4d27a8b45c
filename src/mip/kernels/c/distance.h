/* Exact Euclidean distance to the background, an axis at a time.
 *
 * Along x the distance is a count. Along every other axis the squared distance of a pixel is the
 * least of parabolas, one over each pixel of its line: f(j) + (i - j)^2 spacing^2. Most pixels are
 * near the background: side by side, lines are searched outwards until (i - j)^2 spacing^2 alone is
 * no less than what was found. A block of lines where that goes too far is done by the hull: with
 * g(j) = f(j) + j^2 spacing^2 the parabolas that are least somewhere are the corners of the lower
 * convex hull of the points (j, g(j)), found without a division.
 *
 * P. Felzenszwalb, D. Huttenlocher: Distance transforms of sampled functions, Theory of Computing 8
 * (2012). A. Meijster et al.: A general algorithm for computing distance transforms in linear time
 * (2000).
 */
#ifndef MIP_DISTANCE_H
#define MIP_DISTANCE_H
#include "isa.h"

enum {
    MIP_DISTANCE_LINES = 64,  /* of a task: four cache lines of each row that it crosses */
    MIP_DISTANCE_REACH = 128, /* rows to look at one by one, which then costs what the hull does */
};

typedef struct {
    ptrdiff_t size;   /* pixels of a line */
    ptrdiff_t stride; /* floats from one to the next */
    double spacing;
    int is_last; /* the distance is wanted, not its square */
} mip_distance_axis;

/* Bytes of scratch of one task. */
size_t mip_distance_scratch(ptrdiff_t size);

typedef struct {
    /* Squared distance to the nearest 0 of a row, infinity where it has none. */
    void (*row)(const uint8_t *mask, float *out, ptrdiff_t columns, double spacing);
    /* Carry squared distances on along (at most MIP_DISTANCE_LINES) lines that lie side by side. */
    void (*lines)(float *first, ptrdiff_t lines, const mip_distance_axis *axis, void *scratch);
} mip_distance;

const mip_distance *mip_distance_table(int isa);

#endif
