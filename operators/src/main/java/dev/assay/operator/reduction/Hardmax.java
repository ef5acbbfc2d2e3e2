package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.About;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// 1 for the first of the largest elements along a dimension, 0 for all others.
///
/// - nothing is said of a line that holds NaN
/// - source: ONNX Hardmax-13
public final class Hardmax extends AxisOperator {
    public Hardmax() {
        super(
                "hardmax",
                "Hardmax",
                new About("1 for the first of the largest x, 0 for the others", "ONNX Hardmax-13", About.Errors.EXACT),
                Softmax.likeInput());
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        axis(call);
        return List.of(TensorSpec.dense(call.input(data()).dtype(), shape(call)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        TensorLines lines = lines(call);
        Tensor input = inputs.get("input");
        return new LineOracle(lines.length(), List.of(LineOracle.Layout.whole(lines))) {
            @Override
            protected Line line(long number, Observed device) {
                double[] values = lines.read(input, number);
                int best = 0;
                boolean open = false;
                for (int i = 0; i < values.length; i++) {
                    open |= Double.isNaN(values[i]);
                    best = values[i] > values[best] ? i : best;
                }
                int chosen = best;
                boolean unsaid = open;
                return (output, i, into, to) -> {
                    into.values()[to] = i == chosen ? 1 : 0;
                    if (unsaid) {
                        into.mark(to, ExpectedBlock.ANY);
                    }
                };
            }
        };
    }
}
