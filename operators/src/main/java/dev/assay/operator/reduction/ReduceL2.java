package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.Scaling;
import dev.assay.tensor.DType;
import java.util.List;
import java.util.Map;

/// Euclidean norm of each line; 0 of no elements.
///
/// - squares may overflow or underflow: ONNX defines it by its formula
/// - integers: the sum of squares wraps, and the fraction of its root is cut off
/// - source: ONNX ReduceL2-18
public final class ReduceL2 extends Reduction {
    public ReduceL2() {
        super("reduce_l2", "ReduceL2", about("sqrt(Σ x²)", "ONNX ReduceL2-18"), NUMBERS);
    }

    @Override
    protected Estimate real(double[] line, LineArithmetic arithmetic) {
        return arithmetic.sqrt(arithmetic.sumOfSquares(line));
    }

    @Override
    protected boolean staysWhole() {
        return false;
    }

    @Override
    protected Estimate fraction(long[] line, DType type, LineArithmetic arithmetic) {
        return arithmetic.sqrt(Wholes.estimate(Wholes.sumOfSquares(line), type, arithmetic));
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return call.input("data").dtype().isFloat()
                ? List.of(new Scaling(Map.of("data", 2), Map.of("reduced", 2)))
                : List.of();
    }
}
