package dev.assay.operator.loss;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.Inputs;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Cross entropy as training stacks have it: `lse - (1 - s) x[t] - s mean(x) + z lse²`, `t` the label,
/// `lse` the logarithm of the sum of the exponentials, `s` the label smoothing.
///
/// - `logits` are `[tokens, vocabulary]`; the loss is f32, and f64 of f64 logits
/// - without smoothing the mean of the logits is not taken, so that minus infinity may stand for classes
///   that are masked
/// - source: torch.nn.functional.cross_entropy, PyTorch 2.9; `z_loss` of PaLM (Chowdhery et al. 2022,
///   section 5)
public final class CrossEntropy extends Loss {
    public CrossEntropy() {
        super(
                "cross_entropy",
                "",
                about(
                        "loss = lse - (1 - s) x[t] - s mean(x) + z lse², s the label smoothing",
                        "torch.nn.functional.cross_entropy, PyTorch 2.9; z-loss of PaLM (2022), section 5"),
                new Signature(
                        List.of(
                                Parameter.required("logits", "T", Signature.floats(), "[tokens, vocabulary]"),
                                labels(LABELS)),
                        List.of(Parameter.required(
                                "loss",
                                "U",
                                Signature.only(DType.F32, DType.F64),
                                "like the labels, or a scalar if reduced; f64 of f64, otherwise f32")),
                        trainingAttributes()));
    }

    static List<AttributeSpec> trainingAttributes() {
        return List.of(
                AttributeSpec.integer("ignore_index", -100, "label of rows that do not count"),
                reduction(),
                AttributeSpec.real("label_smoothing", 0, "what all classes share of the label's weight, 0 to 1"),
                AttributeSpec.real("z_loss", 0, "factor of the squared logarithm of the sum of exponentials"));
    }

    static DType lossType(DType logits) {
        return logits == DType.F64 ? DType.F64 : DType.F32;
    }

    @Override
    String scores() {
        return "logits";
    }

    @Override
    String weights() {
        return "";
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Reduced how = check(call);
        checkTraining(call);
        return List.of(TensorSpec.dense(lossType(call.input("logits").dtype()), reduced(shape(call), how)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor logits = inputs.get("logits");
        Shape shape = shape(call);
        TensorLines lines = TensorLines.along(shape, 1);
        LineArithmetic arithmetic = new LineArithmetic(contract, logits.dtype(), shape.dim(0));
        Labels labels = labelsOf(call, inputs);
        Reduced how = Reduced.of(call);
        double smoothing = call.attributes().real("label_smoothing");
        double z = call.attributes().real("z_loss");
        return new LossOracle(
                reduced(shape, how),
                how,
                labels,
                arithmetic,
                (row, label) -> new SmoothedRow(lines.read(logits, row), smoothing, z, arithmetic).loss(label));
    }
}
