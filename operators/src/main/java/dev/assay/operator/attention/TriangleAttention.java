package dev.assay.operator.attention;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Matrix;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.attention.ScaledDotProduct.Stage;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/// Triangle attention over a pair representation: edge ij attends to the edges that leave the same node,
/// or enter it.
///
/// ```
/// starting   out[i,j] = Σ_k softmax_k(scale · q[i,j] · k[i,k] + bias[j,k]) v[i,k]     over k with
/// mask[i,k] ending     out[i,j] = Σ_k softmax_k(scale · q[i,j] · k[k,j] + bias[k,i]) v[k,j]     over k
/// with mask[k,j]
/// ```
///
/// - inputs: `q`, `k` `[n,n,h,d]`, `v [n,n,h,e]`, `bias [n,n,h]`, `mask [n,n]` of bool
/// - output: `[n,n,h,e]`, before the gate and the last projection; zeros where all is masked
/// - source: Jumper et al., Nature 596 (2021), supplementary algorithms 13 and 14, line 5 and 6; the mask
///   as
/// cuEquivariance
///   0.6 has it (`triangle_attention`), where masked edges weigh nothing
public final class TriangleAttention extends NamedOperator {
    private static final int BLOCK = 1 << 18;

    public TriangleAttention() {
        super(
                "triangle_attention",
                "",
                new About(
                        "out[i,j] = Σ_k softmax_k(scale · q[i,j]·k[i,k] + bias[j,k]) v[i,k]",
                        "Jumper et al. 2021, supplementary algorithms 13 and 14",
                        About.Errors.COMPOSITE),
                new Signature(
                        List.of(
                                Parameter.required("q", "T", Signature.floats(), "queries [n,n,h,d]"),
                                Parameter.required("k", "T", Signature.floats(), "keys [n,n,h,d]"),
                                Parameter.required("v", "T", Signature.floats(), "values [n,n,h,e]"),
                                Parameter.optional("bias", "T", Signature.floats(), "of the third edge [n,n,h]"),
                                Parameter.optional(
                                        "mask", "M", Signature.only(DType.BOOL), "edges that are seen [n,n]")),
                        List.of(Parameter.required("out", "T", Signature.floats(), "[n,n,h,e]")),
                        List.of(
                                new AttributeSpec(
                                        "node",
                                        Attribute.Text.class,
                                        Optional.of(new Attribute.Text("starting")),
                                        "starting or ending: the node that edges share"),
                                AttributeSpec.optional(
                                        "scale", Attribute.Real.class, "factor on the scores; 1/sqrt(d)"))));
    }

    private boolean starting(Call call) {
        return switch (call.attributes().text("node")) {
            case "starting" -> true;
            case "ending" -> false;
            default ->
                throw invalid("node " + call.attributes().text("node"), "attribute node", "give starting or ending");
        };
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        starting(call);
        Shape q = call.input("q").shape();
        Shape v = call.input("v").shape();
        boolean right = q.rank() == 4
                && q.dim(0) == q.dim(1)
                && q.dim(3) > 0
                && q.equals(call.input("k").shape())
                && v.rank() == 4
                && v.slice(0, 3).equals(q.slice(0, 3));
        require(
                right,
                "q " + q + ", k " + call.input("k").shape() + ", v " + v,
                "q, k and v",
                "give them the shapes [n,n,h,d], [n,n,h,d] and [n,n,h,e]");
        check(call, "bias", q.slice(0, 3));
        check(call, "mask", q.slice(0, 2));
        return List.of(TensorSpec.dense(call.input("q").dtype(), v));
    }

    private void check(Call call, String input, Shape shape) {
        require(
                !call.hasInput(input) || call.input(input).shape().equals(shape),
                input + " is not " + shape,
                input,
                "give it the shape " + shape);
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        int d = Math.toIntExact(call.input("q").shape().dim(3));
        double scale = call.attributes().findReal("scale").orElse(1 / Math.sqrt((double) d));
        return new Pairs(
                call.input("v").shape(),
                d,
                starting(call),
                inputs,
                new ScaledDotProduct(contract, call.input("q").dtype(), scale, 0, d));
    }

