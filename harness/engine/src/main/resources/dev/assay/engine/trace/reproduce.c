/*
 * ${TITLE}
 *
 * Makes this one call of a library that implements assay_backend.h, and compares what it writes with what is expected:
 *
 *     cc -std=c11 -g reproduce.c -o reproduce -ldl -lm && ./reproduce /path/libacme.so [key=value...]
 *
 * Needs the files beside it, as the working directory, and nothing else; runs under gdb, valgrind and sanitizers. Guard
 * zones around every tensor show what is written outside; with --tight, first on the command line, a tensor ends where
 * its memory ends, so that a sanitizer sees the very access.
 *
 * Ends with 0 if every element is within its bound, 1 if not, 2 if the library did not come that far.
 */
#include "assay_backend.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* --- The call ----------------------------------------------------------------------------------------------------- */

${CALL}
/* What the bounds of the expected values allow: fields of docs/contract.md. Empty: strict. */
static const char CONTRACT[] = ${CONTRACT};

/* Whether that contract rounds toward zero, so that what is too large may become the largest number. */
static const int TOWARD_ZERO = ${TOWARD_ZERO};

/*
 * Expected values of outputs, in row-major order, and how far an element may be from its own: f64, little-endian. A
 * bound of 0 leaves one value; an infinite one leaves all. A negative one allows so much, and infinities and NaN too.
 */
typedef struct {
    const char *values; /* name of a file, or null where why_not says why the output is not compared */
    const char *bounds;
    const char *lows; /* what exact values exceed those of f64 by, or null for 0 */
    const char *why_not;
} expected_t;

static const expected_t EXPECTED[] = {
${EXPECTED}};

/* --- Element types ------------------------------------------------------------------------------------------------ */

enum { IEEE, NAN_ALL_ONES, NAN_AT_NEGATIVE_ZERO, FINITE, SCALE, SIGNED, UNSIGNED, BOOL };

typedef struct {
    const char *name;
    int bits, kind, mantissa, bias;
    uint64_t largest; /* code of the largest finite number */
} dtype_t;

static const dtype_t DTYPES[] = {
    [ASSAY_F64] = {"f64", 64, IEEE, 52, 1023, UINT64_C(0x7FEFFFFFFFFFFFFF)},
    [ASSAY_F32] = {"f32", 32, IEEE, 23, 127, 0x7F7FFFFF},
    [ASSAY_F16] = {"f16", 16, IEEE, 10, 15, 0x7BFF},
    [ASSAY_BF16] = {"bf16", 16, IEEE, 7, 127, 0x7F7F},
    [ASSAY_F8E4M3] = {"f8e4m3", 8, NAN_ALL_ONES, 3, 7, 0x7E},
    [ASSAY_F8E4M3FNUZ] = {"f8e4m3fnuz", 8, NAN_AT_NEGATIVE_ZERO, 3, 8, 0x7F},
    [ASSAY_F8E5M2] = {"f8e5m2", 8, IEEE, 2, 15, 0x7B},
    [ASSAY_F8E5M2FNUZ] = {"f8e5m2fnuz", 8, NAN_AT_NEGATIVE_ZERO, 2, 16, 0x7F},
    [ASSAY_F4E2M1] = {"f4e2m1", 4, FINITE, 1, 1, 0x7},
    [ASSAY_E8M0] = {"e8m0", 8, SCALE, 0, 127, 0xFE},
    [ASSAY_I64] = {"i64", 64, SIGNED, 0, 0, 0},
    [ASSAY_I32] = {"i32", 32, SIGNED, 0, 0, 0},
    [ASSAY_I16] = {"i16", 16, SIGNED, 0, 0, 0},
    [ASSAY_I8] = {"i8", 8, SIGNED, 0, 0, 0},
    [ASSAY_I4] = {"i4", 4, SIGNED, 0, 0, 0},
    [ASSAY_I2] = {"i2", 2, SIGNED, 0, 0, 0},
    [ASSAY_U64] = {"u64", 64, UNSIGNED, 0, 0, 0},
    [ASSAY_U32] = {"u32", 32, UNSIGNED, 0, 0, 0},
    [ASSAY_U16] = {"u16", 16, UNSIGNED, 0, 0, 0},
    [ASSAY_U8] = {"u8", 8, UNSIGNED, 0, 0, 0},
    [ASSAY_U4] = {"u4", 4, UNSIGNED, 0, 0, 0},
    [ASSAY_U2] = {"u2", 2, UNSIGNED, 0, 0, 0},
    [ASSAY_BOOL] = {"bool", 8, BOOL, 0, 0, 0},
};

