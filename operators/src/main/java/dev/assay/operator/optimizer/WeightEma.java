package dev.assay.operator.optimizer;

import dev.assay.backend.Attribute;
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
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/// Running average of a parameter: `ema_out = decay · ema + (1 - decay) · param`.
///
/// - source: torch.optim.swa_utils.get_ema_multi_avg_fn of PyTorch 2
public final class WeightEma extends NamedOperator {
    public WeightEma() {
        super(
                "weight_ema",
                "",
                new About(
                        "ema_out = decay · ema + (1 - decay) · param",
                        "torch.optim.swa_utils.get_ema_multi_avg_fn",
                        About.Errors.ELEMENTWISE),
                new Signature(
                        List.of(
                                Parameter.required("ema", "S", Signature.floats(), "any shape"),
                                Parameter.required("param", "T", Signature.floats(), "like ema")),
                        List.of(Parameter.required("ema_out", "S", Signature.floats(), "the new average")
                                .inPlaceOf("ema")),
                        List.of(AttributeSpec.real("decay", 0.999, "what stays of the average, in [0, 1]"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec ema = call.input("ema");
        require(
                call.input("param").shape().equals(ema.shape()),
                "param is " + call.input("param") + ", ema is " + ema,
                "input param",
                "give both one shape");
        double decay = call.attributes().real("decay");
        require(decay >= 0 && decay <= 1, "decay is " + decay, "attribute decay", "give a number from 0 to 1");
        return List.of(TensorSpec.dense(ema.dtype(), ema.shape()));
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(3.0 * call.input("ema").shape().elements(), call.tensorBytes());
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        double decay = call.attributes().real("decay");
        // Where the decay of one is what is left of the other's in few bits, the two are not the same.
        return List.of(
                right.attribute("decay", new Attribute.Real(1 - decay))
                        .as("attribute", "the decay is what is left of it"),
                right.input("ema", inputs.get("param"))
                        .input("param", inputs.get("ema"))
                        .as("attribute", "the decay is that of the parameter"));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        TensorSpec ema = call.input("ema");
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, Elements.widest(call));
        Scalars scalars = new Scalars(arithmetic);
        Approx decay = scalars.number(call.attributes().real("decay"));
        return new FormulaOracle(List.of(Elements.output(
                ema.shape(),
                ema.dtype(),
                List.of(Optional.of(inputs.get("ema")), Optional.of(inputs.get("param"))),
                arithmetic,
                x -> scalars.average(decay, x[0], scalars.complement(decay), x[1]))));
    }
}
