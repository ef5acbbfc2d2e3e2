/*
 * assay_backend.h - C ABI of a backend of Assay, version 1.
 *
 * A shared library that exports assay_get_backend() is a backend:
 *
 *     assay run smoke --backend native:lib=/path/libacme.so
 *
 * C11, no dependency. Assay loads the library in a process of its own, so that a crash, a hang or a memory error in it
 * costs one row and not the run. The functions of one library are called by one thread at a time, always the same one.
 *
 * Ownership: everything that Assay passes in (strings, arrays, descriptors) belongs to Assay and is valid during the
 * call only; what has to stay must be copied. What allocate() and prepare() made lives until Assay gives it to free()
 * and release(). Strings that a function returns belong to the library and stay valid until its next call. Text is UTF-8
 * and ends in 0.
 */
#ifndef ASSAY_BACKEND_H
#define ASSAY_BACKEND_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ASSAY_ABI_VERSION 1

#if defined(_WIN32)
#define ASSAY_EXPORT __declspec(dllexport)
#else
#define ASSAY_EXPORT __attribute__((visibility("default")))
#endif

/* What every function answers. Anything but ASSAY_OK should leave a sentence for last_error(). */
#define ASSAY_OK 0
#define ASSAY_UNSUPPORTED 1   /* the call is not supported; a refusal, no failure */
#define ASSAY_OUT_OF_MEMORY 2 /* of the device or of the host */
#define ASSAY_FAILED 3        /* anything else */

/*
 * Element types. Elements narrower than a byte are packed from the least significant bits upwards: element 0 of an
 * i4 tensor is the low nibble of byte 0.
 */
#define ASSAY_F64 1         /* IEEE 754 binary64 */
#define ASSAY_F32 2         /* IEEE 754 binary32 */
#define ASSAY_F16 3         /* IEEE 754 binary16 */
#define ASSAY_BF16 4        /* upper half of binary32 */
#define ASSAY_F8E4M3 5      /* OCP 8-bit, no infinities */
#define ASSAY_F8E4M3FNUZ 6  /* bias 8, one NaN, no negative zero */
#define ASSAY_F8E5M2 7      /* OCP 8-bit */
#define ASSAY_F8E5M2FNUZ 8  /* bias 16, one NaN, no negative zero */
#define ASSAY_F4E2M1 9      /* OCP microscaling */
#define ASSAY_E8M0 10       /* OCP microscaling: a power of two */
#define ASSAY_I64 11
#define ASSAY_I32 12
#define ASSAY_I16 13
#define ASSAY_I8 14
#define ASSAY_I4 15
#define ASSAY_I2 16
#define ASSAY_U64 17
#define ASSAY_U32 18
#define ASSAY_U16 19
#define ASSAY_U8 20
#define ASSAY_U4 21
#define ASSAY_U2 22
#define ASSAY_BOOL 23       /* a byte, 0 or 1 */

/* A tensor without its values. */
typedef struct assay_tensor {
    const char *name;        /* of the operand: "A"; tensors of a variadic operand are "data.0", "data.1", ... */
    int32_t dtype;           /* ASSAY_F32, ... */
    int32_t rank;            /* number of dimensions, 0 for a scalar */
    const int64_t *shape;    /* rank sizes, outermost first, each 0 or more */
    const int64_t *strides;  /* rank steps in elements, none negative; 0 repeats an element (broadcast view) */
    uint64_t bytes;          /* from the first element to the last one, both included */
    int32_t alias_of;        /* outputs: index of the input in whose memory it is written, or -1 */
    int32_t reserved;
} assay_tensor;

/* Kinds of attributes, as ONNX has them. */
#define ASSAY_INT 1
#define ASSAY_REAL 2
#define ASSAY_TEXT 3
#define ASSAY_INTS 4
#define ASSAY_REALS 5

/* An attribute. Only the field of its kind is set. */
typedef struct assay_attribute {
    const char *name;
    int32_t kind;             /* ASSAY_INT, ... */
    int32_t reserved;
    int64_t integer;          /* ASSAY_INT */
    double real;              /* ASSAY_REAL */
    const char *text;         /* ASSAY_TEXT */
    const int64_t *integers;  /* ASSAY_INTS: count of them */
    const double *reals;      /* ASSAY_REALS: count of them */
    uint64_t count;
} assay_attribute;

/* Values of an input that the host knows because shapes follow from them; they stand in the tensor as well. */
typedef struct assay_constant {
    const char *input;        /* name of the input */
    const int64_t *values;
    uint64_t count;
} assay_constant;

/* A call: an operator with everything about its tensors but their values. Absent operands are not listed. */
typedef struct assay_call {
    const char *op;           /* name in docs/operators.md: "layer_normalization" */
    const assay_tensor *inputs;
    const assay_tensor *outputs;
    const assay_attribute *attributes; /* all that have a default, and those given */
    const assay_constant *constants;
    uint32_t input_count;
    uint32_t output_count;
    uint32_t attribute_count;
    uint32_t constant_count;
} assay_call;

/*
 * Where a tensor lies. With allocate(), buffer is what allocate() answered; without, it is the address of host memory.
 * Element 0 lies offset bytes after the start of the buffer.
 */
typedef struct assay_argument {
    void *buffer;
    uint64_t offset;
} assay_argument;

