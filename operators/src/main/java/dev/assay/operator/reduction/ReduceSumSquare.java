package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.Scaling;
import dev.assay.tensor.DType;
import java.util.List;
import java.util.Map;

/// Sum of the squares of each line; 0 of no elements.
///
/// - integers wrap
/// - source: ONNX ReduceSumSquare-18
public final class ReduceSumSquare extends Reduction {
    public ReduceSumSquare() {
        super("reduce_sum_square", "ReduceSumSquare", about("Σ x²; integers wrap", "ONNX ReduceSumSquare-18"), NUMBERS);
    }

    @Override
    protected Estimate real(double[] line, LineArithmetic arithmetic) {
        return arithmetic.sumOfSquares(line);
    }

    @Override
    protected long whole(long[] line, DType type) {
        return Wholes.sumOfSquares(line);
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return call.input("data").dtype().isFloat()
                ? List.of(new Scaling(Map.of("data", 2), Map.of("reduced", 4)))
                : List.of();
    }
}
