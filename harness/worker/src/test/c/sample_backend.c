/*
 * A backend in plain loops: matmul, rms_normalization and attention on dense f32 tensors in host memory.
 *
 *     cc -std=c11 -O2 -shared -fPIC -I ../../main/c sample_backend.c -o libsample.so -lm
 *
 * Compiled with -DDEVICE_MEMORY, it behaves like a device with memory of its own: buffers are handles.
 */
#include "assay_backend.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
    char error[256];
    uint64_t last_nanoseconds;
} device_t;

typedef struct {
    int kind; /* index into OPERATORS */
    int64_t batch, rows, depth, columns;                          /* matmul */
    int64_t width;                                                /* rms_normalization, with rows */
    float epsilon;                                                /* rms_normalization */
    int64_t heads, kv_heads, queries, keys, head_size, value_size; /* attention, with batch */
    float scale;                                                  /* attention */
    int causal;                                                   /* attention */
} kernel_t;

static const char *const OPERATORS[] = {"matmul", "rms_normalization", "attention"};
static char open_error[256];

static int32_t refuse(device_t *device, const char *why) {
    snprintf(device->error, sizeof device->error, "%s", why);
    return ASSAY_UNSUPPORTED;
}

static int64_t integer_attribute(const assay_call *call, const char *name, int64_t absent) {
    const assay_attribute *attribute = assay_find_attribute(call, name);
    return attribute && attribute->kind == ASSAY_INT ? attribute->integer : absent;
}

/* Fills kernel, or refuses. Both supports() and prepare() ask here, so that they agree. */
static int32_t plan(device_t *device, const assay_call *call, kernel_t *kernel) {
    kernel->kind = -1;
    for (int i = 0; i < 3; i++) {
        if (strcmp(call->op, OPERATORS[i]) == 0) kernel->kind = i;
    }
    if (kernel->kind < 0) return refuse(device, "only matmul, rms_normalization and attention are there");
    for (uint32_t i = 0; i < call->input_count; i++) {
        if (call->inputs[i].dtype != ASSAY_F32) return refuse(device, "only f32 is there");
        if (!assay_is_dense(&call->inputs[i])) return refuse(device, "only dense tensors are there");
    }
    if (call->output_count != 1) return refuse(device, "only the first output is there");
    const assay_tensor *first = &call->inputs[0];
    if (kernel->kind == 0) {
        const assay_tensor *b = &call->inputs[1];
        if (first->rank < 2 || b->rank < 2) return refuse(device, "vectors are not multiplied");
        kernel->rows = first->shape[first->rank - 2];
        kernel->depth = first->shape[first->rank - 1];
        kernel->columns = b->shape[b->rank - 1];
        kernel->batch = 1;
        if (first->rank != b->rank) return refuse(device, "batches are not broadcast");
        for (int32_t i = 0; i < first->rank - 2; i++) {
            if (first->shape[i] != b->shape[i]) return refuse(device, "batches are not broadcast");
            kernel->batch *= first->shape[i];
        }
        return ASSAY_OK;
    }
    if (kernel->kind == 1) {
        int64_t axis = integer_attribute(call, "axis", -1);
        const assay_attribute *epsilon = assay_find_attribute(call, "epsilon");
        if (integer_attribute(call, "stash_type", 1) != 1) return refuse(device, "only arithmetic in f32 is there");
        if (axis != -1 && axis != first->rank - 1) return refuse(device, "only the last dimension is normalised");
        kernel->width = first->shape[first->rank - 1];
        if (call->inputs[1].rank != 1 || call->inputs[1].shape[0] != kernel->width) {
            return refuse(device, "the scale is not broadcast");
        }
        kernel->rows = kernel->width == 0 ? 0 : assay_elements(first) / kernel->width;
        kernel->epsilon = epsilon ? (float)epsilon->real : 1e-5f;
        return ASSAY_OK;
    }
    if (call->input_count != 3 || first->rank != 4) {
        return refuse(device, "only 4-dimensional queries, keys and values are there");
    }
    const assay_attribute *softcap = assay_find_attribute(call, "softcap");
    const assay_attribute *scale = assay_find_attribute(call, "scale");
    if (softcap && softcap->real != 0) return refuse(device, "scores are not capped");
    kernel->batch = first->shape[0];
    kernel->heads = first->shape[1];
    kernel->queries = first->shape[2];
    kernel->head_size = first->shape[3];
    kernel->kv_heads = call->inputs[1].shape[1];
    kernel->keys = call->inputs[1].shape[2];
    kernel->value_size = call->inputs[2].shape[3];
    if (kernel->keys == 0) return refuse(device, "without keys nothing is defined");
    kernel->scale = scale ? (float)scale->real : (float)(1 / sqrt((double)kernel->head_size));
    kernel->causal = integer_attribute(call, "is_causal", 0) != 0;
    return ASSAY_OK;
}

