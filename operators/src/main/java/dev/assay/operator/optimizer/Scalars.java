package dev.assay.operator.optimizer;

import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.tensor.DType;

/// The numbers that steer a step, as a kernel may hold them, and the averages that they make.
///
/// A kernel may work `1 - beta` out from a beta that it was given in its working type, or be given the difference: of
/// 0.999 in f32 these are 1.3e-5 apart. The bounds take the less exact way.
record Scalars(WorkingArithmetic arithmetic) {
    /// A number of the call, kept in the working type.
    Approx number(double value) {
        return arithmetic.constant(value);
    }

    /// An attribute of ONNX, which is an f32: whoever wrote 0.95 may have worked with 0.95 or with the f32 next to it.
    Approx single(double value) {
        float stored = (float) value;
        double written = Double.parseDouble(Float.toString(stored));
        double apart = Math.max(Math.abs(stored - value), Math.abs(written - value));
        return apart == 0
                ? number(value)
                : arithmetic.within(value, 0, apart + number(value).error());
    }

    /// `1 - x`.
    Approx complement(Approx x) {
        return number(1).minus(x);
    }

    /// `1 - beta^step`, by which an average that began at 0 is divided.
    Approx correction(Approx beta, long step) {
        return complement(beta.monotonic(b -> Math.pow(b, (double) step)));
    }

    /// `rate · old + weight · fresh`, or `old + weight · (fresh - old)` where the two add up to 1. Of an infinity the
    /// second way makes NaN, so it is open then.
    Approx average(Approx rate, Approx old, Approx weight, Approx fresh) {
        if (Double.isInfinite(old.value()) || Double.isInfinite(fresh.value())) {
            return arithmetic.anything();
        }
        Approx sum = rate.times(old).plus(weight.times(fresh));
        return sum.orOverflowing(old.plus(weight.times(fresh.minus(old))));
    }

    /// A new state as what follows may read it: the number itself, or what is left of it in memory.
    Approx kept(Approx state, DType type) {
        if (type.precision() >= arithmetic.type().precision()) {
            return state;
        }
        double largest = Math.abs(state.value()) + state.error();
        if (largest > type.maxFinite() || state.mayOverflow()) {
            return arithmetic.anything();
        }
        return arithmetic.within(state.value(), state.low(), state.error() + type.ulp(largest) / 2);
    }
}
