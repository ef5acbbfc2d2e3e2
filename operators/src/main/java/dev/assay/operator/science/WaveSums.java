package dev.assay.operator.science;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Philox;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Sums over the waves of a periodic box: `ρ(k) = Σ_j q_j exp(i k·x_j)` with `k = 2π m / L`, and the force
/// of each wave.
///
/// A phase `k·x` is put together from three products and their sum, of factors that are rounded
/// themselves: it errs by 8 roundings of `Σ |k_a x_a|` at most, and by 4 of f64's in the reference,
/// however many turns it makes. What a sine or cosine makes of that is no more; a kernel that wraps
/// positions into the box first errs by less.
final class WaveSums {
    private static final int ROUNDINGS = 12;
    private static final int FARTHEST = 3;

    private final double[] x;
    private final double[] charges;
    private final double[] box;
    private final double[] waves;
    private final WorkingArithmetic arithmetic;
    private final Map<Integer, List<Approx>> densities = new ConcurrentHashMap<>();

    WaveSums(Inputs inputs, WorkingArithmetic arithmetic, String where) {
        this.x = values(inputs.get("positions"));
        this.charges = values(inputs.get("charges"));
        this.box = values(inputs.get("box"));
        this.waves = values(inputs.get("k"));
        this.arithmetic = arithmetic;
        for (double edge : box) {
            if (!(edge > 0 && edge < 0x1p60)) {
                throw new InvalidCallException("an edge of " + edge, where + ", box", "make all edges positive");
            }
        }
        for (int l = 0; l < waves.length; l += 3) {
            if (waves[l] == 0 && waves[l + 1] == 0 && waves[l + 2] == 0) {
                throw new InvalidCallException("wave " + l / 3 + " is 0", where + ", k", "leave the wave 0 out");
            }
        }
    }

    private static double[] values(Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = tensor.dtype().isFloat()
                    ? tensor.get(i)
                    : tensor.dtype().decodeLong(tensor.codeAt(tensor.position(i)));
        }
        return values;
    }

    static List<Parameter> inputs() {
        return List.of(
                Parameter.required("positions", "T", Signature.floats(), "[n,3]"),
                Parameter.required("charges", "T", Signature.floats(), "[n]"),
                Parameter.required("box", "T", Signature.floats(), "edges of the periodic box [3]"),
                Parameter.required(
                        "k", "I", Signature.only(DType.I32, DType.I64), "waves in units of 2π / edge, not 0 [p,3]"));
    }

    static void check(Call call) {
        Particles.check(call);
        long n = call.input("positions").shape().dim(0);
        Shape k = call.input("k").shape();
        if (!call.input("charges").shape().equals(Shape.of(n)) || k.rank() != 2 || k.dim(1) != 3) {
            throw new InvalidCallException(
                    "charges " + call.input("charges").shape() + ", k " + k,
                    call.operator(),
                    "give them the shapes [" + n + "] and [p,3]");
        }
    }

    int waves() {
        return waves.length / 3;
    }

    double volume() {
        return box[0] * box[1] * box[2];
    }

    private double component(int wave, int axis) {
        return 2 * Math.PI * waves[3 * wave + axis] / box[axis];
    }

    double square(int wave) {
        double square = 0;
        for (int axis = 0; axis < 3; axis++) {
            square += component(wave, axis) * component(wave, axis);
        }
        return square;
    }

    /// A number that is right to so many roundings.
    Approx near(double value, double roundings) {
        return arithmetic.within(value, roundings * arithmetic.type().unitRoundoff() * Math.abs(value));
    }

    private Approx phase(int wave, int atom) {
        double phase = 0;
        double size = 0;
        for (int axis = 0; axis < 3; axis++) {
            double part = component(wave, axis) * x[3 * atom + axis];
            phase += part;
            size += Math.abs(part);
        }
        return arithmetic.within(phase, ROUNDINGS * arithmetic.type().unitRoundoff() * size);
    }

    /// Real and imaginary part of ρ.
    List<Approx> density(int wave) {
        return densities.computeIfAbsent(wave, l -> {
            Approx[] real = new Approx[charges.length];
            Approx[] imaginary = new Approx[charges.length];
            for (int j = 0; j < charges.length; j++) {
                Approx phase = phase(l, j);
                real[j] = phase.smooth(Math::cos, 1).times(arithmetic.of(charges[j]));
                imaginary[j] = phase.smooth(Math::sin, 1).times(arithmetic.of(charges[j]));
            }
            return charges.length == 0
                    ? List.of(arithmetic.of(0), arithmetic.of(0))
                    : List.of(arithmetic.sum(real), arithmetic.sum(imaginary));
        });
    }

    /// What a wave adds to a component of the force on an atom: `-factor · 4π q k / (V k²) · Im(exp(-i
    /// k·x) ρ(k))`.
    Approx force(int wave, int atom, int axis, Approx factor) {
        Approx phase = phase(wave, atom);
        List<Approx> density = density(wave);
        Approx imaginary = density.get(1)
                .times(phase.smooth(Math::cos, 1))
                .minus(density.get(0).times(phase.smooth(Math::sin, 1)));
        double k = component(wave, axis);
        Approx constant = near(-4 * Math.PI * k / (volume() * square(wave)), 2 * ROUNDINGS);
        return imaginary.times(constant).times(arithmetic.of(charges[atom])).times(factor);
    }

    Approx sum(List<Approx> terms) {
        return terms.isEmpty() ? arithmetic.of(0) : arithmetic.sum(terms.toArray(Approx[]::new));
    }

    /// Positions of a lattice, charges of both signs, waves of a few turns, whatever the data.
    static Fill fill(Call call, String input) {
        long atoms = call.input("positions").shape().dim(0);
        return switch (input) {
            case "positions" -> Particles.lattice(1, 2, true);
            case "box" -> Fills.of("values", Particles.edge(atoms, 1, 2));
            case "charges" -> Fills.of("normal");
            default ->
                new Fill() {
                    @Override
                    public String name() {
                        return "waves";
                    }

                    @Override
                    public Values bind(Site site) {
                        Philox random = new Philox(site.tensorKey());
                        return index -> {
                            double m = Math.floor(random.uniform(index, 0) * (2 * FARTHEST + 1)) - FARTHEST;
                            return m == 0 && index % 3 == 0 ? 1 : m;
                        };
                    }
                };
        };
    }
}
