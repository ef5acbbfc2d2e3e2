package dev.assay.tck.rules;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.Buffer;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.HostBuffer;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.backend.Lifetime;
import dev.assay.backend.Support;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Multiplies f32 matrices rightly, in a workspace of doubles. Wrong backends override one thing.
class RightBackend implements Backend {
    final Lifetime lifetime = new Lifetime();

    @Override
    public DeviceInfo device() {
        return DeviceInfo.named("right");
    }

    @Override
    public ComputeContract contract(Call call) {
        return ComputeContract.strict().deterministic(true).build();
    }

    @Override
    public Support supports(Call call) {
        return refusal(call).isEmpty() ? Support.yes() : Support.no(refusal(call));
    }

    /// Empty text for what is supported.
    static String refusal(Call call) {
        if (!call.operator().equals("matmul") && !call.operator().equals("gemm")) {
            return "no kernel for " + call.operator();
        }
        boolean fits = call.tensors().stream()
                .allMatch(spec -> spec.dtype() == DType.F32 && spec.shape().rank() <= 2);
        return fits ? "" : "f32 matrices only";
    }

    @Override
    public Buffer allocate(long bytes) {
        lifetime.check();
        return HostBuffer.allocate(bytes);
    }

    @Override
    public Kernel prepare(Call call) {
        lifetime.check();
        if (!refusal(call).isEmpty()) {
            throw new UnsupportedCallException(refusal(call));
        }
        return lifetime.guard(new Product(call));
    }

    /// What is done in a run.
    void run(Call call, Arguments arguments) {
        MemorySegment sums = arguments.workspace().orElseThrow().memory();
        clear(sums);
        add(call, tensor(arguments.input("A")), tensor(arguments.input("B")), sums);
        Tensor y = arguments.output("Y").tensor();
        long columns = y.shape().dim(1);
        for (long i = 0; i < y.shape().elements(); i++) {
            double sum = sums.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * i);
            if (hasAddend(call)) {
                sum += tensor(arguments.input("C")).get(i % columns);
            }
            store(y, i, sum);
        }
    }

    boolean hasAddend(Call call) {
        return call.hasInput("C");
    }

    Tensor tensor(Argument argument) {
        return argument.tensor();
    }

    void clear(MemorySegment sums) {
        sums.fill((byte) 0);
    }

    void store(Tensor y, long index, double value) {
        y.set(index, value);
    }

    private static void add(Call call, Tensor a, Tensor b, MemorySegment sums) {
        long rows = call.input("A").shape().dim(0);
        long depth = call.input("A").shape().dim(1);
        long columns = call.input("B").shape().dim(1);
        for (long i = 0; i < rows; i++) {
            for (long j = 0; j < columns; j++) {
                for (long k = 0; k < depth; k++) {
                    long at = 8 * (i * columns + j);
                    double sum = sums.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, at);
                    sums.set(
                            ValueLayout.JAVA_DOUBLE_UNALIGNED, at, sum + a.get(i * depth + k) * b.get(k * columns + j));
                }
            }
        }
    }

    /// A kernel that runs whatever the backend does.
    class Product implements Kernel {
        final Call call;

        Product(Call call) {
            this.call = call;
        }

        @Override
        public long workspaceBytes() {
            return 8
                    * Math.max(
                            1,
                            call.outputs()
                                    .getFirst()
                                    .spec()
                                    .orElseThrow()
                                    .shape()
                                    .elements());
        }

        @Override
        public Launch bind(Arguments arguments) {
            call.inputs().stream()
                    .filter(operand -> operand.spec().isPresent())
                    .forEach(operand -> arguments.input(operand.name()));
            return () -> run(call, arguments);
        }
    }

    @Override
    public void close() {
        lifetime.close();
    }
}
