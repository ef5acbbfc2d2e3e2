package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import java.util.stream.LongStream;

/// Logarithm of the sum of each line; minus infinity of no elements, NaN where the sum is negative.
///
/// - integers: the sum wraps, and the fraction of its logarithm is cut off; nothing is said of a sum that is not
///   positive
/// - source: ONNX ReduceLogSum-18
public final class ReduceLogSum extends Reduction {
    public ReduceLogSum() {
        super("reduce_log_sum", "ReduceLogSum", about("log(Σ x)", "ONNX ReduceLogSum-18"), NUMBERS);
    }

    @Override
    protected Estimate real(double[] line, LineArithmetic arithmetic) {
        return arithmetic.log(arithmetic.sum(line));
    }

    @Override
    protected boolean staysWhole() {
        return false;
    }

    @Override
    protected Estimate fraction(long[] line, DType type, LineArithmetic arithmetic) {
        return arithmetic.log(Wholes.estimate(LongStream.of(line).sum(), type, arithmetic));
    }

    /// Positive numbers, except where a data set's point is in the values themselves.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return switch (Fills.nameOf(dataSet)) {
            case "normal", "uniform", "large-mean", "outliers" -> Fills.of("uniform", 0.25, 4);
            case "lognormal", "cancelling", "annulling" -> Fills.of("stagnating");
            default -> super.fill(call, input, dataSet);
        };
    }
}
