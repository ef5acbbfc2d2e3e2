package dev.assay.operator.reduction;

import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.tensor.DType;

/// Logarithm of the sum of the exponentials of each line, `log(Σ exp(x - max)) + max`; minus infinity of no elements.
///
/// - a line of minus infinities gives minus infinity, one that holds infinity gives that; kernels that subtract it from
///   itself have NaN, which is accepted
/// - integers: the fraction is cut off
/// - source: ONNX ReduceLogSumExp-18
public final class ReduceLogSumExp extends Reduction {
    public ReduceLogSumExp() {
        super("reduce_log_sum_exp", "ReduceLogSumExp", about("log(Σ exp(x))", "ONNX ReduceLogSumExp-18"), NUMBERS);
    }

    @Override
    protected Estimate real(double[] line, LineArithmetic arithmetic) {
        return new Exponentials(line, arithmetic).logarithm();
    }

    @Override
    protected boolean staysWhole() {
        return false;
    }

    /// In f32, to which the integers themselves are rounded first.
    @Override
    protected Estimate fraction(long[] line, DType type, LineArithmetic arithmetic) {
        double[] values = new double[line.length];
        double largest = 0;
        for (int i = 0; i < line.length; i++) {
            values[i] = type.decode(type.encodeLong(line[i]));
            largest = Math.max(largest, Math.abs(values[i]));
        }
        double unit = arithmetic.working().unitRoundoff();
        double rounded = largest <= 1 / unit ? 0 : 2 * unit * largest;
        return new Exponentials(values, arithmetic).logarithm().withCertain(rounded);
    }
}
