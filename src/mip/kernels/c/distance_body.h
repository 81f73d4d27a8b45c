/* Distances along lines, in one instruction set: see distance.h. */

MIP_TARGET static void MIP_NAME(row)(const uint8_t *mask, float *out, ptrdiff_t columns,
                                     double spacing)
{
    const double square = spacing * spacing;
    const uint32_t none = (uint32_t)columns; /* no pixel of the row is as far away */
    uint32_t away = none, inside = 0;
    for (ptrdiff_t i = 0; i < columns; ++i)
        inside |= mask[i];
    if (!inside) {
        memset(out, 0, (size_t)columns * sizeof *out);
        return;
    }
    for (ptrdiff_t i = 0; i < columns; ++i) {
        away = (away + 1) & (0 - (uint32_t)(mask[i] != 0));
        memcpy(out + i, &away, sizeof away); /* a count, until it is turned into a distance */
    }
    away = none;
    for (ptrdiff_t i = columns; i-- > 0;) {
        uint32_t before;
        memcpy(&before, out + i, sizeof before);
        away = (away + 1) & (0 - (uint32_t)(mask[i] != 0));
        before = before < away ? before : away;
        before = before < none ? before : none;
        memcpy(out + i, &before, sizeof before);
    }
    for (ptrdiff_t i = 0; i < columns; ++i) {
        int32_t least;
        memcpy(&least, out + i, sizeof least);
        const float squared = (float)((double)least * (double)least * square);
        out[i] = least == (int32_t)none ? INFINITY : squared;
    }
}

/* Take a row into the least of some, `away` being the square of how far it is. */
MIP_TARGET static inline void MIP_NAME(take)(const float *restrict row, float away,
                                             float *restrict least)
{
    for (int n = 0; n < MIP_DISTANCE_LINES; ++n) {
        const float value = row[n] + away;
        least[n] = value < least[n] ? value : least[n];
    }
}

MIP_TARGET static inline int MIP_NAME(exceeds)(const float *least, float away)
{
    int exceeds = 0;
    for (int n = 0; n < MIP_DISTANCE_LINES; ++n)
        exceeds |= least[n] > away;
    return exceeds;
}

MIP_TARGET static inline void MIP_NAME(deliver)(const float *least, ptrdiff_t lines, int is_last,
                                                float *row)
{
    float roots[MIP_DISTANCE_LINES];
    if (is_last)
        for (int n = 0; n < MIP_DISTANCE_LINES; ++n)
            roots[n] = sqrtf(least[n]);
    memcpy(row, is_last ? roots : least, (size_t)lines * sizeof *row);
}

/* Look at rows farther and farther away, until none can be nearer for any line. Returns 0 where one
 * had to look too far. */
MIP_TARGET static int MIP_NAME(search)(const float *rows, float *first, ptrdiff_t lines,
                                       const mip_distance_axis *axis)
{
    const double square = axis->spacing * axis->spacing;
    for (ptrdiff_t i = 0; i < axis->size; ++i) {
        const float *row = rows + i * MIP_DISTANCE_LINES;
        float least[MIP_DISTANCE_LINES];
        memcpy(least, row, sizeof least);
        for (ptrdiff_t k = 1; k <= i || i + k < axis->size; ++k) {
            const float away = (float)((double)(k * k) * square);
            if (!MIP_NAME(exceeds)(least, away))
                break;
            if (k > MIP_DISTANCE_REACH)
                return 0;
            if (k <= i)
                MIP_NAME(take)(row - k * MIP_DISTANCE_LINES, away, least);
            if (i + k < axis->size)
                MIP_NAME(take)(row + k * MIP_DISTANCE_LINES, away, least);
        }
        MIP_NAME(deliver)(least, lines, axis->is_last, first + i * axis->stride);
    }
    return 1;
}

MIP_TARGET static void MIP_NAME(lines)(float *first, ptrdiff_t lines, const mip_distance_axis *axis,
                                       void *scratch)
{
    const ptrdiff_t size = axis->size;
    corner *corners = scratch;
    float *rows = (float *)(void *)(corners + size), *turned = rows + size * MIP_DISTANCE_LINES;
    if (lines < MIP_DISTANCE_LINES) /* the others are at once done with */
        memset(rows, 0, (size_t)(size * MIP_DISTANCE_LINES) * sizeof *rows);
    for (ptrdiff_t i = 0; i < size; ++i)
        memcpy(rows + i * MIP_DISTANCE_LINES, first + i * axis->stride,
               (size_t)lines * sizeof *rows);
    if (MIP_NAME(search)(rows, first, lines, axis))
        return;
    for (ptrdiff_t i = 0; i < size; ++i)
        for (ptrdiff_t n = 0; n < MIP_DISTANCE_LINES; ++n)
            turned[n * size + i] = rows[i * MIP_DISTANCE_LINES + n];
    for (ptrdiff_t n = 0; n < lines; ++n)
        lower(turned + n * size, size, axis->spacing * axis->spacing, corners);
    for (ptrdiff_t i = 0; i < size; ++i) {
        float *row = rows + i * MIP_DISTANCE_LINES;
        for (ptrdiff_t n = 0; n < MIP_DISTANCE_LINES; ++n)
            row[n] = turned[n * size + i];
        MIP_NAME(deliver)(row, lines, axis->is_last, first + i * axis->stride);
    }
}

static const mip_distance MIP_NAME(mip_distance) = {
    .row = MIP_NAME(row),
    .lines = MIP_NAME(lines),
};