/* The code of the element at a position, counted in elements. */
static uint64_t code_at(const unsigned char *memory, const dtype_t *dtype, int64_t position) {
    if (dtype->bits < 8) {
        int64_t bit = position * dtype->bits;
        return (uint64_t)(memory[bit / 8] >> (bit % 8)) & ((1u << dtype->bits) - 1);
    }
    int bytes = dtype->bits / 8;
    uint64_t code = 0;
    for (int i = 0; i < bytes; i++) code |= (uint64_t)memory[position * bytes + i] << (8 * i);
    return code;
}

/* The value of a code of a floating-point type. */
static double decode_float(const dtype_t *dtype, uint64_t code) {
    if (dtype->kind == SCALE) return code > dtype->largest ? NAN : ldexp(1, (int)code - dtype->bias);
    uint64_t top = UINT64_C(1) << (dtype->bits - 1);
    uint64_t magnitude = code & (top - 1);
    double sign = code & top ? -1 : 1;
    if (dtype->kind == NAN_AT_NEGATIVE_ZERO && code == top) return NAN;
    if (magnitude > dtype->largest) {
        return dtype->kind == IEEE && magnitude == dtype->largest + 1 ? sign * (double)INFINITY : NAN;
    }
    int exponent = (int)(magnitude >> dtype->mantissa);
    uint64_t fraction = magnitude & ((UINT64_C(1) << dtype->mantissa) - 1);
    if (exponent > 0) fraction |= UINT64_C(1) << dtype->mantissa;
    return sign * ldexp((double)fraction, (exponent > 0 ? exponent : 1) - dtype->bias - dtype->mantissa);
}

/* The value of a code; low gets what a 64-bit integer exceeds it by, where f64 has no room for it. */
static double decode(const dtype_t *dtype, uint64_t code, double *low) {
    *low = 0;
    if (dtype->kind < SIGNED) return decode_float(dtype, code);
    /* A truth value that is neither 0 nor 1 is none, and comes out as itself. */
    if (dtype->kind != SIGNED || !(code >> (dtype->bits - 1))) {
        double value = (double)code;
        *low = value >= 0x1p64 ? -(double)(UINT64_MAX - code) - 1
               : code >= (uint64_t)value ? (double)(code - (uint64_t)value) : -(double)((uint64_t)value - code);
        return value;
    }
    uint64_t magnitude = (~code & (UINT64_MAX >> (64 - dtype->bits))) + 1;
    double value = (double)magnitude;
    *low = magnitude >= (uint64_t)value ? -(double)(magnitude - (uint64_t)value)
                                        : (double)((uint64_t)value - magnitude);
    return -value;
}

/* The distance of the largest finite number to the next one that would be there. */
static double last_step(const dtype_t *dtype) {
    return decode_float(dtype, dtype->largest) - decode_float(dtype, dtype->largest - 1);
}

/* --- Memory ------------------------------------------------------------------------------------------------------- */

#define ZONE 4096
#define GUARD 0xC5
#define POISON_FLOAT 0xFF
#define POISON_INTEGER 0xA5

static const assay_backend *backend;
static void *device;
static uint64_t alignment;
static int tight;

static void fail(const char *what) {
    const char *why = backend && backend->last_error ? backend->last_error(device) : NULL;
    fprintf(stderr, "%s: %s\n", what, why && *why ? why : "the library does not say why");
    exit(2);
}

static void check(int32_t status, const char *function) {
    char what[64];
    if (status == ASSAY_OK) return;
    snprintf(what, sizeof what, "%s answered %" PRId32, function, status);
    fail(what);
}

static void *host(uint64_t bytes) {
    void *memory = malloc(bytes > 0 ? (size_t)bytes : 1);
    if (!memory) {
        fprintf(stderr, "no memory for %" PRIu64 " bytes\n", bytes);
        exit(2);
    }
    return memory;
}

/* A tensor, or scratch memory, between two guard zones. */
typedef struct {
    void *buffer;
    uint64_t front, bytes, back;
    int owned;
} place_t;

static void put(const place_t *place, uint64_t offset, const void *from, uint64_t bytes) {
    if (bytes == 0) return;
    if (backend->allocate) check(backend->write(device, place->buffer, offset, from, bytes), "write");
    else memcpy((char *)place->buffer + offset, from, (size_t)bytes);
}

