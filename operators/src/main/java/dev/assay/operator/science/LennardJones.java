package dev.assay.operator.science;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.FormulaOracle;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Misreading;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// Energies, forces and virials of a Lennard-Jones fluid over a list of neighbours.
///
/// ```
/// d = x_i - x_j, of the nearest image; r = |d|; pairs with r < cutoff count
/// energy[i] = ½ Σ_j (4ε ((σ/r)¹² - (σ/r)⁶) - shift)
/// forces[i] = Σ_j 24ε (2 (σ/r)¹² - (σ/r)⁶) / r² · d
/// virial[i] = ½ Σ_j d ⊗ force_ij       as xx, yy, zz, xy, xz, yz
/// ```
///
/// - inputs: `positions [n,3]`, `neighbours [n,k]` (numbers of atoms, each pair in the lists of both;
///   negative numbers fill a list up), `box [3]`, edges of a periodic box that are at least twice the
///   cutoff
/// - `shift` 1 takes off the energy at the cutoff
/// - error: that of each step, carried on; forces cancel, so that theirs goes by the forces of the pairs.
///   A pair whose distance is the cutoff but for roundings may count or not. Positions are subtracted
///   before they are scaled: from fractional coordinates the error would go by the box
/// - source: Allen and Tildesley, Computer Simulation of Liquids, 2nd edition, 2017, sections 1.3, 1.6 and
///   5.2; virials of atoms as in LAMMPS (`compute stress/atom`, with the sign of the virial)
public final class LennardJones extends NamedOperator {
    private static final List<int[]> COMPONENTS = List.of(
            new int[] {0, 0}, new int[] {1, 1}, new int[] {2, 2}, new int[] {0, 1}, new int[] {0, 2}, new int[] {1, 2});

    /// What an atom gets of the energy and of the virial of each of its pairs: half, so that all atoms together have
    /// each pair once.
    private record Shares(double energy, double virial) {}

    private final Shares shares;

    public LennardJones() {
        this(new Shares(0.5, 0.5));
    }

    private LennardJones(Shares shares) {
        super(
                "lennard_jones",
                "",
                new About(
                        "E_i = ½ Σ_j 4ε ((σ/r)¹² - (σ/r)⁶), with forces and virials",
                        "Allen and Tildesley 2017, sections 1.3, 1.6 and 5.2",
                        About.Errors.COMPOSITE),
                new Signature(
                        List.of(
                                Parameter.required("positions", "T", Signature.floats(), "[n,3]"),
                                Parameter.required(
                                        "neighbours",
                                        "I",
                                        Signature.only(DType.I32, DType.I64),
                                        "[n,k], negative numbers are none"),
                                Parameter.optional("box", "T", Signature.floats(), "edges of a periodic box [3]")),
                        List.of(
                                Parameter.required("energy", "T", Signature.floats(), "[n]"),
                                Parameter.required("forces", "T", Signature.floats(), "[n,3]"),
                                Parameter.optional("virial", "T", Signature.floats(), "[n,6]")),
                        List.of(
                                AttributeSpec.real("epsilon", 1, "depth of the well"),
                                AttributeSpec.real("sigma", 1, "distance at which the energy is 0"),
                                AttributeSpec.real("cutoff", 2.5, "beyond which there is nothing"),
                                AttributeSpec.integer("shift", 0, "1: the energy is 0 at the cutoff"))));
        this.shares = shares;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Particles.check(call);
        Shape neighbours = call.input("neighbours").shape();
        long n = call.input("positions").shape().dim(0);
        require(
                neighbours.rank() == 2 && neighbours.dim(0) == n,
                "neighbours " + neighbours,
                "neighbours",
                "give them the shape [" + n + ",k]");
        for (String name : List.of("sigma", "cutoff")) {
            double value = call.attributes().real(name);
            require(value > 0 && value < 0x1p20, name + " " + value, "attribute " + name, "give a positive number");
        }
        long shift = call.attributes().integer("shift");
        require(shift == 0 || shift == 1, "shift " + shift, "attribute shift", "give 0 or 1");
        DType type = call.input("positions").dtype();
        return List.of(TensorSpec.of(type, n), TensorSpec.of(type, n, 3), TensorSpec.of(type, n, 6));
    }

