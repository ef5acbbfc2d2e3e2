package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;

/// Lists of neighbours and sums over waves in periodic boxes.
final class PeriodicKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "ewald_reciprocal",
            (call, arithmetic) -> new Waves(call, arithmetic)::run,
            "neighbour_list",
            PeriodicKernels::neighbours,
            "random_batch_ewald",
            (call, arithmetic) -> new Waves(call, arithmetic)::run);

    private PeriodicKernels() {}

    private static SharedKernel neighbours(Call call, Arithmetic arithmetic) {
        int atoms = Math.toIntExact(call.input("positions").shape().dim(0));
        int width = Math.toIntExact(call.attributes().integer("max_neighbours"));
        double cutoff = arithmetic.round(call.attributes().real("cutoff"));
        double limit = arithmetic.multiply(cutoff, cutoff);
        return arguments -> {
            double[] x = Dots.values(arguments.input("positions").tensor());
            double[] box = PairKernels.values(arguments, "box");
            Tensor lists = arguments.output("neighbours").tensor();
            Tensor counts = arguments.output("count").tensor();
            for (int i = 0; i < atoms; i++) {
                long[] list = new long[width];
                Arrays.fill(list, -1);
                int found = 0;
                for (int j = 0; j < atoms; j++) {
                    double square = 0;
                    for (int axis = 0; axis < 3; axis++) {
                        double d = arithmetic.subtract(x[3 * i + axis], x[3 * j + axis]);
                        if (box.length > 0) {
                            double images = Math.rint(arithmetic.divide(d, box[axis]));
                            d = arithmetic.subtract(d, arithmetic.multiply(images, box[axis]));
                        }
                        square = arithmetic.multiplyAdd(d, d, square);
                    }
                    if (j != i && square < limit) {
                        if (found < width) {
                            list[found] = j;
                        }
                        found++;
                    }
                }
                for (int k = 0; k < width; k++) {
                    lists.setCodeAt(
                            lists.position((long) i * width + k), lists.dtype().encodeLong(list[k]));
                }
                counts.setCodeAt(counts.position(i), counts.dtype().encodeLong(found));
            }
        };
    }

    /// Wave by wave: what all atoms are together, then what each of them feels.
    private static final class Waves {
        private final Call call;
        private final Arithmetic a;

        Waves(Call call, Arithmetic arithmetic) {
            this.call = call;
            this.a = arithmetic;
        }

        void run(Arguments arguments) {
            double[] x = Dots.values(arguments.input("positions").tensor());
            double[] charges = Dots.values(arguments.input("charges").tensor());
            double[] box = Dots.values(arguments.input("box").tensor());
            int[] whole = GraphKernels.whole(arguments.input("k").tensor());
            int waves = whole.length / 3;
            int atoms = charges.length;
            boolean batch = call.operator().equals("random_batch_ewald");
            double volume = a.product(box[0], box[1], box[2]);
            double[][] parts = new double[3 * atoms][waves];
            double[] energies = new double[waves];
            double turn = a.round(2 * Math.PI);
            Parallel.forEach(waves, l -> {
                double[] k = new double[3];
                Arrays.setAll(k, axis -> a.divide(a.multiply(turn, whole[3 * l + axis]), box[axis]));
                double square = a.dot(k, k, 3);
                double[] real = new double[atoms];
                double[] imaginary = new double[atoms];
                for (int j = 0; j < atoms; j++) {
                    double phase = a.dot(k, Arrays.copyOfRange(x, 3 * j, 3 * j + 3), 3);
                    real[j] = a.cos(phase);
                    imaginary[j] = a.sin(phase);
                }
                double sumReal = a.dot(charges, real, atoms);
                double sumImaginary = a.dot(charges, imaginary, atoms);
                double weight = batch
                        ? a.divide(a.round(call.attributes().real("weight_sum")), waves)
                        : a.exp(a.divide(-square, a.round(4 * call.attributes().real("alpha"))));
                double factor = a.divide(a.multiply(turn, weight), a.multiply(volume, square));
                energies[l] =
                        a.multiply(factor, a.add(a.multiply(sumReal, sumReal), a.multiply(sumImaginary, sumImaginary)));
                for (int j = 0; j < atoms; j++) {
                    double felt = a.subtract(a.multiply(sumReal, imaginary[j]), a.multiply(sumImaginary, real[j]));
                    double strength = a.product(a.multiply(2, factor), charges[j], felt);
                    for (int axis = 0; axis < 3; axis++) {
                        parts[3 * j + axis][l] = a.multiply(strength, k[axis]);
                    }
                }
            });
            double[] forces = new double[3 * atoms];
            Arrays.setAll(forces, i -> a.sum(parts[i], waves));
            Dots.store(forces, arguments.output("forces").tensor(), 0);
            if (!batch) {
                Dots.store(
                        new double[] {a.sum(energies, waves)},
                        arguments.output("energy").tensor(),
                        0);
            }
        }
    }
}
