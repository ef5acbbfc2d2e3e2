package dev.assay.operator.science;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Philox;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.function.LongFunction;

/// Positions of atoms, in open space or in a periodic box with edges along the axes.
final class Particles {
    private static final double SPACING = 1.12;
    private static final double JITTER = 0.2;

    private final double[] positions;
    private final double[] box;
    private final WorkingArithmetic arithmetic;

    Particles(Inputs inputs, WorkingArithmetic arithmetic) {
        this.positions = values(inputs.get("positions"));
        this.box = inputs.has("box") ? values(inputs.get("box")) : new double[0];
        this.arithmetic = arithmetic;
    }

    private static double[] values(Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.shape().elements())];
        tensor.decode(0, values.length, values, 0);
        return values;
    }

    /// Throws [InvalidCallException] unless positions are `[n,3]`, and a box `[3]`.
    static void check(Call call) {
        Shape positions = call.input("positions").shape();
        if (positions.rank() != 2 || positions.dim(1) != 3) {
            throw new InvalidCallException(
                    "positions " + positions, call.operator() + ", positions", "give them the shape [n,3]");
        }
        if (call.hasInput("box") && !call.input("box").shape().equals(Shape.of(3))) {
            throw new InvalidCallException(
                    "box " + call.input("box").shape(), call.operator() + ", box", "give it the shape [3]");
        }
    }

    /// Throws [InvalidCallException] for a box in which a sphere of the cutoff's radius overlaps itself,
    /// in which the nearest image of an atom is not the only one.
    void checkBox(double cutoff, String where) {
        for (double edge : box) {
            if (!(edge >= 2 * cutoff && edge < 0x1p60)) {
                throw new InvalidCallException(
                        "an edge of " + edge + " with a cutoff of " + cutoff,
                        where + ", box",
                        "make every edge at least twice the cutoff");
            }
        }
    }

    /// From atom j to atom i, or the nearest of its images.
    Approx[] between(int i, int j) {
        Approx[] d = new Approx[3];
        for (int axis = 0; axis < 3; axis++) {
            d[axis] = arithmetic.of(positions[3 * i + axis]).minus(arithmetic.of(positions[3 * j + axis]));
            double images = box.length == 0 ? 0 : Math.rint(d[axis].value() / box[axis]);
            if (images != 0) {
                d[axis] = d[axis].minus(arithmetic.of(box[axis]).times(arithmetic.of(images)));
            }
        }
        return d;
    }

    static Approx square(Approx[] d) {
        return d[0].squared().plus(d[1].squared()).plus(d[2].squared());
    }

    /// Atoms of a jittered lattice at distances of about `unit`; every eighth stands in the next box.
    static Fill lattice(double unit, double cutoff, boolean periodic) {
        return named("lattice", site -> {
            long atoms = site.spec().shape().dim(0);
            long side = side(atoms);
            double step = periodic ? edge(atoms, unit, cutoff) / (double) side : SPACING * unit;
            Philox random = new Philox(site.tensorKey());
            return index -> {
                long atom = index / 3;
                long cell = index % 3 == 0 ? atom / side / side : index % 3 == 1 ? atom / side % side : atom % side;
                double image = periodic && random.uniform(atom, 1) < 0.125 ? (double) side * step : 0;
                return step * ((double) cell + JITTER * (random.uniform(index, 0) - 0.5)) + image;
            };
        });
    }

    /// Edge of the box of that lattice.
    static double edge(long atoms, double unit, double cutoff) {
        return Math.max(Math.rint(64 * SPACING * unit * (double) side(atoms)) / 64, Math.ceil(2 * cutoff));
    }

    /// Atoms at whole numbers.
    static Fill whole() {
        return named("whole", site -> {
            long side = side(site.spec().shape().dim(0));
            return index -> {
                long atom = index / 3;
                return index % 3 == 0 ? atom / side / side : index % 3 == 1 ? atom / side % side : atom % side;
            };
        });
    }

    /// Atoms along an edge of the lattice.
    static long side(long atoms) {
        return Math.max(1, (long) Math.ceil(Math.cbrt((double) atoms) - 1e-9));
    }

    /// For each atom the numbers of those within a radius, then -1.
    static Fill neighbours(long atoms, double radius, LongFunction<Double> edges) {
        return named("neighbours", site -> {
            Fill.Values at = site.others().apply("positions");
            int width = Math.toIntExact(site.spec().shape().dim(1));
            long[] numbers = new long[Math.toIntExact(atoms) * width];
            java.util.Arrays.fill(numbers, -1);
            for (int i = 0; i < atoms; i++) {
                int found = 0;
                for (int j = 0; j < atoms && found < width; j++) {
                    double square = 0;
                    for (int axis = 0; axis < 3; axis++) {
                        double d = at.at(3L * i + axis) - at.at(3L * j + axis);
                        double edge = edges.apply(axis);
                        d -= edge > 0 ? edge * Math.rint(d / edge) : 0;
                        square += d * d;
                    }
                    if (j != i && square < radius * radius) {
                        numbers[i * width + found++] = j;
                    }
                }
            }
            return index -> numbers[(int) index];
        });
    }

    private interface Binding {
        Fill.Values bind(Fill.Site site);
    }

    private static Fill named(String name, Binding binding) {
        return new Fill() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Values bind(Site site) {
                return binding.bind(site);
            }
        };
    }
}