    /// Each head of each row of edges, or column, is an attention of its own.
    private record Pairs(Shape result, int d, boolean starting, Inputs inputs, ScaledDotProduct product)
            implements Oracle {
        @Override
        public Shape shape(int output) {
            return result;
        }

        @Override
        public long cluster(int output) {
            return Math.max(1, result.dim(3));
        }

        @Override
        public Iterable<Region> regions(int output) {
            List<Region> boxes = new ArrayList<>();
            int n = Math.toIntExact(result.dim(0));
            int step = Math.max(1, BLOCK / Math.max(1, n));
            for (int node = 0; node < n && !result.isEmpty(); node++) {
                for (int head = 0; head < result.dim(2); head++) {
                    for (int from = 0; from < n; from += step) {
                        boxes.add(lines(
                                node,
                                head,
                                LongStream.range(from, Math.min(n, from + step)).toArray()));
                    }
                }
            }
            return boxes;
        }

        private Region lines(long node, long head, long[] queries) {
            long[] one = {node};
            return Region.grid(
                    starting ? one : queries,
                    starting ? queries : one,
                    new long[] {head},
                    LongStream.range(0, result.dim(3)).toArray());
        }

        @Override
        public void expect(int output, Region region, Observed device, ExpectedBlock into) {
            for (long node : region.along(starting ? 0 : 1)) {
                for (long head : region.along(2)) {
                    head(node, head, region, into);
                }
            }
        }

        /// What a box has of one head of the edges of one node.
        private void head(long node, long head, Region region, ExpectedBlock into) {
            long[] queries = region.along(starting ? 1 : 0);
            int n = Math.toIntExact(result.dim(0));
            boolean whole = region.equals(lines(node, head, queries));
            ExpectedBlock block = whole ? into : new ExpectedBlock();
            if (!whole) {
                block.reset(lines(node, head, queries));
            }
            product.expect(
                    Stage.RESULT,
                    edges("q", node, head).rows(queries),
                    edges("k", node, head),
                    edges("v", node, head),
                    queries.length,
                    n,
                    Math.toIntExact(result.dim(3)),
                    (i, row) -> bias(node, head, queries[i], row),
                    block,
                    0);
            for (int to = 0; to < region.elements() && !whole; to++) {
                long[] at = region.coordinates(to);
                if (at[starting ? 0 : 1] == node && at[2] == head) {
                    int query = Arrays.binarySearch(queries, at[starting ? 1 : 0]);
                    copy(block, Math.toIntExact(query * result.dim(3) + at[3]), into, to);
                }
            }
        }

        private static void copy(ExpectedBlock from, int element, ExpectedBlock into, int to) {
            into.values()[to] = from.values()[element];
            into.lows()[to] = from.lows()[element];
            into.allow(to, from.sigmas()[element], from.deterministic()[element]);
            into.systematic()[to] = from.systematic()[element];
            into.mark(to, from.flags()[element]);
        }

        /// The edges of a node, one to a row.
        private Matrix edges(String input, long node, long head) {
            Tensor x = inputs.get(input);
            List<Long> strides = x.spec().strides();
            return Matrix.of(
                    x,
                    node * strides.get(starting ? 0 : 1) + head * strides.get(2),
                    strides.get(starting ? 1 : 0),
                    strides.get(3));
        }

        private void bias(long node, long head, long query, double[] into) {
            long n = result.dim(0);
            for (int key = 0; key < n; key++) {
                long edge = starting ? node * n + key : key * n + node;
                boolean seen = !inputs.has("mask") || inputs.get("mask").get(edge) != 0;
                long third = starting ? query * n + key : key * n + query;
                double bias = inputs.has("bias") ? inputs.get("bias").get(third * result.dim(2) + head) : 0;
                into[key] = seen ? bias : Double.NEGATIVE_INFINITY;
            }
        }
    }

    @Override
    public Cost cost(Call call) {
        Shape q = call.input("q").shape();
        double pairs = (double) q.dim(0) * q.dim(0) * q.dim(0) * q.dim(2);
        return new Cost(2 * pairs * (q.dim(3) + call.input("v").shape().dim(3)), call.tensorBytes());
    }

    @Override
    public double referenceFlops(Call call) {
        return 5 * cost(call).flops();
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        Fill plain = super.fill(call, input, dataSet);
        return input.equals("mask") ? Fills.of("integers", 0, 1) : plain;
    }

    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        return shape.rank() == 4 && !input.equals("v")
                ? Fill.Along.axis(shape, 3)
                : Fill.Along.axis(shape, starting(call) ? 1 : 0);
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        String other = starting(call) ? "ending" : "starting";
        List<Misreading> all = new ArrayList<>();
        Rereading right = Rereading.of(call, inputs);
        all.add(right.attribute("node", new Attribute.Text(other))
                .as("misplaced", "edges share the " + other + " node"));
        if (call.hasInput("mask")) {
            all.add(right.without("mask").as("mask", "the mask is ignored"));
        }
        if (call.hasInput("bias")) {
            long n = call.input("bias").shape().dim(0);
            long heads = call.input("bias").shape().dim(2);
            Tensor bias = inputs.get("bias");
            all.add(right.input(
                            "bias",
                            bias.dtype(),
                            bias.shape(),
                            i -> bias.get((i / heads % n * n + i / heads / n) * heads + i % heads))
                    .as("misplaced", "the pair bias is transposed"));
            all.add(right.without("bias").as("operand-ignored", "the pair bias is ignored"));
        }
        return all;
    }
}
