#include "canny.h"

#include <math.h>
#include <stdlib.h>

#include "line.h"

/* The gradient of one row, and its magnitude. */
typedef struct {
    float *y, *x, *magnitude;
} slopes;

ptrdiff_t mip_canny_tasks(const mip_canny_plan *plan)
{
    return (plan->rows + MIP_CANNY_ROWS - 1) / MIP_CANNY_ROWS;
}

static ptrdiff_t stride(const mip_canny_plan *p) 
{
    return mip_whole(p->columns, MIP_LINE_FLOATS);
}

size_t mip_canny_scratch(const mip_canny_plan *plan)
{
    return (size_t)(9 * stride(plan)) * sizeof(float);
}

#define MIP_BODY "canny_body.h"
#include "each_isa.h"

const mip_canny *mip_canny_table(int isa) { return MIP_SELECT(mip_canny, isa); }

/* Pixels whose neighbours are still to be looked at. */
typedef struct {
    uint8_t **at;
    size_t count, room;
} pixels;

static int push(pixels *todo, uint8_t *pixel)
{
    if (todo->count == todo->room) {
        const size_t room = todo->room ? 2 * todo->room : 4096;
        uint8_t **at = realloc(todo->at, room * sizeof *at);
        if (!at)
            return 0;
        todo->at = at;
        todo->room = room;
    }
    *pixel = MIP_CANNY_EDGE;
    todo->at[todo->count++] = pixel;
    return 1;
}

/* Make edges of all candidates that are connected to `strong`, of 8 neighbours each. */
static int follow(pixels *todo, uint8_t *strong, ptrdiff_t columns)
{
    const ptrdiff_t around[8] = {-columns - 1, -columns, -columns + 1, -1,
                                 1, columns - 1, columns, columns + 1};
    if (!push(todo, strong))
        return 0;
    while (todo->count) {
        uint8_t *pixel = todo->at[--todo->count];
        for (int k = 0; k < 8; ++k)
            if (pixel[around[k]] > MIP_CANNY_EDGE && !push(todo, pixel + around[k]))
                return 0;
    }
    return 1;
}

int mip_canny_trace(uint8_t *marks, ptrdiff_t rows, ptrdiff_t columns)
{
    const ptrdiff_t size = rows * columns;
    uint8_t *const end = marks + size;
    pixels todo = {0};
    int is_done = 1;
    for (uint8_t *at = marks; is_done; ++at) {
        at = memchr(at, MIP_CANNY_STRONG, (size_t)(end - at));
        if (!at)
            break;
        is_done = follow(&todo, at, columns);
    }
    free(todo.at);
    for (ptrdiff_t i = 0; i < size; ++i)
        marks[i] &= MIP_CANNY_EDGE;
    return is_done;
}
