/* Least, greatest and sum of a run of one pixel type: see stats.h. */

MIP_TARGET static void MIP_TYPED(measure)(const void *pixels, ptrdiff_t count, mip_region *region)
{
    const PIXEL *restrict x = pixels;
#if PIXEL_IS_INTEGER
    PIXEL least = x[0], most = x[0];
    int64_t sum = 0;
    for (ptrdiff_t i = 0; i < count; ++i) {
        least = x[i] < least ? x[i] : least;
        most = x[i] > most ? x[i] : most;
        sum += x[i];
    }
    region->whole_sum += sum;
    region->minimum = least < region->minimum ? least : region->minimum;
    region->maximum = most > region->maximum ? most : region->maximum;
#else
    double least = region->minimum, most = region->maximum, sum = region->sum;
    for (ptrdiff_t i = 0; i < count; ++i) { /* one after the other: the order decides the bits */
        least = x[i] < least ? x[i] : least;
        most = x[i] > most ? x[i] : most;
        sum += x[i];
    }
    region->minimum = least;
    region->maximum = most;
    region->sum = sum;
#endif
}