static void *get(const place_t *place, uint64_t offset, uint64_t bytes) {
    void *memory = host(bytes);
    if (bytes == 0) return memory;
    if (backend->allocate) check(backend->read(device, place->buffer, offset, memory, bytes), "read");
    else memcpy(memory, (char *)place->buffer + offset, (size_t)bytes);
    return memory;
}

static void fill(const place_t *place, uint64_t offset, int with, uint64_t bytes) {
    void *memory = host(bytes);
    memset(memory, with, (size_t)bytes);
    put(place, offset, memory, bytes);
    free(memory);
}

/* A place that starts at an odd multiple of the alignment, as that of Assay's judge does. */
static place_t allocate(uint64_t bytes, uint64_t step) {
    uint64_t zone = 2 * step > ZONE ? 2 * step : ZONE;
    place_t place = {NULL, tight ? step : zone + step, bytes, tight ? 0 : ZONE, 1};
    uint64_t all = place.front + bytes + place.back;
    if (backend->allocate) check(backend->allocate(device, all, &place.buffer), "allocate");
    else place.buffer = host(all);
    fill(&place, 0, GUARD, place.front);
    fill(&place, place.front + bytes, GUARD, place.back);
    return place;
}

static void release(const place_t *place) {
    if (!place->owned) return;
    if (backend->allocate) backend->free(device, place->buffer);
    else free(place->buffer);
}

/* 1 if a guard zone was written to, which is told. */
static int damaged(const place_t *place, const char *name) {
    int damage = 0;
    unsigned char *zone = get(place, 0, place->front);
    for (uint64_t i = 0; i < place->front && !damage; i++) {
        if (zone[i] != GUARD) {
            printf("%s: wrote %" PRIu64 " bytes before its start\n", name, place->front - i);
            damage = 1;
        }
    }
    free(zone);
    zone = get(place, place->front + place->bytes, place->back);
    for (uint64_t i = 0; i < place->back; i++) {
        if (zone[i] != GUARD) {
            printf("%s: wrote behind its end, first %" PRIu64 " bytes behind its last\n", name, i + 1);
            damage = 1;
            break;
        }
    }
    free(zone);
    return damage;
}

/* All of a file, which has to have so many bytes. */
static void *load(const char *file, uint64_t bytes) {
    void *memory = host(bytes);
    FILE *in = fopen(file, "rb");
    if (!in || fread(memory, 1, (size_t)bytes, in) != bytes || fgetc(in) != EOF) {
        fprintf(stderr, "%s: there is no such file of %" PRIu64 " bytes; run this in its own folder\n", file, bytes);
        exit(2);
    }
    fclose(in);
    return memory;
}

/* --- Comparison --------------------------------------------------------------------------------------------------- */

/* The error in units of the bound: at most 1 is right. */
static double ratio(const dtype_t *dtype, double expected, double expected_low, double bound, double got, double low) {
    int open = signbit(bound) != 0;
    double limit = fabs(bound);
    if (isinf(limit)) return 0;
    if (!isfinite(expected) || !isfinite(got)) {
        if (open && !isfinite(got)) return 0;
        if (isnan(expected)) return isnan(got) ? 0 : (double)INFINITY;
        if (got == expected) return 0;
        int may_overflow = isinf(got) && !signbit(got) == !signbit(expected) && limit > 0 && isfinite(expected) &&
                           fabs(expected) + limit >= decode_float(dtype, dtype->largest) + last_step(dtype);
        return may_overflow ? 0 : (double)INFINITY;
    }
    double error = fabs((got - expected) + (low - expected_low));
    if (error == 0) return 0;
    if (limit == 0) return (double)INFINITY;
    if (error > limit && TOWARD_ZERO && dtype->kind < SIGNED) {
        double largest = decode_float(dtype, dtype->largest);
        if (fabs(got) == largest && !signbit(got) == !signbit(expected) && fabs(expected) + limit >= largest) return 1;
    }
    return error / limit;
}

static void print_value(double value, double low) {
    if (low == 0) {
        printf("%.17g", value);
    } else if (value < 0) {
        printf("-%" PRIu64, (uint64_t)-value - (uint64_t)(int64_t)low);
    } else {
        printf("%" PRIu64, (value < 0x1p64 ? (uint64_t)value : 0) + (uint64_t)(int64_t)low);
    }
}

