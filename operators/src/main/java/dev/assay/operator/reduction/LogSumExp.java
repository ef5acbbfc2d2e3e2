package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Logarithm of the sum of exponentials along a dimension, `log(Σ exp(x - max)) + max`, kept in f32 or f64.
///
/// - the normaliser that attention hands on and that losses and log-probabilities are made of; unlike
/// `reduce_log_sum_exp`
///   its result is not narrowed to the type of 16-bit inputs
/// - edge cases as there
/// - source: PyTorch `logsumexp`; the `lse` output of FlashAttention
public final class LogSumExp extends AxisOperator {
    public LogSumExp() {
        super(
                "logsumexp",
                "",
                new About("log(Σ exp(x))", "PyTorch logsumexp", About.Errors.COMPOSITE),
                new Signature(
                        List.of(Parameter.required("X", "T", Signature.floats(), "any shape but a scalar's")),
                        List.of(Parameter.required(
                                "Y", "U", Signature.only(DType.F32, DType.F64), "one element for each line")),
                        List.of(
                                AttributeSpec.integer("axis", -1, "dimension to reduce; negative counts from the end"),
                                AttributeSpec.integer("keepdims", 0, "1: it stays with size 1; 0: it goes"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        requireFlag(call, "keepdims");
        DType type = ComputeContract.wide(call.input("X").dtype());
        return List.of(
                TensorSpec.dense(type, lines(call).reduced(call.attributes().integer("keepdims") != 0)));
    }

    @Override
    protected double flops() {
        return 4;
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        TensorLines lines = lines(call);
        Tensor x = inputs.get("X");
        LineArithmetic arithmetic = new LineArithmetic(contract, x.dtype(), lines.count());
        boolean keep = call.attributes().integer("keepdims") != 0;
        return new LineOracle(lines.length(), List.of(LineOracle.Layout.reduced(lines, keep))) {
            @Override
            protected Line line(long number, Observed device) {
                Estimate result = new Exponentials(lines.read(x, number), arithmetic).logarithm();
                return (output, position, into, to) -> put(result, into, to);
            }
        };
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return Softmax.probes(call);
    }
}
