/* Include MIP_PIXEL_BODY once per pixel type: MIP_T names the type and PIXEL is it. */
#define MIP_T u8
#define PIXEL uint8_t
#define PIXEL_IS_INTEGER 1
#include MIP_PIXEL_BODY
#undef MIP_T
#undef PIXEL
#undef PIXEL_IS_INTEGER

#define MIP_T i16
#define PIXEL int16_t
#define PIXEL_IS_INTEGER 1
#include MIP_PIXEL_BODY
#undef MIP_T
#undef PIXEL
#undef PIXEL_IS_INTEGER

#define MIP_T u16
#define PIXEL uint16_t
#define PIXEL_IS_INTEGER 1
#include MIP_PIXEL_BODY
#undef MIP_T
#undef PIXEL
#undef PIXEL_IS_INTEGER

#define MIP_T f32
#define PIXEL float
#define PIXEL_IS_INTEGER 0
#include MIP_PIXEL_BODY
#undef MIP_T
#undef PIXEL
#undef PIXEL_IS_INTEGER
