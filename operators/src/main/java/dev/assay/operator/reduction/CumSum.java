package dev.assay.operator.reduction;

import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;

/// Running sum along a dimension.
///
/// - source: ONNX CumSum-14
public final class CumSum extends Cumulative {
    public CumSum() {
        super("cumsum", "CumSum", "y[i] = Σ x[j], j <= i; integers wrap", "ONNX CumSum-14");
    }

    @Override
    Estimate[] real(double[] line, LineArithmetic arithmetic) {
        return arithmetic.runningSums(line);
    }

    @Override
    long next(long before, long value) {
        return before + value;
    }

    @Override
    long nothing() {
        return 0;
    }
}