static void matmul(const kernel_t *k, const float *a, const float *b, float *y) {
    for (int64_t batch = 0; batch < k->batch; batch++) {
        for (int64_t i = 0; i < k->rows; i++) {
            for (int64_t j = 0; j < k->columns; j++) {
                float sum = 0;
                for (int64_t p = 0; p < k->depth; p++) sum += a[i * k->depth + p] * b[p * k->columns + j];
                y[i * k->columns + j] = sum;
            }
        }
        a += k->rows * k->depth;
        b += k->depth * k->columns;
        y += k->rows * k->columns;
    }
}

static void rms_normalization(const kernel_t *k, const float *x, const float *scale, float *y) {
    for (int64_t i = 0; i < k->rows; i++, x += k->width, y += k->width) {
        float squares = 0;
        for (int64_t j = 0; j < k->width; j++) squares += x[j] * x[j];
        float root = sqrtf(squares / (float)k->width + k->epsilon);
        for (int64_t j = 0; j < k->width; j++) y[j] = x[j] / root * scale[j];
    }
}

static void attention_row(const kernel_t *k, const float *q, const float *keys, const float *values, int64_t seen,
                          float *scores, float *y) {
    float largest = -INFINITY;
    for (int64_t t = 0; t < seen; t++) {
        float score = 0;
        for (int64_t d = 0; d < k->head_size; d++) score += q[d] * keys[t * k->head_size + d];
        scores[t] = score * k->scale;
        if (scores[t] > largest || isnan(scores[t])) largest = scores[t];
    }
    float sum = 0;
    for (int64_t t = 0; t < seen; t++) {
        scores[t] = expf(scores[t] - largest);
        sum += scores[t];
    }
    for (int64_t e = 0; e < k->value_size; e++) {
        float mean = 0;
        for (int64_t t = 0; t < seen; t++) mean += scores[t] * values[t * k->value_size + e];
        y[e] = mean / sum;
    }
}

static void attention(const kernel_t *k, const float *q, const float *keys, const float *values, float *scores,
                      float *y) {
    for (int64_t row = 0; row < k->batch * k->heads * k->queries; row++) {
        int64_t query = row % k->queries;
        int64_t head = row / k->queries % k->heads;
        int64_t batch = row / k->queries / k->heads;
        int64_t shared = batch * k->kv_heads + head / (k->heads / k->kv_heads);
        int64_t seen = k->causal && query + 1 < k->keys ? query + 1 : k->keys;
        attention_row(k, q + row * k->head_size, keys + shared * k->keys * k->head_size,
                      values + shared * k->keys * k->value_size, seen, scores, y + row * k->value_size);
    }
}

static int32_t open_device(const char *const *keys, const char *const *values, uint32_t count, void **device) {
    (void)values;
    if (count > 0) {
        snprintf(open_error, sizeof open_error, "no option '%s'; there are none", keys[0]);
        return ASSAY_FAILED;
    }
    *device = calloc(1, sizeof(device_t));
    return *device ? ASSAY_OK : ASSAY_OUT_OF_MEMORY;
}

static void close_device(void *device) { free(device); }

static int32_t info(void *device, assay_device_info *into) {
    (void)device;
    into->model = "plain loops";
    into->driver = "sample 1.0";
    return ASSAY_OK;
}

