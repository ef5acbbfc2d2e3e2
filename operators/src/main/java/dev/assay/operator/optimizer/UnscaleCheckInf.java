package dev.assay.operator.optimizer;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.FormulaOracle;
import dev.assay.operator.Inputs;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Gradients of a scaled loss brought back to their size, and whether any of them overflowed.
///
/// ```
/// grads_out = grads · inv_scale
/// found_inf_out = 1 if an element of any gradient is not finite, else found_inf
/// ```
///
/// - what is looked at are the gradients before they are multiplied
/// - source: torch._amp_foreach_non_finite_check_and_unscale_ of PyTorch 2
public final class UnscaleCheckInf extends NamedOperator {
    private static final Set<DType> F32 = Signature.only(DType.F32);

    public UnscaleCheckInf() {
        super(
                "unscale_check_inf",
                "",
                new About(
                        "grads_out = grads · inv_scale, found_inf_out = 1 if any gradient is not finite",
                        "torch._amp_foreach_non_finite_check_and_unscale_",
                        About.Errors.ELEMENTWISE),
                new Signature(
                        List.of(
                                Parameter.required("found_inf", "I", F32, "scalar, 1 if one was found before"),
                                Parameter.required("inv_scale", "S", F32, "scalar, what the loss was divided by"),
                                Parameter.variadic("grads", "T", Signature.floats(), "of any shapes")),
                        List.of(
                                Parameter.required("found_inf_out", "I", F32, "scalar")
                                        .inPlaceOf("found_inf"),
                                Parameter.variadic("grads_out", "T", Signature.floats(), "like grads")),
                        List.of()));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        for (String scalar : List.of("found_inf", "inv_scale")) {
            require(
                    call.input(scalar).shape().rank() == 0,
                    scalar + " is " + call.input(scalar),
                    "input " + scalar,
                    "give it the shape []");
        }
        List<TensorSpec> specs = new ArrayList<>();
        specs.add(TensorSpec.of(DType.F32));
        call.members("grads").forEach(grad -> specs.add(TensorSpec.dense(grad.dtype(), grad.shape())));
        return specs;
    }

    @Override
    public Cost cost(Call call) {
        double elements = 0;
        for (TensorSpec grad : call.members("grads")) {
            elements += grad.shape().elements();
        }
        return new Cost(2 * elements, call.tensorBytes());
    }

    /// The scale of a loss is a power of two as a rule; another one shows roundings.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return switch (input) {
            case "found_inf" -> Fills.of("values", 0);
            case "inv_scale" -> TensorStep.scalar(dataSet, Math.scalb(1.1, -16));
            default -> super.fill(call, input, dataSet);
        };
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        List<Tensor> grads = new ArrayList<>();
        for (int n = 0; n < call.members("grads").size(); n++) {
            grads.add(inputs.get(Call.member("grads", n)));
        }
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, Elements.widest(call));
        double scale = inputs.get("inv_scale").get(0);
        boolean finite = grads.stream().allMatch(Tensor::isFinite);
        double found = finite ? inputs.get("found_inf").get(0) : 1;
        List<FormulaOracle.Output> outputs = new ArrayList<>();
        outputs.add(new FormulaOracle.Output(Shape.of(), DType.F32, coordinates -> arithmetic.of(found)));
        for (Tensor grad : grads) {
            outputs.add(Elements.output(
                    grad.shape(),
                    grad.dtype(),
                    List.of(Optional.of(grad)),
                    arithmetic,
                    x -> x[0].times(arithmetic.of(scale))));
        }
        return new FormulaOracle(outputs);
    }
}
