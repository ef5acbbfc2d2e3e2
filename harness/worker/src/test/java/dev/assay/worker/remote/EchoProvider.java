package dev.assay.worker.remote;

import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOption;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.HostBackend;
import dev.assay.backend.Support;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// A Java backend for tests: `identity` copies, the other operators misbehave.
public final class EchoProvider implements BackendProvider {
    @Override
    public String id() {
        return "echo";
    }

    @Override
    public List<BackendOption> options() {
        return List.of(BackendOption.text("model", "name of the device", "Echo"));
    }

    @Override
    public Backend open(BackendOptions options) {
        if (options.get("model", "").equals("none")) {
            throw new IllegalStateException("no device");
        }
        return new HostBackend(new DeviceInfo(
                options.get("model", "Echo"), "d", "f", 1L << 40, Map.of(DType.F32, 1e12), Double.NaN, 16)) {
            @Override
            public Support supports(Call call) {
                return call.operator().equals("refused") ? Support.no("not \"this\" one") : Support.yes();
            }

            @Override
            public ComputeContract contract(Call call) {
                return ComputeContract.strict().expUlps(3.5).build();
            }

            @Override
            protected void run(Call call, Arguments arguments) {
                switch (call.operator()) {
                    case "identity" -> {
                        Tensor x = arguments.input("X").tensor();
                        Tensor y = arguments.output("Y").tensor();
                        for (long i = 0; i < x.shape().elements(); i++) {
                            y.set(i, x.get(i));
                        }
                    }
                    case "throws" -> throw new IllegalStateException("on purpose");
                    case "memory" -> throw new OutOfMemoryError("no more");
                    case "halt" -> Runtime.getRuntime().halt(3);
                    default -> throw new AssertionError(call);
                }
            }
        };
    }
}
