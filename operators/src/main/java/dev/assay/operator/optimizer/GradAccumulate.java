package dev.assay.operator.optimizer;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.FormulaOracle;
import dev.assay.operator.Inputs;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/// A gradient of one part of a batch added to those of the parts before: `main_grad_out = main_grad + scale · grad`.
///
/// - the sum keeps its own type, as a rule wider than the gradient's
/// - source: main_grad of Megatron-LM; InPlaceAccumulator of ONNX Runtime training
public final class GradAccumulate extends NamedOperator {
    public GradAccumulate() {
        super(
                "grad_accumulate",
                "",
                new About(
                        "main_grad_out = main_grad + scale · grad", "Megatron-LM main_grad", About.Errors.ELEMENTWISE),
                new Signature(
                        List.of(
                                Parameter.required("main_grad", "M", Signature.floats(), "any shape"),
                                Parameter.required("grad", "T", Signature.floats(), "like main_grad")),
                        List.of(Parameter.required("main_grad_out", "M", Signature.floats(), "the new sum")
                                .inPlaceOf("main_grad")),
                        List.of(AttributeSpec.real("scale", 1, "of the gradient, such as 1 / parts"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec sum = call.input("main_grad");
        require(
                call.input("grad").shape().equals(sum.shape()),
                "grad is " + call.input("grad") + ", main_grad is " + sum,
                "input grad",
                "give both one shape");
        return List.of(TensorSpec.dense(sum.dtype(), sum.shape()));
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(2.0 * call.input("grad").shape().elements(), call.tensorBytes());
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        TensorSpec sum = call.input("main_grad");
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, Elements.widest(call));
        double scale = call.attributes().real("scale");
        Elements.Formula formula = x -> {
            Approx added = scale == 1 ? x[1] : arithmetic.constant(scale).times(x[1]);
            return x[0].plus(added);
        };
        return new FormulaOracle(List.of(Elements.output(
                sum.shape(),
                sum.dtype(),
                List.of(Optional.of(inputs.get("main_grad")), Optional.of(inputs.get("grad"))),
                arithmetic,
                formula)));
    }
}
