package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.Scaling;
import dev.assay.tensor.DType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/// Sum of each line; 0 of no elements.
///
/// - integers wrap
/// - source: ONNX ReduceSum-13
public final class ReduceSum extends Reduction {
    public ReduceSum() {
        super("reduce_sum", "ReduceSum", about("Σ x; integers wrap", "ONNX ReduceSum-13"), NUMBERS);
    }

    @Override
    protected Estimate real(double[] line, LineArithmetic arithmetic) {
        return arithmetic.sum(line);
    }

    @Override
    protected long whole(long[] line, DType type) {
        return LongStream.of(line).sum();
    }

    @Override
    public Optional<String> orderData(Call call) {
        return call.input("data").dtype().isFloat() ? Optional.of("annulling") : Optional.empty();
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return call.input("data").dtype().isFloat()
                ? List.of(new Scaling(Map.of("data", 2), Map.of("reduced", 2)))
                : List.of();
    }
}
