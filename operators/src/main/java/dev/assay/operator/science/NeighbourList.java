package dev.assay.operator.science;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.RowOracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// For each atom those that are nearer than a cutoff, or whose nearest image is.
///
/// - inputs: `positions [n,3]`, `box [3]`, edges of a periodic box that are at least twice the cutoff
/// - outputs: `neighbours [n,max_neighbours]`: numbers of atoms in any order, not the atom itself, then
///   -1; `count [n]`. What stands there for an atom that has more is open
/// - exact but for pairs whose distance is the cutoff up to the roundings of a squared distance: such a
///   pair may be listed or not. Where nothing is rounded, a distance equal to the cutoff does not count
/// - source: Allen and Tildesley, Computer Simulation of Liquids, 2nd edition, 2017, section 5.3.1; lists
///   of a fixed width as in JAX-MD (`neighbor_list`, dense)
public final class NeighbourList extends NamedOperator {
    /// How the lists are read: right, or as kernels are known to misread them.
    private enum Form {
        OTHERS,
        /// Each atom stands in its own list too.
        SELF_LISTED,
        /// It stands there and is counted.
        SELF_COUNTED
    }

    private final Form form;

    public NeighbourList() {
        this(Form.OTHERS);
    }

    private NeighbourList(Form form) {
        super(
                "neighbour_list",
                "",
                new About(
                        "neighbours[i] = all j ≠ i with |x_i - x_j| < cutoff",
                        "Allen and Tildesley 2017, section 5.3.1; JAX-MD",
                        About.Errors.INDEX),
                new Signature(
                        List.of(
                                Parameter.required("positions", "T", Signature.floats(), "[n,3]"),
                                Parameter.optional("box", "T", Signature.floats(), "edges of a periodic box [3]")),
                        List.of(
                                Parameter.required("neighbours", "I", Signature.only(DType.I32), "[n,max_neighbours]"),
                                Parameter.required("count", "I", Signature.only(DType.I32), "[n]")),
                        List.of(
                                AttributeSpec.real("cutoff", 2.5, "distance, above 0"),
                                AttributeSpec.integer("max_neighbours", 64, "width of the lists"))));
        this.form = form;
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        double root = Math.sqrt(call.attributes().real("cutoff"));
        return List.of(
                right.attribute("cutoff", new Attribute.Real(root))
                        .as("attribute", "squared distances are compared with the cutoff itself"),
                right.as("off-by-one", "each atom is listed among its own neighbours")
                        .by(new NeighbourList(Form.SELF_LISTED)),
                right.as("off-by-one", "each atom is listed and counted among its own neighbours")
                        .by(new NeighbourList(Form.SELF_COUNTED)));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Particles.check(call);
        double cutoff = call.attributes().real("cutoff");
        long width = call.attributes().integer("max_neighbours");
        require(cutoff > 0 && cutoff < 0x1p20, "cutoff " + cutoff, "attribute cutoff", "give a positive number");
        require(
                width >= 0 && width <= 1 << 20,
                "max_neighbours " + width,
                "attribute max_neighbours",
                "give a number that is not negative");
        long n = call.input("positions").shape().dim(0);
        return List.of(TensorSpec.of(DType.I32, n, width), TensorSpec.of(DType.I32, n));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        WorkingArithmetic arithmetic =
                new WorkingArithmetic(contract, call.input("positions").dtype());
        Particles particles = new Particles(inputs, arithmetic);
        double cutoff = call.attributes().real("cutoff");
        particles.checkBox(cutoff, name());
        List<TensorSpec> specs = outputs(call);
        int width = Math.toIntExact(call.attributes().integer("max_neighbours"));
        int atoms = Math.toIntExact(specs.get(1).shape().elements());
        return new RowOracle() {
            @Override
            public Shape shape(int output) {
                return specs.get(output).shape();
            }

            @Override
            protected Row row(long number, Observed device) {
                List<Integer> near = new ArrayList<>();
                Set<Integer> either = new LinkedHashSet<>();
                for (int j = 0; j < atoms; j++) {
                    if (j != number) {
                        Approx square = Particles.square(particles.between((int) number, j));
                        if (isEither(arithmetic, square, cutoff)) {
                            either.add(j);
                        } else if (square.value() < cutoff * cutoff) {
                            near.add(j);
                        }
                    }
                }
                if (form != Form.OTHERS) {
                    near.add((int) number);
                }
                if (near.size() + either.size() > width) {
                    return (output, column, into, to) -> into.mark(to, ExpectedBlock.ANY);
                }
                int[] expected = expected(near, either, device.output(0), number, width);
                int listed = (int)
                        java.util.Arrays.stream(expected).filter(j -> j >= 0).count();
                int count = form == Form.SELF_LISTED ? listed - 1 : listed;
                return (output, column, into, to) ->
                        into.setInteger(to, DType.I32.encodeLong(output == 0 ? expected[column] : count), DType.I32);
            }
        };
    }

    /// Whether roundings decide on which side of the cutoff a pair is.
    private static boolean isEither(WorkingArithmetic arithmetic, Approx square, double cutoff) {
        double limit = cutoff * cutoff;
        double unit = arithmetic.type().unitRoundoff();
        if (square.error() == 0 && square.value() == limit && arithmetic.type().round(cutoff) == cutoff) {
            return false;
        }
        // The limit is rounded too, or the root of the square.
        return Math.abs(square.value() - limit) <= square.error() + 4 * unit * limit;
    }

    /// The device's list, if it is right; otherwise one that is.
    private static int[] expected(List<Integer> near, Set<Integer> either, Tensor device, long row, int width) {
        int[] listed = new int[width];
        Set<Integer> found = new LinkedHashSet<>();
        boolean right = true;
        for (int k = 0; k < width; k++) {
            listed[k] = (int) DType.I32.decodeLong(device.codeAt(device.position(row * width + k)));
            boolean filler = listed[k] == -1;
            right &= filler || (found.size() == k && found.add(listed[k]));
        }
        Set<Integer> others = new LinkedHashSet<>(found);
        near.forEach(others::remove);
        if (right && found.containsAll(near) && either.containsAll(others)) {
            return listed;
        }
        int[] proper = new int[width];
        java.util.Arrays.fill(proper, -1);
        for (int k = 0; k < near.size(); k++) {
            proper[k] = near.get(k);
        }
        return proper;
    }

    @Override
    public Cost cost(Call call) {
        double n = call.input("positions").shape().dim(0);
        return new Cost(10 * n * n, call.tensorBytes());
    }

    @Override
    public double referenceFlops(Call call) {
        return 20 * cost(call).flops();
    }

    /// A jittered lattice near the density of a liquid; of whole numbers one whose distances are roots of
    /// such.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        super.fill(call, input, dataSet);
        double cutoff = call.attributes().real("cutoff");
        long atoms = call.input("positions").shape().dim(0);
        boolean whole = Fills.nameOf(dataSet).equals("integers");
        if (whole) {
            return input.equals("box")
                    ? Fills.of("values", Math.max(Math.ceil(2 * cutoff), (double) Particles.side(atoms)))
                    : Particles.whole();
        }
        return input.equals("box")
                ? Fills.of("values", Particles.edge(atoms, 1, cutoff))
                : Particles.lattice(1, cutoff, call.hasInput("box"));
    }
}
