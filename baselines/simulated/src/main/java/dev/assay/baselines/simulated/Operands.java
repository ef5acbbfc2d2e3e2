package dev.assay.baselines.simulated;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.HostBuffer;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.Map;

/// Kernels that read other operands than they are given, or spoil their results. The operands themselves stay as they
/// are, and nothing is written but results.
public final class Operands {
    private Operands() {}

    /// Changes a tensor in place.
    @FunctionalInterface
    public interface Change {
        /// Changes it.
        ///
        /// @param tensor the copy that is read, or the result
        /// @param given all operands, unchanged, and results
        void apply(Tensor tensor, Arguments given);
    }

    /// A kernel that reads a changed copy of an input, which is dense; the same where the input is left out.
    public static SharedKernel reading(SharedKernel plain, String input, Change change) {
        return arguments -> {
            if (!arguments.inputs().containsKey(input)) {
                plain.run(arguments);
                return;
            }
            Tensor original = arguments.input(input).tensor();
            TensorSpec spec = TensorSpec.dense(original.dtype(), original.shape());
            try (HostBuffer memory = HostBuffer.allocate(spec.byteSize())) {
                Argument copy = new Argument(memory, 0, spec);
                Tensor changed = copy.tensor();
                for (long i = 0; i < spec.shape().elements(); i++) {
                    changed.setCodeAt(i, original.codeAt(original.position(i)));
                }
                change.apply(changed, arguments);
                Map<String, Argument> inputs = new LinkedHashMap<>(arguments.inputs());
                inputs.put(input, copy);
                plain.run(new Arguments(inputs, arguments.outputs(), arguments.workspace()));
            }
        };
    }

    /// A kernel that changes an output after it was computed; the same where the output is not asked for.
    public static SharedKernel spoiling(SharedKernel plain, String output, Change change) {
        return arguments -> {
            plain.run(arguments);
            if (arguments.outputs().containsKey(output)) {
                change.apply(arguments.output(output).tensor(), arguments);
            }
        };
    }

    /// The same for a change that comes before the result is rounded: a narrow floating-point output is computed in
    /// f32,
    /// changed and rounded once.
    public static SharedKernel spoilingUnrounded(SharedKernel plain, String output, Change change) {
        return arguments -> {
            boolean narrow = arguments.outputs().containsKey(output)
                    && arguments.output(output).tensor().dtype().isFloat()
                    && arguments.output(output).tensor().dtype().precision() < DType.F32.precision();
            if (!narrow) {
                spoiling(plain, output, change).run(arguments);
                return;
            }
            Tensor result = arguments.output(output).tensor();
            TensorSpec spec = TensorSpec.dense(DType.F32, result.shape());
            try (HostBuffer memory = HostBuffer.allocate(spec.byteSize())) {
                Argument wide = new Argument(memory, 0, spec);
                Map<String, Argument> outputs = new LinkedHashMap<>(arguments.outputs());
                outputs.put(output, wide);
                Arguments given = new Arguments(arguments.inputs(), outputs, arguments.workspace());
                plain.run(given);
                change.apply(wide.tensor(), given);
                for (long i = 0; i < spec.shape().elements(); i++) {
                    result.set(i, wide.tensor().get(i));
                }
            }
        };
    }
}
