/*
 * A backend that misbehaves on purpose: matmul on dense f32 tensors, right but for what the option `how` says. With
 * `rows`, it misbehaves only where A has so many rows.
 *
 *     cc -std=c11 -O2 -shared -fPIC -I ../../main/c wrong_backend.c -o libwrong.so
 *
 * Compiled with -DABI=2 or -DNO_SYMBOL it cannot be loaded.
 */
#include "assay_backend.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef ABI
#define ABI ASSAY_ABI_VERSION
#endif

static char how[64] = "not-at-all";
static long wrong_rows = -1;
static char error[256];

typedef struct {
    int64_t rows, depth, columns;
} kernel_t;

static int is(const char *what, int64_t rows) {
    return strcmp(how, what) == 0 && (wrong_rows < 0 || wrong_rows == rows);
}

static int32_t fail(int32_t status, const char *why) {
    snprintf(error, sizeof error, "%s", why);
    return status;
}

static int32_t open_device(const char *const *keys, const char *const *values, uint32_t count, void **device) {
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(keys[i], "how") == 0) snprintf(how, sizeof how, "%s", values[i]);
        else if (strcmp(keys[i], "rows") == 0) wrong_rows = atol(values[i]);
        else return fail(ASSAY_FAILED, "the options are how and rows");
    }
    if (is("does-not-open", -1)) return fail(ASSAY_FAILED, "no device 0");
    *device = &error;
    return ASSAY_OK;
}

static void close_device(void *device) { (void)device; }

static int32_t supports(void *device, const assay_call *call) {
    (void)device;
    if (strcmp(call->op, "matmul") != 0) return fail(ASSAY_UNSUPPORTED, "only matmul is there");
    for (uint32_t i = 0; i < call->input_count; i++) {
        const assay_tensor *tensor = &call->inputs[i];
        if (tensor->dtype != ASSAY_F32 || tensor->rank != 2 || !assay_is_dense(tensor)) {
            return fail(ASSAY_UNSUPPORTED, "only dense f32 matrices are there");
        }
    }
    if (is("refuses-silently", call->inputs[0].shape[0])) return fail(ASSAY_UNSUPPORTED, "");
    return ASSAY_OK;
}

static const char *contract(void *device, const assay_call *call) {
    (void)device;
    return is("contract-is-nonsense", call->inputs[0].shape[0]) ? "accumulator=f17" : NULL;
}

static int32_t prepare(void *device, const assay_call *call, void **into, uint64_t *workspace_bytes) {
    (void)workspace_bytes;
    int32_t status = supports(device, call);
    if (status != ASSAY_OK) return status;
    kernel_t *kernel = malloc(sizeof *kernel);
    kernel->rows = call->inputs[0].shape[0];
    kernel->depth = call->inputs[0].shape[1];
    kernel->columns = call->inputs[1].shape[1];
    if (is("prepare-refuses", kernel->rows)) {
        free(kernel);
        return fail(ASSAY_UNSUPPORTED, "changed its mind");
    }
    *into = kernel;
    return ASSAY_OK;
}

static void release(void *device, void *kernel) {
    (void)device;
    free(kernel);
}

static int32_t run(void *device, void *kernel, const assay_argument *inputs, const assay_argument *outputs,
                   const assay_argument *workspace) {
    (void)device;
    (void)workspace;
    const kernel_t *k = kernel;
    const float *a = assay_address(&inputs[0]);
    const float *b = assay_address(&inputs[1]);
    float *y = assay_address(&outputs[0]);
    if (is("mixed", -1)) { /* crashes on 5 %, hangs on 1 %, leaks always */
        char *leaked = malloc(4 << 20);
        memset(leaked, 1, 4 << 20);
        if (k->rows % 20 == 0) abort();
        while (k->rows % 100 == 7) sleep(1);
    }
    if (is("segfault", k->rows)) *(volatile int *)(uintptr_t)how[0] = 1;
    if (is("abort", k->rows)) {
        fprintf(stderr, "acme: assertion failed: tiles > 0\n");
        abort();
    }
    if (is("exit", k->rows)) exit(17);
    while (is("hang", k->rows)) sleep(1);
    if (is("out-of-memory", k->rows)) return fail(ASSAY_OUT_OF_MEMORY, "the device has no 4 TiB");
    if (is("fails", k->rows)) return fail(ASSAY_FAILED, "stream 0 is in a sticky error state");
    if (is("wrong-status", k->rows)) return 42;
    if (is("no-launch", k->rows)) return ASSAY_OK;
    if (is("overrun-of-its-own", k->rows)) {
        volatile char *own = malloc(8);
        own[8 + (k->rows > 100)] = 1;
        free((void *)own);
    }
    if (is("leak", k->rows)) {
        char *leaked = malloc(64 << 20);
        memset(leaked, 1, 64 << 20);
    }
    for (int64_t i = 0; i < k->rows; i++) {
        for (int64_t j = 0; j < k->columns; j++) {
            float sum = 0;
            for (int64_t p = 0; p < k->depth; p++) sum += a[i * k->depth + p] * b[p * k->columns + j];
            y[i * k->columns + j] = sum;
        }
    }
    if (is("past-end", k->rows)) y[k->rows * k->columns] = 1;
    if (is("nan", k->rows)) y[0] = NAN;
    if (is("changes-input", k->rows)) ((float *)a)[0] += 1;
    return ASSAY_OK;
}

/* With -DDEVICE_MEMORY: memory of its own, which no process but this one can see. */
static int32_t allocate(void *device, uint64_t bytes, void **into) {
    (void)device;
    *into = malloc(bytes);
    return *into ? ASSAY_OK : ASSAY_OUT_OF_MEMORY;
}

static void free_buffer(void *device, void *buffer) {
    (void)device;
    free(buffer);
}

static int32_t write_buffer(void *device, void *buffer, uint64_t offset, const void *from, uint64_t bytes) {
    (void)device;
    memcpy((char *)buffer + offset, from, bytes);
    return ASSAY_OK;
}

static int32_t read_buffer(void *device, void *buffer, uint64_t offset, void *to, uint64_t bytes) {
    (void)device;
    memcpy(to, (char *)buffer + offset, bytes);
    return ASSAY_OK;
}

static int32_t device_time(void *device, uint64_t *nanoseconds) {
    (void)device;
    *nanoseconds = is("impossible-time", -1) ? 1000000000000ull : 1;
    return ASSAY_OK;
}

static const char *last_error(void *device) {
    (void)device;
    return error;
}

static const assay_backend BACKEND = {
    .abi_version = ABI,
    .struct_size = sizeof(assay_backend),
#ifdef NAME
    .name = NAME,
#else
    .name = "wrong",
#endif
    .version = "0.1",
    .open = open_device,
    .close = close_device,
    .supports = supports,
    .contract = contract,
    .prepare = prepare,
    .release = release,
#ifndef NO_RUN
    .run = run,
#endif
#ifdef DEVICE_MEMORY
    .allocate = allocate,
    .free = free_buffer,
    .write = write_buffer,
    .read = read_buffer,
#endif
#ifdef DEVICE_TIME
    .device_time = device_time,
#endif
    .last_error = last_error,
};

#ifdef NO_SYMBOL
#define assay_get_backend acme_get_backend
#endif
ASSAY_EXPORT const assay_backend *assay_get_backend(uint32_t host_abi_version) {
    (void)host_abi_version;
    (void)device_time;
    (void)run;
    (void)allocate;
    (void)free_buffer;
    (void)write_buffer;
    (void)read_buffer;
    return &BACKEND;
}