static void print_index(const assay_tensor *tensor, int64_t number) {
    int64_t at[64];
    for (int32_t axis = tensor->rank - 1; axis >= 0; axis--) {
        at[axis] = number % tensor->shape[axis];
        number /= tensor->shape[axis];
    }
    printf("%s[", tensor->name);
    for (int32_t axis = 0; axis < tensor->rank; axis++) printf(axis > 0 ? ",%" PRId64 : "%" PRId64, at[axis]);
    printf("]");
}

static int64_t position(const assay_tensor *tensor, int64_t number) {
    int64_t position = 0;
    for (int32_t axis = tensor->rank - 1; axis >= 0; axis--) {
        position += number % tensor->shape[axis] * tensor->strides[axis];
        number /= tensor->shape[axis];
    }
    return position;
}

/* How many elements of an output are wrong; the worst is told. A place for a breakpoint: wrong_element(). */
static int64_t wrong_element(int64_t number) { return number; }

static int64_t compare(const assay_tensor *tensor, const expected_t *expected, const unsigned char *memory) {
    int64_t elements = assay_elements(tensor);
    if (!expected->values) {
        printf("%s: %" PRId64 " elements, not compared: %s\n", tensor->name, elements, expected->why_not);
        return 0;
    }
    const dtype_t *dtype = &DTYPES[tensor->dtype];
    uint64_t bytes = (uint64_t)elements * sizeof(double);
    double *values = load(expected->values, bytes);
    double *bounds = load(expected->bounds, bytes);
    double *lows = expected->lows ? load(expected->lows, bytes) : NULL;
    int64_t wrong = 0, free_ones = 0, worst = -1;
    double worst_ratio = -1;
    for (int64_t i = 0; i < elements; i++) {
        double low;
        double got = decode(dtype, code_at(memory, dtype, position(tensor, i)), &low);
        double much = ratio(dtype, values[i], lows ? lows[i] : 0, bounds[i], got, low);
        if (isinf(bounds[i])) free_ones++;
        if (!(much <= 1)) {
            wrong++;
            wrong_element(i);
        }
        if (!(much <= worst_ratio)) {
            worst = i;
            worst_ratio = much;
        }
    }
    printf("%s: %" PRId64 " elements, %" PRId64 " wrong", tensor->name, elements, wrong);
    if (free_ones > 0) printf(", %" PRId64 " may be anything", free_ones);
    if (worst >= 0 && free_ones < elements) {
        double low;
        double got = decode(dtype, code_at(memory, dtype, position(tensor, worst)), &low);
        printf("; worst ");
        print_index(tensor, worst);
        printf(": expected ");
        print_value(values[worst], lows ? lows[worst] : 0);
        printf(", got ");
        print_value(got, low);
        printf(", bound %.6g%s", fabs(bounds[worst]), signbit(bounds[worst]) ? " or not finite" : "");
    }
    printf("\n");
    free(values);
    free(bounds);
    free(lows);
    return wrong;
}

/* --- The run ------------------------------------------------------------------------------------------------------ */

static const assay_backend *loaded(const char *path) {
    void *library = dlopen(path, RTLD_NOW);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        exit(2);
    }
    const assay_backend *(*get_backend)(uint32_t) = NULL;
    void *symbol = dlsym(library, "assay_get_backend");
    memcpy(&get_backend, &symbol, sizeof symbol);
    const assay_backend *table = get_backend ? get_backend(ASSAY_ABI_VERSION) : NULL;
    if (!table || table->abi_version != ASSAY_ABI_VERSION || table->struct_size < sizeof(assay_backend)) {
        fprintf(stderr, "%s: no assay_get_backend() that answers a table of version %d\n", path, ASSAY_ABI_VERSION);
        exit(2);
    }
    return table;
}

static void open_device(int count, char **pairs) {
    const char **keys = host((uint64_t)(count + 1) * sizeof(char *));
    const char **values = host((uint64_t)(count + 1) * sizeof(char *));
    for (int i = 0; i < count; i++) {
        char *equals = strchr(pairs[i], '=');
        if (!equals) {
            fprintf(stderr, "'%s' is not key=value\n", pairs[i]);
            exit(2);
        }
        *equals = 0;
        keys[i] = pairs[i];
        values[i] = equals + 1;
    }
    int32_t status = backend->open(keys, values, (uint32_t)count, &device);
    if (status != ASSAY_OK) device = NULL;
    check(status, "open");
    free(keys);
    free(values);
}

