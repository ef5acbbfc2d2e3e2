package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Logarithm of the softmax along a dimension: `(x - max) - log(Σ exp(x - max))`.
///
/// - minus infinity gives minus infinity; a line that holds NaN or infinity, or minus infinities alone,
///   gives NaN
/// - `x - (max + log Σ)` is as legitimate, and rounds the logarithm where it may be large
/// - source: ONNX LogSoftmax-13
public final class LogSoftmax extends AxisOperator {
    public LogSoftmax() {
        super(
                "log_softmax",
                "LogSoftmax",
                new About("(x - max) - log(Σ exp(x - max))", "ONNX LogSoftmax-13", About.Errors.COMPOSITE),
                Softmax.likeInput());
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        axis(call);
        return List.of(TensorSpec.dense(call.input(data()).dtype(), shape(call)));
    }

    @Override
    protected double flops() {
        return 5;
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        TensorLines lines = lines(call);
        Tensor input = inputs.get("input");
        LineArithmetic arithmetic =
                new LineArithmetic(contract, input.dtype(), shape(call).elements());
        return new LineOracle(lines.length(), List.of(LineOracle.Layout.whole(lines))) {
            @Override
            protected Line line(long number, Observed device) {
                Exponentials e = new Exponentials(lines.read(input, number), arithmetic);
                return (output, i, into, to) -> put(e.logProbability(i), into, to);
            }
        };
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return Softmax.probes(call);
    }
}
