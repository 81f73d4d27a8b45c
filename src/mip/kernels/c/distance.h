/* Exact Euclidean distance to the background, an axis at a time.
 *
 * Along x the distance is a count. Along every other axis the squared distance of a pixel is the
 * least of parabolas, one over each pixel of its line: f(j) + (i - j)^2 spacing^2. With
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

enum { MIP_DISTANCE_LINES = 32 }; /* lines of a task: two cache lines of each row that it crosses */

typedef struct {
    ptrdiff_t size;   /* pixels of a line */
    ptrdiff_t stride; /* floats from one to the next */
    double spacing;
    int is_last; /* the distance is wanted, not its square */
} mip_distance_axis;

/* Squared distance to the nearest 0 of a row, infinity where it has none. */
void mip_distance_row(const uint8_t *mask, float *out, ptrdiff_t columns, double spacing);

/* Bytes of scratch of one task. */
size_t mip_distance_scratch(ptrdiff_t size);

/* Carry squared distances on along (at most MIP_DISTANCE_LINES) lines that lie side by side. */
void mip_distance_lines(float *first, ptrdiff_t lines, const mip_distance_axis *axis,
                        void *scratch);

#endif
