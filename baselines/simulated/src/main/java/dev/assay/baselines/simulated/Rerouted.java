package dev.assay.baselines.simulated;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.HostBuffer;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.KernelLibrary;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// A kernel for a call of other shapes or types: inputs are copied into its tensors, and outputs out of its.
public final class Rerouted {
    private Rerouted() {}

    /// Copies a tensor into another of another shape or type.
    @FunctionalInterface
    public interface Transfer {
        void copy(Tensor from, Tensor to);
    }

    /// A kernel for a call in which every operand's shape and type are what a function makes of them.
    public static SharedKernel of(
            Call call, Function<Operand, TensorSpec> specs, Transfer in, Transfer out, Arithmetic arithmetic) {
        Call other = new Call(
                call.operator(),
                changed(call.inputs(), specs),
                changed(call.outputs(), specs),
                call.attributes(),
                call.constants());
        SharedKernel kernel = KernelLibrary.plan(other, arithmetic);
        return arguments -> {
            List<HostBuffer> buffers = new ArrayList<>();
            try {
                Map<String, Argument> inputs = allocated(other.inputs(), buffers);
                Map<String, Argument> outputs = allocated(other.outputs(), buffers);
                inputs.forEach((name, to) -> in.copy(arguments.input(name).tensor(), to.tensor()));
                kernel.run(new Arguments(inputs, outputs, arguments.workspace()));
                outputs.forEach((name, from) ->
                        out.copy(from.tensor(), arguments.output(name).tensor()));
            } finally {
                buffers.forEach(HostBuffer::close);
            }
        };
    }

    private static List<Operand> changed(List<Operand> operands, Function<Operand, TensorSpec> specs) {
        return operands.stream()
                .map(operand -> operand.spec().isEmpty()
                        ? operand
                        : new Operand(operand.name(), Optional.of(specs.apply(operand)), Optional.empty()))
                .toList();
    }

    private static Map<String, Argument> allocated(List<Operand> operands, List<HostBuffer> buffers) {
        Map<String, Argument> arguments = new LinkedHashMap<>();
        for (Operand operand : operands) {
            if (operand.spec().isPresent()) {
                HostBuffer buffer = HostBuffer.allocate(operand.spec().get().byteSize());
                buffers.add(buffer);
                arguments.put(
                        operand.name(), new Argument(buffer, 0, operand.spec().get()));
            }
        }
        return arguments;
    }

    /// Every element, in row-major order, as it is.
    public static void codes(Tensor from, Tensor to) {
        for (long i = 0; i < to.shape().elements(); i++) {
            to.setCodeAt(to.position(i), from.codeAt(from.position(i)));
        }
    }
}