    /// What a neighbour adds to an atom.
    private record Pair(Approx energy, List<Approx> d, List<Approx> force) {}

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        DType type = call.input("positions").dtype();
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, type);
        Particles particles = new Particles(inputs, arithmetic);
        particles.checkBox(call.attributes().real("cutoff"), name());
        List<TensorSpec> specs = outputs(call);
        Map<Long, List<Pair>> known = new ConcurrentHashMap<>();
        Neighbours pairs = atom -> known.computeIfAbsent(atom, i -> pairs(call, inputs, arithmetic, particles, i));
        FormulaOracle.Formula energy =
                at -> sum(arithmetic, pairs.of(at[0]), pair -> pair.energy().times(shares.energy()));
        FormulaOracle.Formula force =
                at -> sum(arithmetic, pairs.of(at[0]), pair -> pair.force().get((int) at[1]));
        FormulaOracle.Formula virial = at -> {
            int[] axes = COMPONENTS.get((int) at[1]);
            return sum(
                    arithmetic,
                    pairs.of(at[0]),
                    pair -> pair.d()
                            .get(axes[0])
                            .times(pair.force().get(axes[1]))
                            .times(shares.virial()));
        };
        return new FormulaOracle(List.of(
                new FormulaOracle.Output(specs.get(0).shape(), type, energy),
                new FormulaOracle.Output(specs.get(1).shape(), type, force),
                new FormulaOracle.Output(specs.get(2).shape(), type, virial)));
    }

    private interface Neighbours {
        List<Pair> of(long atom);
    }

    private interface Part {
        Approx of(Pair pair);
    }

    private static Approx sum(WorkingArithmetic arithmetic, List<Pair> pairs, Part part) {
        return pairs.isEmpty()
                ? arithmetic.of(0)
                : arithmetic.sum(pairs.stream().map(part::of).toArray(Approx[]::new));
    }

    private List<Pair> pairs(Call call, Inputs inputs, WorkingArithmetic arithmetic, Particles particles, long atom) {
        Tensor neighbours = inputs.get("neighbours");
        long width = neighbours.shape().dim(1);
        long atoms = neighbours.shape().dim(0);
        double cutoff = call.attributes().real("cutoff");
        List<Pair> pairs = new ArrayList<>();
        for (long k = 0; k < width; k++) {
            long j = neighbours.dtype().decodeLong(neighbours.codeAt(neighbours.position(atom * width + k)));
            if (j >= atoms || j == atom) {
                throw new InvalidCallException(
                        "neighbour " + j + " of atom " + atom,
                        name() + ", neighbours",
                        "give numbers of other atoms below " + atoms);
            }
            if (j < 0) {
                continue;
            }
            Approx[] d = particles.between((int) atom, (int) j);
            Approx square = Particles.square(d);
            // The square of the cutoff is rounded too, or the root of the square.
            double limit = cutoff * cutoff;
            double band = square.error() + 4 * arithmetic.type().unitRoundoff() * limit;
            if (square.value() < limit + band || Double.isNaN(square.value())) {
                Pair pair = pair(call, arithmetic, d, square);
                boolean either = Math.abs(square.value() - limit) <= band;
                pairs.add(either ? uncertain(arithmetic, pair, square.value() < limit) : pair);
            }
        }
        return pairs;
    }

    private static Pair pair(Call call, WorkingArithmetic arithmetic, Approx[] d, Approx square) {
        double epsilon = call.attributes().real("epsilon");
        double sigma = call.attributes().real("sigma");
        Approx inverse = arithmetic.constant(1).dividedBy(square);
        Approx ratio = arithmetic.constant(sigma * sigma).times(inverse);
        Approx six = ratio.times(ratio).times(ratio);
        Approx twelve = six.times(six);
        Approx energy = twelve.minus(six).times(4).times(epsilon);
        if (call.attributes().integer("shift") == 1) {
            double ends = Math.pow(sigma / call.attributes().real("cutoff"), 6);
            double size = 4 * Math.abs(epsilon) * (ends * ends + ends);
            // A few roundings of each of the two terms.
            double error = 16 * arithmetic.type().unitRoundoff() * size;
            energy = energy.minus(arithmetic.within(4 * epsilon * (ends * ends - ends), error));
        }
        Approx factor = twelve.times(2).minus(six).times(24).times(epsilon).times(inverse);
        return new Pair(energy, List.of(d), Stream.of(d).map(factor::times).toList());
    }

    /// A pair that may count or not.
    private static Pair uncertain(WorkingArithmetic arithmetic, Pair pair, boolean counts) {
        return new Pair(
                uncertain(arithmetic, pair.energy(), counts),
                pair.d(),
                pair.force().stream()
                        .map(part -> uncertain(arithmetic, part, counts))
                        .toList());
    }

    private static Approx uncertain(WorkingArithmetic arithmetic, Approx x, boolean counts) {
        return arithmetic.within(counts ? x.value() : 0, Math.abs(x.value()) + x.error());
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(30.0 * call.input("neighbours").shape().elements(), call.tensorBytes());
    }

    @Override
    public double referenceFlops(Call call) {
        return 50 * cost(call).flops();
    }

    /// A jittered lattice near the density of a liquid, whatever the data, and lists that reach a little
    /// further than the cutoff.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        super.fill(call, input, dataSet);
        long atoms = call.input("positions").shape().dim(0);
        double sigma = call.attributes().real("sigma");
        double cutoff = call.attributes().real("cutoff");
        boolean periodic = call.hasInput("box");
        double edge = Particles.edge(atoms, sigma, cutoff);
        return switch (input) {
            case "box" -> Fills.of("values", edge);
            case "neighbours" -> Particles.neighbours(atoms, cutoff + 0.3 * sigma, axis -> periodic ? edge : 0);
            default -> Particles.lattice(sigma, cutoff, periodic);
        };
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        double root = Math.sqrt(call.attributes().real("cutoff"));
        List<Misreading> all = new ArrayList<>();
        all.add(right.attribute("cutoff", new Attribute.Real(root))
                .as("attribute", "squared distances are compared with the cutoff itself"));
        all.add(right.attribute("shift", new Attribute.Int(1 - call.attributes().integer("shift")))
                .as("attribute", "energies are shifted where they should not be, or the other way round"));
        all.add(right.as("scale", "each atom gets the whole energy of its pairs")
                .by(new LennardJones(new Shares(1, 0.5))));
        all.add(right.as("scale", "each atom gets the whole virial of its pairs")
                .by(new LennardJones(new Shares(0.5, 1))));
        all.add(right.as("scale", "each atom gets the whole energy and virial of its pairs")
                .by(new LennardJones(new Shares(1, 1))));
        if (call.hasInput("box")) {
            all.add(right.without("box").as("operand-ignored", "periodic images are ignored"));
        }
        return all;
    }
}
