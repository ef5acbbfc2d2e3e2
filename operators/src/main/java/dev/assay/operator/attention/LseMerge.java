package dev.assay.operator.attention;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.FormulaOracle;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Misreading;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Puts the results of attention over two parts of the keys together:
/// `out = Σ exp(lse_i - m) out_i / Σ exp(lse_i - m)`, `lse = m + log Σ exp(lse_i - m)`, m the larger logarithm.
///
/// - inputs: `out_a`, `out_b` `[tokens,h,e]`, `lse_a`, `lse_b` `[h,tokens]` in f32
/// - a part without keys has the logarithm minus infinity and counts for nothing, whatever its result holds; where both
///   have none, nothing is said
/// - error: running bounds of the few steps
/// - source: vLLM 0.10, merge_attn_states
public final class LseMerge implements Operator {
    @Override
    public String name() {
        return "lse_merge";
    }

    @Override
    public About about() {
        return new About(
                "out = Σ exp(lse_i - m) out_i / Σ exp(lse_i - m)",
                "vLLM 0.10, merge_attn_states",
                About.Errors.ELEMENTWISE);
    }

    @Override
    public Signature signature() {
        return new Signature(
                List.of(
                        Parameter.required("out_a", "T", Signature.floats(), "[tokens,h,e]"),
                        Parameter.required("lse_a", "L", Batch.F32, "[h,tokens]"),
                        Parameter.required("out_b", "T", Signature.floats(), "[tokens,h,e]"),
                        Parameter.required("lse_b", "L", Batch.F32, "[h,tokens]")),
                List.of(
                        Parameter.required("out", "T", Signature.floats(), "[tokens,h,e]"),
                        Parameter.optional("lse", "L", Batch.F32, "[h,tokens]")),
                List.of());
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape out = call.input("out_a").shape();
        if (out.rank() != 3 || !call.input("out_b").shape().equals(out)) {
            throw new InvalidCallException(
                    "out_a " + out + ", out_b " + call.input("out_b").shape(),
                    name(),
                    "give both the shape [tokens,h,e]");
        }
        Shape lse = Shape.of(out.dim(1), out.dim(0));
        for (String input : List.of("lse_a", "lse_b")) {
            if (!call.input(input).shape().equals(lse)) {
                throw new InvalidCallException(
                        input + " " + call.input(input).shape(), name(), "give it the shape " + lse);
            }
        }
        return List.of(TensorSpec.dense(call.input("out_a").dtype(), out), TensorSpec.dense(DType.F32, lse));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Shape out = call.input("out_a").shape();
        WorkingArithmetic arithmetic =
                new WorkingArithmetic(contract, call.input("out_a").dtype());
        Tensor a = inputs.get("out_a");
        Tensor b = inputs.get("out_b");
        Logarithms logarithms = (head, token) -> {
            long at = head * out.dim(0) + token;
            return new double[] {
                inputs.get("lse_a").get(at), inputs.get("lse_b").get(at)
            };
        };
        FormulaOracle.Formula merged = at -> {
            double[] lse = logarithms.at(at[1], at[0]);
            long number = (at[0] * out.dim(1) + at[1]) * out.dim(2) + at[2];
            Approx[] weights = weights(arithmetic, lse);
            Approx sum = weights[0].plus(weights[1]);
            // A kernel divides the weights, or their sum at the end.
            return share(arithmetic, weights[0], sum, a.get(number))
                    .plus(share(arithmetic, weights[1], sum, b.get(number)));
        };
        FormulaOracle.Formula joined = at -> {
            double[] lse = logarithms.at(at[0], at[1]);
            Approx[] weights = weights(arithmetic, lse);
            Approx larger = arithmetic.of(Math.max(lse[0], lse[1]));
            return weights[0].plus(weights[1]).monotonic(Math::log).plus(larger);
        };
        FormulaOracle formulas = new FormulaOracle(List.of(
                new FormulaOracle.Output(out, a.dtype(), merged),
                new FormulaOracle.Output(Shape.of(out.dim(1), out.dim(0)), DType.F32, joined)));
        return new Open(formulas, logarithms, a, b);
    }

    private interface Logarithms {
        double[] at(long head, long token);
    }

    private static Approx[] weights(WorkingArithmetic arithmetic, double[] lse) {
        double larger = Math.max(lse[0], lse[1]);
        Approx[] weights = new Approx[2];
        for (int i = 0; i < 2; i++) {
            weights[i] = lse[i] == Double.NEGATIVE_INFINITY
                    ? arithmetic.of(0)
                    : arithmetic.of(lse[i]).minus(arithmetic.of(larger)).exp();
        }
        return weights;
    }

    private static Approx share(WorkingArithmetic arithmetic, Approx weight, Approx sum, double value) {
        return weight.value() == 0 && weight.error() == 0
                ? arithmetic.of(0)
                : arithmetic.of(value).times(weight.dividedBy(sum));
    }

    /// The formulas, and where nothing is said.
    private record Open(FormulaOracle formulas, Logarithms logarithms, Tensor a, Tensor b) implements Oracle {
        @Override
        public Shape shape(int output) {
            return formulas.shape(output);
        }

        /// What a token gets from a head shares its weights.
        @Override
        public long cluster(int output) {
            return output == 0 ? Math.max(1, shape(0).dim(2)) : 1;
        }

        @Override
        public void expect(int output, Region region, Observed device, ExpectedBlock into) {
            formulas.expect(output, region, device, into);
            for (int i = 0; i < region.elements(); i++) {
                long[] at = region.coordinates(i);
                double[] lse = output == 0 ? logarithms.at(at[1], at[0]) : logarithms.at(at[0], at[1]);
                boolean nothing = lse[0] == Double.NEGATIVE_INFINITY && lse[1] == Double.NEGATIVE_INFINITY;
                if (nothing) {
                    into.values()[i] = output == 0 ? 0 : Double.NEGATIVE_INFINITY;
                    into.mark(i, output == 0 ? ExpectedBlock.ANY : ExpectedBlock.OR_NOT_FINITE);
                } else if (output == 0) {
                    long number = region.number(shape(0), i);
                    boolean multiplied = !Double.isFinite(a.get(number)) || !Double.isFinite(b.get(number));
                    if (multiplied) {
                        into.mark(i, ExpectedBlock.OR_NOT_FINITE);
                    }
                }
            }
        }
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(3.0 * call.input("out_a").shape().elements(), call.tensorBytes());
    }

    /// Logarithms of sums of exponentials are moderate numbers, whatever the data set.
    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        return List.of(
                right.input("lse_b", right.input("lse_a"))
                        .as("operand-ignored", "both parts have the weight of the first"),
                right.input("lse_a", right.input("lse_b"))
                        .as("operand-ignored", "both parts have the weight of the second"));
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return input.startsWith("lse") && !Fills.nameOf(dataSet).equals("specials")
                ? Fills.of("normal", 4, 2)
                : Operator.super.fill(call, input, dataSet);
    }
}
