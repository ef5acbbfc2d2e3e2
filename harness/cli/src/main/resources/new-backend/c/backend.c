/* Backend acme: what it runs, and how. assay_backend.h says of every function when it is called. */
#include "assay_backend.h"

#include <stdlib.h>

typedef struct {
    int64_t rows, depth, columns;
} product;

static const char *reason = "";

static int32_t say(int32_t status, const char *why) {
    reason = why;
    return status;
}

static const char *last_error(void *device) { return reason; }

static int32_t open_device(const char *const *keys, const char *const *values, uint32_t count, void **device) {
    static int only;
    *device = &only; /* here: the handle of your runtime */
    return count == 0 ? ASSAY_OK : say(ASSAY_FAILED, "acme has no options");
}

static void close_device(void *device) {}

static int32_t info(void *device, assay_device_info *into) {
    into->model = "Acme N1";
    return ASSAY_OK;
}

static int32_t supports(void *device, const assay_call *call) {
    if (strcmp(call->op, "matmul") != 0) return say(ASSAY_UNSUPPORTED, "of all operators, matmul is there so far");
    for (int i = 0; i < 2; i++) {
        const assay_tensor *input = &call->inputs[i];
        if (input->dtype != ASSAY_F32 || input->rank != 2 || !assay_is_dense(input)) {
            return say(ASSAY_UNSUPPORTED, "of all there is, dense f32 matrices are multiplied so far");
        }
    }
    return ASSAY_OK;
}

static int32_t prepare(void *device, const assay_call *call, void **kernel, uint64_t *workspace_bytes) {
    if (supports(device, call) != ASSAY_OK) return ASSAY_UNSUPPORTED;
    product *made = malloc(sizeof *made);
    if (!made) return say(ASSAY_OUT_OF_MEMORY, "no memory for a kernel");
    *made = (product){call->inputs[0].shape[0], call->inputs[0].shape[1], call->inputs[1].shape[1]};
    *kernel = made;
    return ASSAY_OK;
}

static void release(void *device, void *kernel) { free(kernel); }

static int32_t run(void *device, void *kernel, const assay_argument *inputs, const assay_argument *outputs,
                   const assay_argument *workspace) {
    const product *p = kernel;
    const float *a = assay_address(&inputs[0]), *b = assay_address(&inputs[1]);
    float *y = assay_address(&outputs[0]);
    for (int64_t i = 0; i < p->rows; i++) {
        for (int64_t j = 0; j < p->columns; j++) {
            float sum = 0;
            for (int64_t k = 0; k < p->depth; k++) sum += a[i * p->depth + k] * b[k * p->columns + j];
            y[i * p->columns + j] = sum;
        }
    }
    return ASSAY_OK;
}

const assay_backend *assay_get_backend(uint32_t host_abi_version) {
    static const assay_backend backend = {
        ASSAY_ABI_VERSION, sizeof backend, "acme", "0.1.0", .open = open_device, .close = close_device, .info = info,
        .supports = supports, .prepare = prepare, .release = release, .run = run, .last_error = last_error,
    };
    return host_abi_version == ASSAY_ABI_VERSION ? &backend : NULL;
}