static void tell_contract(void) {
    const char *declared = backend->contract ? backend->contract(device, &CALL) : NULL;
    if (!declared) declared = "";
    if (strcmp(declared, CONTRACT) != 0) {
        printf("note: the library declares the contract '%s', the bounds here are those of '%s'\n", declared, CONTRACT);
    }
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--tight") == 0) {
        tight = 1;
        argc--;
        argv++;
    }
    if (argc < 2) {
        fprintf(stderr, "usage: ./reproduce [--tight] /path/libacme.so [key=value...]\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* so that nothing is lost with a crash */
    backend = loaded(argv[1]);
    open_device(argc - 2, argv + 2);
    assay_device_info info;
    memset(&info, 0, sizeof info);
    if (backend->info) check(backend->info(device, &info), "info");
    alignment = info.alignment;
    check(backend->supports(device, &CALL), "supports");
    tell_contract();

    place_t inputs[INPUTS + 1], outputs[OUTPUTS + 1], workspace;
    void *contents[INPUTS + 1];
    assay_argument input_arguments[INPUTS + 1], output_arguments[OUTPUTS + 1];
    int written_in_place[INPUTS + 1];
    for (uint32_t i = 0; i < CALL.input_count; i++) {
        const assay_tensor *tensor = &CALL.inputs[i];
        uint64_t whole = (uint64_t)(DTYPES[tensor->dtype].bits + 7) / 8;
        inputs[i] = allocate(tensor->bytes, alignment > whole ? alignment : whole);
        contents[i] = load(INPUT_FILES[i], tensor->bytes);
        put(&inputs[i], inputs[i].front, contents[i], tensor->bytes);
        input_arguments[i] = (assay_argument){inputs[i].buffer, inputs[i].front};
        written_in_place[i] = 0;
    }
    for (uint32_t i = 0; i < CALL.output_count; i++) {
        const assay_tensor *tensor = &CALL.outputs[i];
        if (tensor->alias_of >= 0) {
            outputs[i] = inputs[tensor->alias_of];
            outputs[i].owned = 0;
            written_in_place[tensor->alias_of] = 1;
        } else {
            const dtype_t *dtype = &DTYPES[tensor->dtype];
            uint64_t whole = (uint64_t)(dtype->bits + 7) / 8;
            outputs[i] = allocate(tensor->bytes, alignment > whole ? alignment : whole);
            int poison = dtype->kind < SIGNED ? POISON_FLOAT : POISON_INTEGER;
            fill(&outputs[i], outputs[i].front, poison, tensor->bytes);
        }
        output_arguments[i] = (assay_argument){outputs[i].buffer, outputs[i].front};
    }

    void *kernel = NULL;
    uint64_t workspace_bytes = 0;
    check(backend->prepare(device, &CALL, &kernel, &workspace_bytes), "prepare");
    workspace = allocate(workspace_bytes, alignment > 1 ? alignment : 1);
    fill(&workspace, workspace.front, POISON_FLOAT, workspace_bytes);
    assay_argument scratch = {workspace.buffer, workspace.front};
    check(backend->run(device, kernel, input_arguments, output_arguments, workspace_bytes > 0 ? &scratch : NULL), "run");

    int64_t wrong = 0;
    for (uint32_t i = 0; i < CALL.output_count; i++) {
        unsigned char *memory = get(&outputs[i], outputs[i].front, CALL.outputs[i].bytes);
        wrong += compare(&CALL.outputs[i], &EXPECTED[i], memory);
        free(memory);
        if (outputs[i].owned) wrong += damaged(&outputs[i], CALL.outputs[i].name);
    }
    for (uint32_t i = 0; i < CALL.input_count; i++) {
        wrong += damaged(&inputs[i], CALL.inputs[i].name);
        void *memory = get(&inputs[i], inputs[i].front, inputs[i].bytes);
        if (!written_in_place[i] && memcmp(memory, contents[i], (size_t)inputs[i].bytes) != 0) {
            printf("%s: an input, and was written to\n", CALL.inputs[i].name);
            wrong++;
        }
        free(memory);
    }
    wrong += damaged(&workspace, "the workspace");

    backend->release(device, kernel);
    for (uint32_t i = 0; i < CALL.input_count; i++) {
        release(&inputs[i]);
        free(contents[i]);
    }
    for (uint32_t i = 0; i < CALL.output_count; i++) release(&outputs[i]);
    release(&workspace);
    backend->close(device);
    printf("%s\n", wrong == 0 ? "right" : "wrong");
    return wrong == 0 ? 0 : 1;
}
