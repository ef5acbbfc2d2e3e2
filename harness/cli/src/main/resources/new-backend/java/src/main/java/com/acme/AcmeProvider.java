package com.acme;

import dev.assay.backend.*;
import dev.assay.tensor.*;

public final class AcmeProvider implements BackendProvider {
    @Override
    public String id() {
        return "acme";
    }

    @Override
    public Backend open(BackendOptions options) {
        return new HostBackend(DeviceInfo.named("Acme N1")) {
            @Override
            public Support supports(Call call) {
                return call.operator().equals("matmul") && call.hasOnly(DType.F32, 2)
                        ? Support.yes()
                        : Support.no("of all there is, f32 matrices are multiplied so far");
            }

            @Override
            protected void run(Call call, Arguments arguments) {
                Tensor a = arguments.input("A").tensor();
                Tensor b = arguments.input("B").tensor();
                Tensor y = arguments.output("Y").tensor();
                long depth = a.shape().dim(1);
                long columns = b.shape().dim(1);
                for (long at = 0; at < y.shape().elements(); at++) {
                    float sum = 0;
                    for (long k = 0; k < depth; k++) {
                        sum += (float) (a.get(at / columns * depth + k) * b.get(k * columns + at % columns));
                    }
                    y.set(at, sum);
                }
            }
        };
    }
}
