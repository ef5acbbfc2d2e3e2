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
import dev.assay.operator.Probe;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Weighted sum of a point of a grid and its neighbours: `Y[p] = Σ_o W[o] · X[p + o]`.
///
/// - inputs: `X` of 1 to 3 dimensions; `W`: for a star the weight of the point, then for each dimension
///   those of the neighbour before and the neighbour after, `[2r+1]`; for a box of one point in each
///   direction `[3^r]`, in row-major order of the offsets
/// - output: like X
/// - beyond the borders of a dimension that is periodic the other end follows; beyond the others
///   everything is 0
/// - the 7-point and 27-point operators of HPCG and of MiniGhost are a star and a box in three dimensions
/// - source: Datta et al., "Stencil computation optimization and auto-tuning on state-of-the-art multicore
///   architectures", SC 2008, section 2; Dongarra, Heroux and Luszczek, HPCG, 2015
public final class Stencil extends NamedOperator {
    /// Sizes of tiles that kernels cut a dimension into.
    private static final List<Integer> TILES = List.of(8, 16, 32, 64, 128);

    /// Neighbours inside the grid that are not read: along a dimension, on one side of the border of every tile.
    ///
    /// @param axis the dimension
    /// @param tile its size; 0 if all are read
    /// @param step 1 for those behind the last of a tile, -1 for those before the first
    private record Border(int axis, int tile, int step) {
        private boolean hides(Shape shape, long[] at, int[] offset) {
            boolean inside = tile > 0 && at[axis] + step >= 0 && at[axis] + step < shape.dim(axis);
            return inside && offset[axis] == step && Math.floorMod(at[axis], tile) == (step > 0 ? tile - 1 : 0);
        }
    }

    private final Border lost;

    public Stencil() {
        this(new Border(0, 0, 0));
    }

