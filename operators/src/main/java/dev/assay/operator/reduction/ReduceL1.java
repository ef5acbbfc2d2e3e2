package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.Scaling;
import dev.assay.tensor.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Sum of the magnitudes of each line; 0 of no elements.
///
/// - integers wrap
/// - source: ONNX ReduceL1-18
public final class ReduceL1 extends Reduction {
    public ReduceL1() {
        super("reduce_l1", "ReduceL1", about("Σ |x|; integers wrap", "ONNX ReduceL1-18"), NUMBERS);
    }

    @Override
    protected Estimate real(double[] line, LineArithmetic arithmetic) {
        return arithmetic.sum(Arrays.stream(line).map(Math::abs).toArray());
    }

    @Override
    protected long whole(long[] line, DType type) {
        long sum = 0;
        for (long value : line) {
            sum += type.kind() == DType.Kind.SIGNED ? Math.abs(value) : value;
        }
        return sum;
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return call.input("data").dtype().isFloat()
                ? List.of(new Scaling(Map.of("data", 2), Map.of("reduced", 2)))
                : List.of();
    }
}
