/* Prints sizes, offsets and codes of assay_backend.h, one "name value" per line. */
#include "assay_backend.h"

#include <stdio.h>

#define SIZE(type) printf("%s %zu\n", #type, sizeof(type))
#define OFFSET(type, field) printf("%s.%s %zu\n", #type, #field, offsetof(type, field))
#define CODE(name) printf("%s %d\n", #name, ASSAY_##name)

int main(void) {
    SIZE(assay_tensor);
    OFFSET(assay_tensor, name);
    OFFSET(assay_tensor, dtype);
    OFFSET(assay_tensor, rank);
    OFFSET(assay_tensor, shape);
    OFFSET(assay_tensor, strides);
    OFFSET(assay_tensor, bytes);
    OFFSET(assay_tensor, alias_of);
    SIZE(assay_attribute);
    OFFSET(assay_attribute, name);
    OFFSET(assay_attribute, kind);
    OFFSET(assay_attribute, integer);
    OFFSET(assay_attribute, real);
    OFFSET(assay_attribute, text);
    OFFSET(assay_attribute, integers);
    OFFSET(assay_attribute, reals);
    OFFSET(assay_attribute, count);
    SIZE(assay_constant);
    OFFSET(assay_constant, input);
    OFFSET(assay_constant, values);
    OFFSET(assay_constant, count);
    SIZE(assay_call);
    OFFSET(assay_call, op);
    OFFSET(assay_call, inputs);
    OFFSET(assay_call, outputs);
    OFFSET(assay_call, attributes);
    OFFSET(assay_call, constants);
    OFFSET(assay_call, input_count);
    OFFSET(assay_call, output_count);
    OFFSET(assay_call, attribute_count);
    OFFSET(assay_call, constant_count);
    SIZE(assay_argument);
    OFFSET(assay_argument, buffer);
    OFFSET(assay_argument, offset);
    SIZE(assay_device_info);
    OFFSET(assay_device_info, model);
    OFFSET(assay_device_info, driver);
    OFFSET(assay_device_info, firmware);
    OFFSET(assay_device_info, memory_bytes);
    OFFSET(assay_device_info, bandwidth);
    OFFSET(assay_device_info, peak_flops);
    OFFSET(assay_device_info, alignment);
    SIZE(assay_backend);
    OFFSET(assay_backend, abi_version);
    OFFSET(assay_backend, struct_size);
    OFFSET(assay_backend, name);
    OFFSET(assay_backend, version);
    OFFSET(assay_backend, open);
    OFFSET(assay_backend, close);
    OFFSET(assay_backend, info);
    OFFSET(assay_backend, supports);
    OFFSET(assay_backend, contract);
    OFFSET(assay_backend, allocate);
    OFFSET(assay_backend, free);
    OFFSET(assay_backend, write);
    OFFSET(assay_backend, read);
    OFFSET(assay_backend, prepare);
    OFFSET(assay_backend, release);
    OFFSET(assay_backend, run);
    OFFSET(assay_backend, device_time);
    OFFSET(assay_backend, last_error);
    CODE(F64);
    CODE(F32);
    CODE(F16);
    CODE(BF16);
    CODE(F8E4M3);
    CODE(F8E4M3FNUZ);
    CODE(F8E5M2);
    CODE(F8E5M2FNUZ);
    CODE(F4E2M1);
    CODE(E8M0);
    CODE(I64);
    CODE(I32);
    CODE(I16);
    CODE(I8);
    CODE(I4);
    CODE(I2);
    CODE(U64);
    CODE(U32);
    CODE(U16);
    CODE(U8);
    CODE(U4);
    CODE(U2);
    CODE(BOOL);
    return 0;
}
