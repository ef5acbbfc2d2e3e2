package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.tensor.Fill;

/// Running product along a dimension.
///
/// - source: ONNX CumProd-26
public final class CumProd extends Cumulative {
    public CumProd() {
        super("cumprod", "CumProd", "y[i] = Π x[j], j <= i; integers wrap", "ONNX CumProd-26");
    }

    @Override
    Estimate[] real(double[] line, LineArithmetic arithmetic) {
        ReduceProd.RunningProduct product = new ReduceProd.RunningProduct(arithmetic);
        Estimate[] all = new Estimate[line.length];
        for (int i = 0; i < line.length; i++) {
            product.multiply(line[i]);
            all[i] = product.estimate();
        }
        return all;
    }

    @Override
    long next(long before, long value) {
        return before * value;
    }

    @Override
    long nothing() {
        return 1;
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return ReduceProd.aroundOne(super.fill(call, input, dataSet));
    }
}