/* What a device is. Null and 0 mean "not known". */
typedef struct assay_device_info {
    const char *model;               /* "Acme N1 64GB" */
    const char *driver;              /* name and version */
    const char *firmware;            /* version */
    uint64_t memory_bytes;           /* of the device */
    double bandwidth;                /* declared peak, bytes per second */
    double peak_flops[24];           /* declared peak by element type, operations per second; index ASSAY_F32, ... */
    uint64_t alignment;              /* bytes at a multiple of which every tensor has to start; 0: any element */
} assay_device_info;

/*
 * A backend. Functions marked optional may be null. struct_size lets later versions append fields.
 *
 * device is what open() made, kernel what prepare() made.
 */
typedef struct assay_backend {
    uint32_t abi_version;   /* ASSAY_ABI_VERSION of the header that the library was compiled with */
    uint32_t struct_size;   /* sizeof(assay_backend) */
    const char *name;       /* "acme": lower case letters, digits, hyphens */
    const char *version;    /* of the library, as it will stand in result rows */

    /*
     * Opens the device. keys and values are what the user gave after lib=...: a key that is not known is to be
     * refused with ASSAY_FAILED. May be called again after close().
     */
    int32_t (*open)(const char *const *keys, const char *const *values, uint32_t count, void **device);

    void (*close)(void *device);

    /* Optional. Fills info, which is zero before. */
    int32_t (*info)(void *device, assay_device_info *info);

    /*
     * Whether prepare() will succeed: ASSAY_OK, or ASSAY_UNSUPPORTED with the reason for last_error(). Must agree with
     * prepare() and must not touch the device.
     */
    int32_t (*supports)(void *device, const assay_call *call);

    /*
     * Optional. The arithmetic that the kernel of this call promises, as fields of docs/contract.md:
     * "accumulator=bf16,exp_ulps=4". Null, empty text, or a function that is null: strict.
     */
    const char *(*contract)(void *device, const assay_call *call);

    /*
     * Optional, all four or none. Device memory; without them, tensors lie in host memory. bytes is at least 1. write
     * and read copy between host and device and are complete when they return.
     */
    int32_t (*allocate)(void *device, uint64_t bytes, void **buffer);
    void (*free)(void *device, void *buffer);
    int32_t (*write)(void *device, void *buffer, uint64_t offset, const void *from, uint64_t bytes);
    int32_t (*read)(void *device, void *buffer, uint64_t offset, void *to, uint64_t bytes);

    /*
     * Compiles and plans; not part of a measured time. workspace_bytes is 0 before; scratch memory of that size comes
     * with every run.
     */
    int32_t (*prepare)(void *device, const assay_call *call, void **kernel, uint64_t *workspace_bytes);

    void (*release)(void *device, void *kernel);

    /*
     * Runs once; complete on the device when it returns, for this is what is timed. inputs and outputs are in the order
     * of the call's. An output with alias_of lies where that input lies. workspace is null if none was asked for.
     */
    int32_t (*run)(
        void *device,
        void *kernel,
        const assay_argument *inputs,
        const assay_argument *outputs,
        const assay_argument *workspace);

    /* Optional. Nanoseconds that the last run() took by events on the device. */
    int32_t (*device_time)(void *device, uint64_t *nanoseconds);

    /*
     * What went wrong in the last function that did not answer ASSAY_OK, in one sentence. device is null if open()
     * failed.
     */
    const char *(*last_error)(void *device);
} assay_backend;

/*
 * The one symbol of a library.
 *
 * host_abi_version: ASSAY_ABI_VERSION of Assay. Returns null if the library cannot work with it. The table belongs to the
 * library and stays valid while it is loaded.
 */
ASSAY_EXPORT const assay_backend *assay_get_backend(uint32_t host_abi_version);

/* --- Helpers; plain C, nothing to link. ------------------------------------------------------------------------- */

/* Index of the input of that name, or -1 if it is absent. */
static inline int32_t assay_find_input(const assay_call *call, const char *name) {
    for (uint32_t i = 0; i < call->input_count; i++) {
        if (strcmp(call->inputs[i].name, name) == 0) return (int32_t)i;
    }
    return -1;
}

/* Index of the output of that name, or -1 if it is absent. */
static inline int32_t assay_find_output(const assay_call *call, const char *name) {
    for (uint32_t i = 0; i < call->output_count; i++) {
        if (strcmp(call->outputs[i].name, name) == 0) return (int32_t)i;
    }
    return -1;
}

/* The attribute of that name, or null. */
static inline const assay_attribute *assay_find_attribute(const assay_call *call, const char *name) {
    for (uint32_t i = 0; i < call->attribute_count; i++) {
        if (strcmp(call->attributes[i].name, name) == 0) return &call->attributes[i];
    }
    return NULL;
}

/* Number of elements. */
static inline int64_t assay_elements(const assay_tensor *tensor) {
    int64_t elements = 1;
    for (int32_t i = 0; i < tensor->rank; i++) elements *= tensor->shape[i];
    return elements;
}

/* 1 if the elements lie in row-major order without gaps. */
static inline int assay_is_dense(const assay_tensor *tensor) {
    int64_t step = 1;
    for (int32_t i = tensor->rank - 1; i >= 0; i--) {
        if (tensor->shape[i] == 0) return 1;
        if (tensor->shape[i] > 1 && tensor->strides[i] != step) return 0;
        step *= tensor->shape[i];
    }
    return 1;
}

/* Address of element 0, where tensors lie in host memory. */
static inline void *assay_address(const assay_argument *argument) {
    return (char *)argument->buffer + argument->offset;
}

#ifdef __cplusplus
}
#endif

#endif
