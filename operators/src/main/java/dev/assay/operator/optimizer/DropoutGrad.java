package dev.assay.operator.optimizer;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.FormulaOracle;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/// Gradient of `dropout` with the mask that it drew: `dX = mask · dY / (1 - ratio)`.
///
/// - what is not finite and left out may become 0 or NaN
/// - `ratio` outside of [0, 1) leaves all open
/// - source: DropoutGrad of ONNX Runtime training; torch.ops.aten.native_dropout_backward with `scale = 1 / (1 -
/// ratio)`
public final class DropoutGrad extends NamedOperator {
    public DropoutGrad() {
        super(
                "dropout_grad",
                "",
                new About(
                        "dX = mask · dY / (1 - ratio)", "ONNX Runtime training DropoutGrad", About.Errors.ELEMENTWISE),
                new Signature(
                        List.of(
                                Parameter.required("dY", "T", Signature.floats(), "any shape"),
                                Parameter.required(
                                        "mask", "T2", Signature.only(DType.BOOL), "like dY: 1 for what stayed"),
                                Parameter.optional(
                                        "ratio", "T1", Signature.floats(), "scalar in [0, 1), 0.5 if left out")),
                        List.of(Parameter.required("dX", "T", Signature.floats(), "like dY")),
                        List.of()));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec spec = call.input("dY");
        require(
                call.input("mask").shape().equals(spec.shape()),
                "mask is " + call.input("mask") + ", dY is " + spec,
                "input mask",
                "give both one shape");
        require(
                !call.hasInput("ratio") || call.input("ratio").shape().rank() == 0,
                "ratio is no scalar",
                "input ratio",
                "give it the shape []");
        return List.of(TensorSpec.dense(spec.dtype(), spec.shape()));
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(2.0 * call.input("dY").shape().elements(), call.tensorBytes());
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return switch (input) {
            case "mask" -> Fills.of("integers", 0, 1);
            case "ratio" -> TensorStep.scalar(dataSet, 0.1);
            default -> super.fill(call, input, dataSet);
        };
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        TensorSpec mask = call.input("mask");
        return List.of(
                right.input("mask", DType.BOOL, mask.shape(), n -> 1).as("mask", "what was left out counts too"),
                right.input(
                                "mask",
                                DType.BOOL,
                                mask.shape(),
                                n -> 1 - inputs.get("mask").get(n))
                        .as("mask", "what stayed is left out, and the other way round"));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        TensorSpec spec = call.input("dY");
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, Elements.widest(call));
        double ratio = call.hasInput("ratio") ? inputs.get("ratio").get(0) : Dropout.USUAL_RATIO;
        boolean known = ratio >= 0 && ratio < 1;
        Elements.Formula formula = x -> {
            Approx dy = x[0];
            if (!known || (x[1].value() == 0 && !Double.isFinite(dy.value()))) {
                return arithmetic.anything();
            }
            return x[1].value() == 0 ? arithmetic.of(0) : Dropout.scaled(arithmetic, dy, arithmetic.of(ratio));
        };
        return new FormulaOracle(List.of(Elements.output(
                spec.shape(),
                spec.dtype(),
                List.of(Optional.of(inputs.get("dY")), Optional.of(inputs.get("mask"))),
                arithmetic,
                formula)));
    }
}
