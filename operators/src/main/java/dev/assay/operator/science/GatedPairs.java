package dev.assay.operator.science;

import dev.assay.backend.ComputeContract;
import dev.assay.numerics.InputRoundings;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.RuleConstants;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/// One channel of an operand that a gate and a mask multiply before it is summed: `mask · sigmoid(gate) ·
/// x`.
///
/// With u the roundoff of the working type, the sigmoid `1 / (1 + exp(-g))` errs relatively by `(1 - s) ·
/// 2u f_exp` for the exponential and `2u f_div` for the division, which may have one sign everywhere, and
/// by the rounding of its sum; each product rounds once more. By way of the hyperbolic tangent, `(1 +
/// tanh(g/2)) / 2`, it errs absolutely by
/// `u (1 + f_tanh)`.
final class GatedPairs {
    private final double[] values;
    private final double[] certain;
    private final double[] deviations;

    private GatedPairs(double[] values) {
        this.values = values;
        this.certain = new double[values.length];
        this.deviations = new double[values.length];
    }

    /// @param channel of the last dimension of `x` and `gate`
    static GatedPairs of(
            ComputeContract contract, Tensor x, Optional<Tensor> gate, Optional<Tensor> mask, long channel) {
        long channels = x.shape().dim(-1);
        int pairs = Math.toIntExact(x.shape().elements() / channels);
        GatedPairs made = new GatedPairs(new double[pairs]);
        DType type = new WorkingArithmetic(contract, x.dtype()).type();
        double unit = type.unitRoundoff();
        double tiny = contract.flushesOutputs() ? type.minNormal() : type.minSubnormal();
        // A device that rounds its operands rounds what it has of a gated one, which may lie across a tie.
        double seen = InputRoundings.changes(contract, x.dtype())
                ? Math.scalb(2.0, -contract.inputs().precision())
                : 0;
        for (int n = 0; n < pairs; n++) {
            double value = x.get(n * channels + channel);
            double variance = 0;
            double systematic = 0;
            double absolute = 0;
            if (gate.isPresent()) {
                double s = 1 / (1 + Math.exp(-gate.get().get(n * channels + channel)));
                variance += 2;
                systematic += (1 - s) * 2 * contract.expUlps() + 2 * contract.divideUlps();
                absolute += Math.abs(value) * (1 + contract.tanhUlps()) * unit + tiny;
                value *= s;
                // Of f64 inputs the reference has no more digits than they.
                systematic += x.dtype() == DType.F64 ? 4 : 0;
            }
            if (mask.isPresent()) {
                double m = mask.get().get(n);
                variance += m == 0 || m == 1 ? 0 : 1;
                systematic += m == 0 || m == 1 || x.dtype() != DType.F64 ? 0 : 1;
                absolute *= Math.abs(m);
                value *= m;
            }
            made.values[n] = value;
            if (Double.isFinite(value) && variance > 0) {
                double size = Math.abs(value);
                made.certain[n] = Math.max(systematic * unit * size, absolute) + tiny;
                made.deviations[n] = size * Math.hypot(RuleConstants.roundingRms() * unit * Math.sqrt(variance), seen);
            }
        }
        return made;
    }

    Matrix values(int stride) {
        return Matrix.of(values, 0, stride);
    }

    Matrix sizes(int stride) {
        return Matrix.of(
                Arrays.stream(values)
                        .map(v -> Double.isFinite(v) ? Math.abs(v) : 0)
                        .toArray(),
                0,
                stride);
    }

    Matrix squares(int stride) {
        return Matrix.of(
                Arrays.stream(values).map(v -> Double.isFinite(v) ? v * v : 0).toArray(), 0, stride);
    }

    Matrix certain(int stride) {
        return Matrix.of(certain, 0, stride);
    }

    Matrix variances(int stride) {
        return Matrix.of(Arrays.stream(deviations).map(d -> d * d).toArray(), 0, stride);
    }
}