static int32_t supports(void *device, const assay_call *call) {
    kernel_t kernel;
    return plan(device, call, &kernel);
}

static int32_t prepare(void *device, const assay_call *call, void **into, uint64_t *workspace_bytes) {
    kernel_t *kernel = calloc(1, sizeof *kernel);
    if (!kernel) return ASSAY_OUT_OF_MEMORY;
    int32_t status = plan(device, call, kernel);
    if (status != ASSAY_OK) {
        free(kernel);
        return status;
    }
    if (kernel->kind == 2) *workspace_bytes = (uint64_t)kernel->keys * sizeof(float);
    *into = kernel;
    return ASSAY_OK;
}

static void release(void *device, void *kernel) {
    (void)device;
    free(kernel);
}

#ifdef DEVICE_MEMORY
typedef struct {
    unsigned char *bytes;
} buffer_t;

static int32_t allocate(void *device, uint64_t bytes, void **into) {
    (void)device;
    buffer_t *buffer = malloc(sizeof *buffer);
    if (buffer) buffer->bytes = malloc(bytes);
    if (!buffer || !buffer->bytes) {
        free(buffer);
        return ASSAY_OUT_OF_MEMORY;
    }
    *into = buffer;
    return ASSAY_OK;
}

static void free_buffer(void *device, void *buffer) {
    (void)device;
    free(((buffer_t *)buffer)->bytes);
    free(buffer);
}

static int32_t write_buffer(void *device, void *buffer, uint64_t offset, const void *from, uint64_t bytes) {
    (void)device;
    memcpy(((buffer_t *)buffer)->bytes + offset, from, bytes);
    return ASSAY_OK;
}

static int32_t read_buffer(void *device, void *buffer, uint64_t offset, void *to, uint64_t bytes) {
    (void)device;
    memcpy(to, ((buffer_t *)buffer)->bytes + offset, bytes);
    return ASSAY_OK;
}

static void *address(const assay_argument *argument) {
    return ((buffer_t *)argument->buffer)->bytes + argument->offset;
}
#else
static void *address(const assay_argument *argument) { return assay_address(argument); }
#endif

static int32_t run(void *device, void *kernel, const assay_argument *inputs, const assay_argument *outputs,
                   const assay_argument *workspace) {
    const kernel_t *k = kernel;
    struct timespec start, end;
    timespec_get(&start, TIME_UTC);
    if (k->kind == 0) matmul(k, address(&inputs[0]), address(&inputs[1]), address(&outputs[0]));
    if (k->kind == 1) rms_normalization(k, address(&inputs[0]), address(&inputs[1]), address(&outputs[0]));
    if (k->kind == 2) {
        attention(k, address(&inputs[0]), address(&inputs[1]), address(&inputs[2]), address(workspace),
                  address(&outputs[0]));
    }
    timespec_get(&end, TIME_UTC);
    ((device_t *)device)->last_nanoseconds =
        (uint64_t)((end.tv_sec - start.tv_sec) * 1000000000LL + (end.tv_nsec - start.tv_nsec));
    return ASSAY_OK;
}

static int32_t device_time(void *device, uint64_t *nanoseconds) {
    *nanoseconds = ((device_t *)device)->last_nanoseconds;
    return ASSAY_OK;
}

static const char *last_error(void *device) { return device ? ((device_t *)device)->error : open_error; }

static const assay_backend BACKEND = {
    .abi_version = ASSAY_ABI_VERSION,
    .struct_size = sizeof(assay_backend),
    .name = "sample",
    .version = "1.0",
    .open = open_device,
    .close = close_device,
    .info = info,
    .supports = supports,
#ifdef DEVICE_MEMORY
    .allocate = allocate,
    .free = free_buffer,
    .write = write_buffer,
    .read = read_buffer,
    .device_time = device_time,
#endif
    .prepare = prepare,
    .release = release,
    .run = run,
    .last_error = last_error,
};

ASSAY_EXPORT const assay_backend *assay_get_backend(uint32_t host_abi_version) {
    (void)device_time;
    return host_abi_version == ASSAY_ABI_VERSION ? &BACKEND : NULL;
}
