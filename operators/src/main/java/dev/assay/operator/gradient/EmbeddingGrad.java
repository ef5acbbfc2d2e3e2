package dev.assay.operator.gradient;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.Gradient;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Misreading;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Rereading;
import dev.assay.operator.RowOracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.movement.Embedding;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Gradient of an embedding: row `v` of `dtable` is the sum of the rows `dY[t]` of all tokens with
/// `ids[t] = v`.
///
/// - tokens with the id `padding_idx` are left out; a row without a token is zero
/// - an id out of range is an error in PyTorch, and leaves everything open
/// - source: torch.ops.aten.embedding_dense_backward, PyTorch 2.9, without `scale_grad_by_freq`
public final class EmbeddingGrad extends NamedOperator implements Gradient {
    /// Tokens for each id, on average, of a data set.
    private static final long TOKENS_PER_ID = 4;

    public EmbeddingGrad() {
        super(
                "embedding_grad",
                "",
                new About(
                        "dtable[v] = Σ dY[t] over tokens t with ids[t] = v",
                        "torch.ops.aten.embedding_dense_backward, PyTorch 2.9",
                        About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("dY", "T", Signature.floats(), "[..., h]"),
                                Parameter.required(
                                        "ids",
                                        "I",
                                        Signature.only(dev.assay.tensor.DType.I32, dev.assay.tensor.DType.I64),
                                        "tokens, from 0 to rows - 1")),
                        List.of(Parameter.required("dtable", "T", Signature.floats(), "[rows, h]")),
                        List.of(
                                AttributeSpec.integer("rows", 1, "rows of the table"),
                                AttributeSpec.integer("padding_idx", -1, "id of tokens that are left out"))));
    }

    @Override
    public Operator forward() {
        return new Embedding();
    }

    @Override
    public Map<String, Source> sources() {
        return Map.of("dY", Source.cotangent("embedded"), "ids", Source.input("ids"));
    }

    @Override
    public Map<String, String> gradients() {
        return Map.of("dtable", "table");
    }

    @Override
    public Map<String, Attribute> attributes(Call forward) {
        return Map.of("rows", new Attribute.Int(forward.input("table").shape().dim(0)));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape dy = call.input("dY").shape();
        Shape ids = call.input("ids").shape();
        require(
                dy.rank() >= 1 && dy.slice(0, dy.rank() - 1).equals(ids),
                "dY is " + dy + ", ids are " + ids,
                "input dY",
                "give it the dimensions of the ids and one more");
        long rows = call.attributes().integer("rows");
        require(
                rows >= 0 && (rows > 0 || ids.isEmpty()),
                rows + " rows",
                "attribute rows",
                "give the rows of the table, one or more where there are tokens");
        return List.of(TensorSpec.dense(call.input("dY").dtype(), Shape.of(rows, dy.dim(-1))));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor dy = inputs.get("dY");
        Shape table = outputs(call).getFirst().shape();
        Tokens tokens =
                new Tokens(inputs.get("ids"), table.dim(0), call.attributes().integer("padding_idx"));
        LineArithmetic arithmetic = new LineArithmetic(contract, dy.dtype(), table.elements());
        long width = table.dim(1);
        return new RowOracle() {
            @Override
            public Shape shape(int output) {
                return table;
            }

            @Override
            protected Row row(long number, Observed device) {
                int[] mine = tokens.of(number);
                return (output, column, into, to) -> {
                    if (tokens.leaveTheTable()) {
                        into.mark(to, dev.assay.operator.ExpectedBlock.ANY);
                        return;
                    }
                    double[] terms = new double[mine.length];
                    for (int i = 0; i < terms.length; i++) {
                        terms[i] = dy.get(mine[i] * width + column);
                    }
                    LineOracle.put(arithmetic.sum(terms), into, to);
                };
            }
        };
    }

    /// Tokens by their id.
    private static final class Tokens {
        private final int[] first;
        private final int[] tokens;
        private final boolean outside;

        Tokens(Tensor ids, long rows, long padding) {
            int count = Math.toIntExact(ids.shape().elements());
            long[] all = new long[count];
            boolean out = false;
            first = new int[Math.toIntExact(rows) + 1];
            for (int t = 0; t < count; t++) {
                all[t] = ids.dtype().decodeLong(ids.codeAt(ids.position(t)));
                boolean counts = all[t] != padding;
                out |= counts && (all[t] < 0 || all[t] >= rows);
                if (counts && !out) {
                    first[(int) all[t] + 1]++;
                }
            }
            outside = out;
            for (int v = 0; v < rows; v++) {
                first[v + 1] += first[v];
            }
            tokens = new int[first[(int) rows]];
            int[] next = first.clone();
            for (int t = 0; t < count && !outside; t++) {
                if (all[t] != padding) {
                    tokens[next[(int) all[t]]++] = t;
                }
            }
        }

        boolean leaveTheTable() {
            return outside;
        }

        int[] of(long row) {
            return java.util.Arrays.copyOfRange(tokens, first[(int) row], first[(int) row + 1]);
        }
    }

    /// Adds once for each element of dY.
    @Override
    public Cost cost(Call call) {
        return new Cost(call.input("dY").shape().elements(), call.tensorBytes());
    }

    /// Ids of which most come several times.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        if (!input.equals("ids")) {
            return Gradient.super.fill(call, input, dataSet);
        }
        long rows = call.attributes().integer("rows");
        long tokens = call.input("ids").shape().elements();
        return Fills.of("integers", 0, (double) Math.max(0, Math.min(rows - 1, tokens / TOKENS_PER_ID)));
    }

    /// Tokens are what is summed.
    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        return input.equals("dY") && shape.rank() >= 2 ? Fill.Along.axis(shape, -2) : new Fill.Along(1, 1);
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return call.input("dY").shape().isEmpty()
                ? List.of()
                : List.of(new Probe("integers(-2,2)", false, "tokens are left out, or counted twice"));
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Tensor dy = inputs.get("dY");
        Tensor ids = inputs.get("ids");
        long width = dy.shape().dim(-1);
        Map<Long, Long> last = new HashMap<>();
        for (long t = 0; t < ids.shape().elements(); t++) {
            last.put(ids.dtype().decodeLong(ids.codeAt(ids.position(t))), t);
        }
        Set<Long> kept = Set.copyOf(last.values());
        List<Misreading> all = new ArrayList<>();
        all.add(Rereading.of(call, inputs)
                .input("dY", dy.dtype(), dy.shape(), n -> kept.contains(n / width) ? dy.get(n) : 0)
                .as("terms-missing", "of the tokens with one id the last alone counts"));
        if (call.attributes().integer("padding_idx") >= 0) {
            all.add(Rereading.of(call, inputs)
                    .attribute("padding_idx", new Attribute.Int(-1))
                    .as("attribute", "tokens of the padding are added up like others"));
        }
        return all;
    }
}