    private Stencil(Border lost) {
        super(
                "stencil",
                "",
                new About("Y[p] = Σ_o W[o] · X[p + o]", "Datta et al., SC 2008; HPCG", About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("X", "T", Signature.floats(), "grid of 1 to 3 dimensions"),
                                Parameter.required("W", "T", Signature.floats(), "weights [2r+1] or [3^r]")),
                        List.of(Parameter.required("Y", "T", Signature.floats(), "like X")),
                        List.of(
                                new AttributeSpec(
                                        "pattern",
                                        Attribute.Text.class,
                                        Optional.of(new Attribute.Text("star")),
                                        "star or box: which neighbours count"),
                                AttributeSpec.optional(
                                        "periodic",
                                        Attribute.Ints.class,
                                        "for each dimension 1 if it is periodic; without none is"))));
        this.lost = lost;
    }

    /// The neighbours, in the order of their weights.
    private List<int[]> offsets(Call call) {
        int rank = call.input("X").shape().rank();
        List<int[]> offsets = new ArrayList<>();
        switch (call.attributes().text("pattern")) {
            case "star" -> {
                offsets.add(new int[rank]);
                for (int axis = 0; axis < rank; axis++) {
                    for (int step = -1; step <= 1; step += 2) {
                        int[] one = new int[rank];
                        one[axis] = step;
                        offsets.add(one);
                    }
                }
            }
            case "box" -> {
                int count = 1;
                for (int axis = 0; axis < rank; axis++) {
                    count *= 3;
                }
                for (int n = 0; n < count; n++) {
                    int[] one = new int[rank];
                    int rest = n;
                    for (int axis = rank - 1; axis >= 0; axis--) {
                        one[axis] = rest % 3 - 1;
                        rest /= 3;
                    }
                    offsets.add(one);
                }
            }
            default ->
                throw invalid("pattern " + call.attributes().text("pattern"), "attribute pattern", "give star or box");
        }
        return offsets;
    }

    private boolean[] periodic(Call call) {
        int rank = call.input("X").shape().rank();
        boolean[] periodic = new boolean[rank];
        List<Long> given = call.attributes().has("periodic") ? call.attributes().integers("periodic") : List.of();
        require(
                given.isEmpty() || (given.size() == rank && given.stream().allMatch(one -> one == 0 || one == 1)),
                "periodic " + given,
                "attribute periodic",
                "give 0 or 1 for each of the " + rank + " dimensions");
        for (int axis = 0; axis < given.size(); axis++) {
            periodic[axis] = given.get(axis) == 1;
        }
        return periodic;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape x = call.input("X").shape();
        require(x.rank() >= 1 && x.rank() <= 3, "X " + x, "X", "give it 1, 2 or 3 dimensions");
        int weights = offsets(call).size();
        require(
                call.input("W").shape().equals(Shape.of(weights)),
                "W " + call.input("W").shape(),
                "W",
                "give it the shape [" + weights + "]");
        periodic(call);
        return List.of(TensorSpec.dense(call.input("X").dtype(), x));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor x = inputs.get("X");
        Tensor w = inputs.get("W");
        Shape shape = x.shape();
        List<int[]> offsets = offsets(call);
        boolean[] periodic = periodic(call);
        LineArithmetic arithmetic = new LineArithmetic(contract, x.dtype(), shape.elements());
        return new LineOracle(offsets.size(), List.of(LineOracle.Layout.runs(shape, 1))) {
            @Override
            protected Line line(long number, Observed device) {
                long[] at = shape.coordinates(number);
                double[] left = new double[offsets.size()];
                double[] right = new double[offsets.size()];
                int used = 0;
                for (int o = 0; o < offsets.size(); o++) {
                    long neighbour = neighbour(shape, at, offsets.get(o), periodic);
                    if (neighbour >= 0 && !lost.hides(shape, at, offsets.get(o))) {
                        left[used] = w.get(o);
                        right[used++] = x.get(neighbour);
                    }
                }
                Estimate sum = Spmm.products(arithmetic, Arrays.copyOf(left, used), Arrays.copyOf(right, used));
                return (output, position, into, to) -> put(sum, into, to);
            }
        };
    }

    /// Number of a neighbour; -1 beyond the borders.
    private static long neighbour(Shape shape, long[] at, int[] offset, boolean[] periodic) {
        long number = 0;
        for (int axis = 0; axis < at.length; axis++) {
            long size = shape.dim(axis);
            long place = at[axis] + offset[axis];
            if (periodic[axis]) {
                place = Math.floorMod(place, size);
            } else if (place < 0 || place >= size) {
                return -1;
            }
            number = number * size + place;
        }
        return number;
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(
                2.0
                        * call.input("X").shape().elements()
                        * call.input("W").shape().elements(),
                call.tensorBytes());
    }

    @Override
    public double referenceFlops(Call call) {
        return 20 * cost(call).flops();
    }

    @Override
    public Fill.Along along(Call call, String input) {
        return Fill.Along.axis(call.input(input).shape(), -1);
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return call.input("X").shape().isEmpty()
                ? List.of()
                : List.of(new Probe("integers(-2,2)", false, "neighbours are missing or taken from elsewhere"));
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        boolean[] periodic = periodic(call);
        List<Misreading> all = new ArrayList<>();
        for (long kind = 0; kind < 2; kind++) {
            List<Long> every = new ArrayList<>();
            for (int axis = 0; axis < periodic.length; axis++) {
                every.add(kind);
            }
            all.add(Rereading.of(call, inputs)
                    .attribute("periodic", new Attribute.Ints(every))
                    .as("attribute", kind == 0 ? "no dimension is periodic" : "every dimension is periodic"));
        }
        Shape shape = call.input("X").shape();
        for (int axis = 0; axis < shape.rank(); axis++) {
            for (int tile : TILES) {
                for (int step = -1; step <= 1 && tile < shape.dim(axis); step += 2) {
                    String what = step < 0 ? "before the first of" : "behind the last of";
                    all.add(Rereading.of(call, inputs)
                            .as(
                                    "terms-missing",
                                    "neighbours " + what + " each tile of " + tile + " are not read, in" + " dimension "
                                            + axis)
                            .by(new Stencil(new Border(axis, tile, step))));
                }
            }
        }
        return all;
    }
}
