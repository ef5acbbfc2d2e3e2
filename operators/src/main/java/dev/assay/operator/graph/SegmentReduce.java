package dev.assay.operator.graph;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Misreading;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Sums, means or extremes of the rows of each segment: `out[s] = reduce of data[e] over all e with
/// segment_ids[e] = s`.
///
/// - inputs: `data [e,..]`, `segment_ids [e]` from 0 to num_segments - 1, in any order
/// - output: `[num_segments,..]`; zeros for a segment without rows, whatever the reduction; NaN is the
///   largest and the smallest
/// - source: PyTorch Geometric 2.6, `torch_geometric.utils.scatter`, and `segment` where ids ascend; both
///   give empty segments zeros
public final class SegmentReduce extends NamedOperator {
    public SegmentReduce() {
        super(
                "segment_reduce",
                "",
                new About(
                        "out[s] = sum, mean, max or min of data[e] over segment_ids[e] = s",
                        "PyTorch Geometric 2.6, torch_geometric.utils.scatter",
                        About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("data", "T", Signature.floats(), "rows [e,..]"),
                                Parameter.required("segment_ids", "I", Indices.TYPES, "segment of each row [e]")),
                        List.of(Parameter.required("out", "T", Signature.floats(), "[num_segments,..]")),
                        List.of(
                                AttributeSpec.integer("num_segments", 1, "segments, at least 0"),
                                new AttributeSpec(
                                        "reduce",
                                        Attribute.Text.class,
                                        Optional.of(new Attribute.Text("sum")),
                                        "sum, mean, max or min"),
                                AttributeSpec.integer("sorted", 0, "1: ids never fall"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape data = call.input("data").shape();
        require(data.rank() >= 1, "data is a scalar", "data", "give it rows");
        require(
                call.input("segment_ids").shape().equals(Shape.of(data.dim(0))),
                "segment_ids " + call.input("segment_ids").shape(),
                "segment_ids",
                "give it the shape [" + data.dim(0) + "]");
        String reduce = call.attributes().text("reduce");
        require(
                List.of("sum", "mean", "max", "min").contains(reduce),
                "reduce " + reduce,
                "attribute reduce",
                "give sum, mean, max or min");
        long segments = call.attributes().integer("num_segments");
        require(
                segments >= 0 && segments < Integer.MAX_VALUE,
                "num_segments " + segments,
                "attribute num_segments",
                "give a number that is not negative");
        return List.of(TensorSpec.dense(call.input("data").dtype(), data.with(0, segments)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor data = inputs.get("data");
        Shape shape = outputs(call).getFirst().shape();
        int segments = Math.toIntExact(shape.dim(0));
        int[] ids = Indices.nodes(inputs.get("segment_ids"), segments, "segment_reduce, segment_ids");
        List<List<Integer>> rows = new ArrayList<>();
        for (int s = 0; s < segments; s++) {
            rows.add(new ArrayList<>());
        }
        for (int e = 0; e < ids.length; e++) {
            rows.get(ids[e]).add(e);
        }
        long width = shape.slice(1, shape.rank()).elements();
        String reduce = call.attributes().text("reduce");
        LineArithmetic arithmetic = new LineArithmetic(contract, data.dtype(), shape.elements());
        int usual = segments == 0 ? 1 : Math.ceilDiv(ids.length, segments);
        return new LineOracle(usual, List.of(LineOracle.Layout.runs(shape, 1))) {
            @Override
            protected Line line(long number, Observed device) {
                List<Integer> members = rows.get(Math.toIntExact(number / width));
                double[] terms = new double[members.size()];
                for (int i = 0; i < terms.length; i++) {
                    terms[i] = data.get(members.get(i) * width + number % width);
                }
                Estimate result = reduced(arithmetic, terms, reduce);
                return (output, position, into, to) -> put(result, into, to);
            }
        };
    }

    private static Estimate reduced(LineArithmetic arithmetic, double[] terms, String reduce) {
        if (terms.length == 0) {
            return Estimate.exact(0);
        }
        return switch (reduce) {
            case "sum" -> arithmetic.sum(terms);
            case "mean" -> {
                Estimate mean = arithmetic.divided(arithmetic.sum(terms), terms.length);
                // By way of the reciprocal it is rounded once more.
                boolean power = Integer.bitCount(terms.length) == 1;
                yield power || !Double.isFinite(mean.number())
                        ? mean
                        : mean.withSigma(arithmetic.unit() * Math.abs(mean.number()));
            }
            case "max" -> Estimate.exact(Arrays.stream(terms).reduce(Double.NEGATIVE_INFINITY, Math::max));
            default -> Estimate.exact(Arrays.stream(terms).reduce(Double.POSITIVE_INFINITY, Math::min));
        };
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(call.input("data").shape().elements(), call.tensorBytes());
    }

    @Override
    public double referenceFlops(Call call) {
        return 20 * cost(call).flops();
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return input.equals("segment_ids")
                ? GraphFills.nodes(
                        call.attributes().integer("num_segments"),
                        call.attributes().integer("sorted") != 0)
                : super.fill(call, input, dataSet);
    }

    /// The rows.
    @Override
    public Fill.Along along(Call call, String input) {
        return Fill.Along.axis(call.input(input).shape(), 0);
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        List<Misreading> all = new ArrayList<>();
        for (String other : List.of("sum", "mean", "max", "min")) {
            if (!other.equals(call.attributes().text("reduce"))) {
                all.add(Rereading.of(call, inputs)
                        .attribute("reduce", new Attribute.Text(other))
                        .as("other-operator", "segments are reduced by " + other));
            }
        }
        wrongRows(call, inputs).forEach(all::add);
        long rows = call.input("data").shape().dim(0);
        if (call.attributes().text("reduce").equals("mean") && rows > 0) {
            Misreading sums = Rereading.of(call, inputs)
                    .attribute("reduce", new Attribute.Text("sum"))
                    .as("scale", "means divide by the number of all rows");
            all.add(new Misreading(sums.cause(), sums.sentence(), sums.call(), sums.inputs(), 1.0 / rows));
        }
        return all;
    }

    /// Segments whose last row overwrites the others, and empty ones that keep what a search starts from.
    private List<Misreading> wrongRows(Call call, Inputs inputs) {
        Tensor data = inputs.get("data");
        int segments = Math.toIntExact(call.attributes().integer("num_segments"));
        int[] ids = Indices.nodes(inputs.get("segment_ids"), segments, "segment_reduce, segment_ids");
        int[] last = new int[segments];
        Arrays.fill(last, -1);
        for (int e = 0; e < ids.length; e++) {
            last[ids[e]] = e;
        }
        long width = data.shape().slice(1, data.shape().rank()).elements();
        List<Misreading> all = new ArrayList<>();
        Rereading right = Rereading.of(call, inputs);
        all.add(right.input(
                        "data",
                        data.dtype(),
                        data.shape(),
                        i -> last[ids[(int) (i / width)]] == i / width ? data.get(i) : 0)
                .attribute("reduce", new Attribute.Text("sum"))
                .as("terms-missing", "the last row of a segment overwrites the others"));
        String reduce = call.attributes().text("reduce");
        if (!reduce.equals("sum")) {
            double start = reduce.equals("max")
                    ? Double.NEGATIVE_INFINITY
                    : reduce.equals("min") ? Double.POSITIVE_INFINITY : Double.NaN;
            List<Long> more = new ArrayList<>();
            for (int id : ids) {
                more.add((long) id);
            }
            for (int s = 0; s < segments; s++) {
                if (last[s] < 0) {
                    more.add((long) s);
                }
            }
            all.add(right.input(
                            "data",
                            data.dtype(),
                            data.shape().with(0, more.size()),
                            i -> i < ids.length * width ? data.get(i) : start)
                    .constant("segment_ids", TensorSpec.of(DType.I64, more.size()), more)
                    .as("empty-row", "segments without rows give what the reduction starts from"));
        }
        return all;
    }
}
