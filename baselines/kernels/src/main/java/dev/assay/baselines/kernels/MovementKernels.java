package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Map;
import java.util.stream.IntStream;

/// Operators that move data: copies of codes, run by run.
final class MovementKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of("transpose", (call, arithmetic) -> transpose(call));

    private MovementKernels() {}

    /// Walks over the input and scatters, where the reference walks over the output and gathers.
    private static SharedKernel transpose(Call call) {
        Shape from = call.input("data").shape();
        int rank = from.rank();
        int[] perm = call.attributes().has("perm")
                ? call.attributes().integers("perm").stream()
                        .mapToInt(Math::toIntExact)
                        .toArray()
                : IntStream.range(0, rank).map(i -> rank - 1 - i).toArray();
        long[] steps = new long[rank];
        long step = 1;
        for (int i = rank - 1; i >= 0; i--) {
            steps[perm[i]] = step;
            step *= from.dim(perm[i]);
        }
        return arguments -> {
            Tensor data = arguments.input("data").tensor();
            Tensor out = arguments.output("transposed").tensor();
            for (long number = 0; number < from.elements(); number++) {
                long rest = number;
                long to = 0;
                for (int axis = rank - 1; axis >= 0; axis--) {
                    to += rest % from.dim(axis) * steps[axis];
                    rest /= from.dim(axis);
                }
                out.setCodeAt(to, data.codeAt(data.position(number)));
            }
        };
    }
}
