package dev.assay.baselines.kernels;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;

/// Operators of models of atoms.
final class ParticleKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "lennard_jones", (call, arithmetic) -> new LennardJones(call, arithmetic)::run,
            "radial_basis", ParticleKernels::radial,
            "spherical_harmonics", ParticleKernels::harmonics,
            "tensor_product", ParticleKernels::tensorProduct);

    private ParticleKernels() {}

    private static SharedKernel radial(Call call, Arithmetic arithmetic) {
        int edges = Math.toIntExact(call.input("r").shape().dim(0));
        int count = Math.toIntExact(call.attributes().integer("num_basis"));
        double cutoff = arithmetic.round(call.attributes().real("cutoff"));
        int p = Math.toIntExact(call.attributes().integer("p"));
        boolean gaussian = call.attributes().text("basis").equals("gaussian");
        return arguments -> {
            double[] r = Dots.values(arguments.input("r").tensor());
            Tensor to = arguments.output("Y").tensor();
            for (int e = 0; e < edges; e++) {
                double[] line = new double[count];
                double envelope = gaussian ? 0 : envelope(r[e], cutoff, p, arithmetic);
                for (int n = 0; n < count; n++) {
                    line[n] = gaussian
                            ? gaussian(r[e], n, cutoff, count, arithmetic)
                            : arithmetic.multiply(bessel(r[e], n + 1, cutoff, arithmetic), envelope);
                }
                Dots.store(line, to, (long) e * count);
            }
        };
    }

    private static double gaussian(double r, int n, double cutoff, int count, Arithmetic arithmetic) {
        double step = arithmetic.divide(cutoff, count - 1);
        double offset = arithmetic.divide(arithmetic.subtract(r, arithmetic.multiply(n, step)), step);
        return arithmetic.exp(arithmetic.multiply(-0.5, arithmetic.multiply(offset, offset)));
    }

    private static double bessel(double r, int n, double cutoff, Arithmetic arithmetic) {
        double frequency = arithmetic.round(n * Math.PI / cutoff);
        double wave = arithmetic.sin(arithmetic.multiply(frequency, r));
        return arithmetic.multiply(arithmetic.round(Math.sqrt(2 / cutoff)), arithmetic.divide(wave, r));
    }

    private static double envelope(double r, double cutoff, int p, Arithmetic arithmetic) {
        double x = arithmetic.divide(r, cutoff);
        if (!(x < 1)) {
            return 0;
        }
        double power = x;
        for (int i = 1; i < p; i++) {
            power = arithmetic.multiply(power, x);
        }
        // Horner's scheme behind the first term.
        double inner = arithmetic.subtract(p * (p + 2.0), arithmetic.multiply(p * (p + 1.0) / 2, x));
        inner = arithmetic.subtract((p + 1.0) * (p + 2) / 2, arithmetic.multiply(x, inner));
        return arithmetic.subtract(1, arithmetic.multiply(power, inner));
    }

    private static SharedKernel harmonics(Call call, Arithmetic arithmetic) {
        int edges = Math.toIntExact(call.input("vectors").shape().dim(0));
        int lmax = Math.toIntExact(call.attributes().integer("lmax"));
        int width = (lmax + 1) * (lmax + 1);
        boolean normalize = call.attributes().integer("normalize") == 1;
        String normalization = call.attributes().text("normalization");
        return arguments -> {
            double[] vectors = Dots.values(arguments.input("vectors").tensor());
            Tensor to = arguments.output("Y").tensor();
            for (int e = 0; e < edges; e++) {
                double[] v = Arrays.copyOfRange(vectors, 3 * e, 3 * e + 3);
                if (normalize) {
                    double length = arithmetic.sqrt(arithmetic.dot(v, v, 3));
                    for (int axis = 0; axis < 3 && length > 0; axis++) {
                        v[axis] = arithmetic.divide(v[axis], length);
                    }
                }
                double[] all = polynomials(v[0], v[1], v[2], arithmetic);
                double[] line = new double[width];
                for (int i = 0; i < width; i++) {
                    int degree = (int) Math.sqrt(i);
                    double factor = normalization.equals("norm") ? 1 : 2.0 * degree + 1;
                    factor = normalization.equals("integral") ? factor / (4 * Math.PI) : factor;
                    line[i] = arithmetic.multiply(all[i], arithmetic.round(Math.sqrt(factor)));
                }
                Dots.store(line, to, (long) e * width);
            }
        };
    }

    /// Degrees 0 to 3, each of squared sum 1 on the sphere.
    private static double[] polynomials(double x, double y, double z, Arithmetic a) {
        double root3 = a.round(Math.sqrt(3));
        double root5 = a.round(Math.sqrt(5));
        double root56 = a.round(Math.sqrt(5.0 / 6));
        double root38 = a.round(Math.sqrt(0.375));
        double xx = a.multiply(x, x);
        double yy = a.multiply(y, y);
        double zz = a.multiply(z, z);
        double ring = a.add(xx, zz);
        double xz = a.multiply(root3, a.multiply(x, z));
        double difference = a.multiply(a.multiply(root3, 0.5), a.subtract(zz, xx));
        double outer = a.multiply(root38, a.subtract(a.multiply(4, yy), ring));
        double axial = a.subtract(a.multiply(2, yy), a.multiply(3, ring));
        return new double[] {
            1,
            x,
            y,
            z,
            xz,
            a.multiply(root3, a.multiply(x, y)),
            a.subtract(yy, a.multiply(0.5, ring)),
            a.multiply(root3, a.multiply(y, z)),
            difference,
            a.multiply(root56, a.add(a.multiply(xz, z), a.multiply(difference, x))),
            a.multiply(root5, a.multiply(xz, y)),
            a.multiply(outer, x),
            a.multiply(0.5, a.multiply(y, axial)),
            a.multiply(outer, z),
            a.multiply(root5, a.multiply(difference, y)),
            a.multiply(root56, a.subtract(a.multiply(difference, z), a.multiply(xz, x)))
        };
    }

    private static SharedKernel tensorProduct(Call call, Arithmetic arithmetic) {
        Shape x = call.input("x").shape();
        int in = Math.toIntExact(call.attributes().integer("lmax_in"));
        int edge = Math.toIntExact(call.attributes().integer("lmax_edge"));
        int out = Math.toIntExact(call.attributes().integer("lmax_out"));
        int channels = Math.toIntExact(x.dim(1));
        Couplings couplings = new Couplings(in, edge, out);
        int wide = (in + 1) * (in + 1);
        int narrow = (edge + 1) * (edge + 1);
        int width = (out + 1) * (out + 1);
        int paths = couplings.paths();
        return arguments -> {
            double[] features = Dots.values(arguments.input("x").tensor());
            double[] harmonics = Dots.values(arguments.input("y").tensor());
            double[] weights = Dots.values(arguments.input("weights").tensor());
            Tensor to = arguments.output("out").tensor();
            Parallel.forEach(Math.toIntExact(x.dim(0)), e -> {
                double[] y = Arrays.copyOfRange(harmonics, e * narrow, (e + 1) * narrow);
                double[] line = new double[channels * width];
                for (int c = 0; c < channels; c++) {
                    double[] feature =
                            Arrays.copyOfRange(features, (e * channels + c) * wide, (e * channels + c + 1) * wide);
                    double[] weight = new double[paths];
                    for (int p = 0; p < paths; p++) {
                        weight[p] = weights[(e * paths + p) * channels + c];
                    }
                    for (int m = 0; m < width; m++) {
                        line[c * width + m] = couplings.sum(m, feature, y, weight, arithmetic);
                    }
                }
                Dots.store(line, to, (long) e * line.length);
            });
        };
    }

    /// A fluid, pair by pair.
    private static final class LennardJones {
        private final Arithmetic a;
        private final int atoms;
        private final int width;
        private final double epsilon;
        private final double sigma2;
        private final double cutoff2;
        private final double shift;

        LennardJones(Call call, Arithmetic arithmetic) {
            this.a = arithmetic;
            this.atoms = Math.toIntExact(call.input("positions").shape().dim(0));
            this.width = Math.toIntExact(call.input("neighbours").shape().dim(1));
            this.epsilon = a.round(call.attributes().real("epsilon"));
            double sigma = call.attributes().real("sigma");
            double cutoff = call.attributes().real("cutoff");
            this.sigma2 = a.round(sigma * sigma);
            this.cutoff2 = a.round(cutoff * cutoff);
            double power = Math.pow(sigma / cutoff, 6);
            boolean shifted = call.attributes().integer("shift") == 1;
            this.shift = shifted ? a.round(4 * epsilon * power * (power - 1)) : 0;
        }

        void run(Arguments arguments) {
            double[] x = Dots.values(arguments.input("positions").tensor());
            int[] neighbours = GraphKernels.whole(arguments.input("neighbours").tensor());
            double[] box = PairKernels.values(arguments, "box");
            Parallel.forEach(atoms, i -> {
                double[][] terms = new double[10][width];
                int count = 0;
                for (int k = 0; k < width; k++) {
                    int j = neighbours[i * width + k];
                    if (j >= 0 && pair(x, i, j, box, terms, count)) {
                        count++;
                    }
                }
                double[] sums = new double[10];
                for (int part = 0; part < sums.length; part++) {
                    sums[part] = a.sum(terms[part], count);
                }
                Dots.store(
                        new double[] {a.multiply(0.5, sums[0])},
                        arguments.output("energy").tensor(),
                        i);
                Dots.store(
                        Arrays.copyOfRange(sums, 1, 4),
                        arguments.output("forces").tensor(),
                        3L * i);
                if (arguments.outputs().containsKey("virial")) {
                    double[] virial = Arrays.copyOfRange(sums, 4, 10);
                    Arrays.setAll(virial, n -> a.multiply(0.5, virial[n]));
                    Dots.store(virial, arguments.output("virial").tensor(), 6L * i);
                }
            });
        }

        private boolean pair(double[] x, int i, int j, double[] box, double[][] terms, int at) {
            double[] d = new double[3];
            for (int axis = 0; axis < 3; axis++) {
                d[axis] = a.subtract(x[3 * i + axis], x[3 * j + axis]);
                if (box.length > 0) {
                    double images = Math.rint(a.divide(d[axis], box[axis]));
                    d[axis] = a.subtract(d[axis], a.multiply(images, box[axis]));
                }
            }
            double square = a.dot(d, d, 3);
            if (!(square < cutoff2) && !Double.isNaN(square)) {
                return false;
            }
            double inverse = a.divide(1, square);
            double ratio = a.multiply(sigma2, inverse);
            double six = a.multiply(a.multiply(ratio, ratio), ratio);
            double energy = a.multiply(a.multiply(4, epsilon), a.multiply(six, a.subtract(six, 1)));
            terms[0][at] = a.subtract(energy, shift);
            double factor = a.multiply(
                    a.multiply(a.multiply(24, epsilon), a.multiply(six, a.subtract(a.multiply(2, six), 1))), inverse);
            for (int axis = 0; axis < 3; axis++) {
                terms[1 + axis][at] = a.multiply(factor, d[axis]);
                terms[4 + axis][at] = a.multiply(d[axis], terms[1 + axis][at]);
            }
            terms[7][at] = a.multiply(d[0], terms[2][at]);
            terms[8][at] = a.multiply(d[0], terms[3][at]);
            terms[9][at] = a.multiply(d[1], terms[3][at]);
            return true;
        }
    }
}
