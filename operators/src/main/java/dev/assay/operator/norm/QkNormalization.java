package dev.assay.operator.norm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.Scaling;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Queries and keys of attention, each head normalised by its root mean square.
///
/// - inputs: `q` `[tokens, heads, head_size]`, `k` `[tokens, kv_heads, head_size]`, and a weight for each, common to
/// all
///   heads
/// - edge cases as of `rms_normalization`
/// - source: Qwen3 and Gemma 3, `q_norm` and `k_norm`
public final class QkNormalization extends NormOperator {
    public QkNormalization() {
        super(
                "qk_normalization",
                "",
                "x / sqrt(mean(x²) + epsilon) · scale of each head of q and of k",
                "Qwen3 q_norm and k_norm",
                new Signature(
                        List.of(
                                Parameter.required("q", "T", Signature.floats(), "[tokens, heads, head_size]"),
                                Parameter.required("k", "T", Signature.floats(), "[tokens, kv_heads, head_size]"),
                                Parameter.required("q_scale", "T", Signature.floats(), "weight, [head_size]"),
                                Parameter.required("k_scale", "T", Signature.floats(), "weight, [head_size]")),
                        List.of(
                                Parameter.required("q_normalized", "T", Signature.floats(), "like q"),
                                Parameter.required("k_normalized", "T", Signature.floats(), "like k")),
                        List.of(AttributeSpec.real("epsilon", 1e-6, "added to the mean square"))));
    }

    @Override
    int firstAxis(Call call) {
        return 2;
    }

    @Override
    Set<String> weights() {
        return Set.of("q_scale", "k_scale");
    }

    /// The mean of the squares, and not the variance, is what epsilon is added to.
    @Override
    String nearEpsilon() {
        return "normal(0,0.003)";
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape q = call.input("q").shape();
        Shape k = call.input("k").shape();
        if (q.rank() != 3 || k.rank() != 3 || q.dim(0) != k.dim(0) || q.dim(2) != k.dim(2)) {
            throw invalid(
                    "q is " + q + " and k is " + k,
                    "inputs q and k",
                    "give both [tokens, heads, head_size], alike in tokens and head_size");
        }
        for (String scale : List.of("q_scale", "k_scale")) {
            if (!call.input(scale).shape().equals(Shape.of(q.dim(2)))) {
                throw invalid(
                        scale + " is " + call.input(scale).shape() + ", a head has " + q.dim(2),
                        "input " + scale,
                        "give it the shape " + Shape.of(q.dim(2)));
            }
        }
        epsilon(call);
        return List.of(
                TensorSpec.dense(call.input("q").dtype(), q),
                TensorSpec.dense(call.input("k").dtype(), k));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        double epsilon = call.attributes().real("epsilon");
        List<LineOracle> both = List.of(
                heads(inputs.get("q"), inputs.get("q_scale"), epsilon, contract),
                heads(inputs.get("k"), inputs.get("k_scale"), epsilon, contract));
        return new Oracle() {
            @Override
            public Shape shape(int output) {
                return both.get(output).shape(0);
            }

            @Override
            public long cluster(int output) {
                return both.get(output).cluster(0);
            }

            @Override
            public void expect(int output, Region region, Observed device, ExpectedBlock into) {
                both.get(output).expect(0, region, device, into);
            }
        };
    }

    private static LineOracle heads(Tensor x, Tensor weight, double epsilon, ComputeContract contract) {
        TensorLines lines = TensorLines.trailing(x.shape(), 2);
        LineArithmetic arithmetic =
                new LineArithmetic(contract, x.dtype(), x.shape().elements());
        double[] scale = RootMeanSquare.all(weight);
        return new LineOracle(lines.length(), List.of(LineOracle.Layout.runs(x.shape(), lines.length()))) {
            @Override
            protected Line line(long number, Observed device) {
                RootMeanSquare row = new RootMeanSquare(lines.read(x, number), new double[0], epsilon, 0, arithmetic);
                return (output, i, into, to) -> put(row.weighted(i, scale[i]), into, to);
            }
        };
    }

    @Override
    public String sizes(Call call) {
        return call.input("q").shape().joined() + "." + call.input("k").shape().joined();
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return List.of(new Scaling(Map.of("q_scale", 2, "k_scale", 3), Map.of("q_normalized", 2, "k_normalized", 3)));
    }

    /// Tokens.
    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return Optional.of(new BatchAxis(Map.of("q", 0, "k", 0), Map.of("q_normalized", 0, "k_normalized", 0)));
    }
}
