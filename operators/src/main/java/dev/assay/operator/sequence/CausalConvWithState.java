package dev.assay.operator.sequence;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.FormulaOracle;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/// Depthwise causal convolution that carries a state: `output[b,c,t] = act(Σ_j weight[c,j] · padded[b,c,t+j] +
/// bias[c])`
/// with `padded` the state (or zeros) before the input.
///
/// - inputs: `input [b,c,l]`, `weight [c,1,k]`, `bias [c]`, `past_state [b,c,k-1]`
/// - outputs: `output` like the input; `present_state [b,c,k-1]`, the last k - 1 columns of `padded`, also where the
///   input is shorter than that
/// - error: that of a sum of k products in any order, carried through the activation
/// - source: ONNX CausalConvWithState-27
public final class CausalConvWithState implements Operator {
    @Override
    public String name() {
        return "causal_conv_with_state";
    }

    @Override
    public Optional<String> onnxType() {
        return Optional.of("CausalConvWithState");
    }

    @Override
    public About about() {
        return new About(
                "output = act(Σ weight_j · padded_{t+j} + bias), a state in front",
                "ONNX CausalConvWithState-27",
                About.Errors.REDUCTION);
    }

    @Override
    public Signature signature() {
        return new Signature(
                List.of(
                        Parameter.required("input", "T", Signature.floats(), "[b,c,l]"),
                        Parameter.required("weight", "T", Signature.floats(), "[c,1,k]"),
                        Parameter.optional("bias", "T", Signature.floats(), "[c]"),
                        Parameter.optional("past_state", "T", Signature.floats(), "what came before [b,c,k-1]")),
                List.of(
                        Parameter.required("output", "T", Signature.floats(), "like input"),
                        Parameter.optional("present_state", "T", Signature.floats(), "the last columns [b,c,k-1]")),
                List.of(new AttributeSpec(
                        "activation",
                        Attribute.Text.class,
                        Optional.of(new Attribute.Text("none")),
                        "none, silu or swish")));
    }

    private static InvalidCallException invalid(String what, String fix) {
        return new InvalidCallException(what, "causal_conv_with_state", fix);
    }

    private static Shape state(Call call) {
        Shape x = call.input("input").shape();
        Shape w = call.input("weight").shape();
        if (x.rank() != 3 || w.rank() != 3 || w.dim(0) != x.dim(1) || w.dim(1) != 1 || w.dim(2) < 1) {
            throw invalid("input " + x + ", weight " + w, "give them the shapes [b,c,l] and [c,1,k]");
        }
        if (call.hasInput("bias") && !call.input("bias").shape().equals(Shape.of(x.dim(1)))) {
            throw invalid("bias " + call.input("bias").shape(), "give it the shape [" + x.dim(1) + "]");
        }
        Shape state = Shape.of(x.dim(0), x.dim(1), w.dim(2) - 1);
        if (call.hasInput("past_state") && !call.input("past_state").shape().equals(state)) {
            throw invalid("past_state " + call.input("past_state").shape(), "give it the shape " + state);
        }
        return state;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Taps.isSilu(call.attributes().text("activation"), name());
        TensorSpec x = call.input("input");
        return List.of(TensorSpec.dense(x.dtype(), x.shape()), TensorSpec.dense(x.dtype(), state(call)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor x = inputs.get("input");
        Tensor weight = inputs.get("weight");
        Shape state = state(call);
        int k = Math.toIntExact(weight.shape().dim(2));
        long channels = x.shape().dim(1);
        long length = x.shape().dim(2);
        boolean silu = Taps.isSilu(call.attributes().text("activation"), name());
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, x.dtype());
        // Column 0 of the padded sequence is the oldest of the state.
        Padded padded = (row, column) -> column >= k - 1
                ? x.get(row * length + column - (k - 1))
                : inputs.has("past_state") ? inputs.get("past_state").get(row * (k - 1) + column) : 0;
        FormulaOracle.Formula output = at -> {
            Taps taps = new Taps();
            for (int j = 0; j < k; j++) {
                taps.add(weight.get(at[1] * k + j), padded.at(at[0] * channels + at[1], at[2] + j));
            }
            if (inputs.has("bias")) {
                taps.add(inputs.get("bias").get(at[1]), 1);
            }
            return taps.result(arithmetic, silu);
        };
        FormulaOracle.Formula present = at -> arithmetic.of(padded.at(at[0] * channels + at[1], length + at[2]));
        return new FormulaOracle(List.of(
                new FormulaOracle.Output(x.shape(), x.dtype(), output),
                new FormulaOracle.Output(state, x.dtype(), present)));
    }

    private interface Padded {
        double at(long row, long column);
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(
                2.0
                        * call.input("input").shape().elements()
                        * call.input("weight").shape().dim(2),
                call.tensorBytes());
    }
}
