package dev.assay.operator.signal;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.Parallel;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Misreading;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.Scaling;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Convolution in Fourier space, the layer of the Fourier neural operator: the lowest modes of a signal
/// are mixed across channels by complex weights, all others are dropped.
///
/// - `Y = irfft(Z)`, `Z[b,o,k] = Σ_i rfft(x)[b,i,k] · w[i,o,k]` for the modes `k` that have weights,
///   otherwise 0
/// - one dimension: `weights` is `[c, d, m, 2]` for `k = 0 .. m-1`
/// - two: `weights` is `[c, d, m1, m2, 2]` for `k1 = 0 .. m1-1` and `k2 = 0 .. m2-1`, and `weights2`,
///   of the same shape, for the `m1` negative frequencies `k1 = n1-m1 .. n1-1`
/// - imaginary parts that the spectrum of a real signal cannot have count for nothing, as in
///   `torch.fft.irfftn`
/// - error: that of the transform of x ([SpectralError]), times the weights, and of a sum of `2c`
///   products; then that of the transform back, over all modes that are not zero
/// - source: Li et al., Fourier Neural Operator for Parametric Partial Differential Equations, ICLR
///   2021; its code, `SpectralConv1d` and `SpectralConv2d` of neuraloperator
public final class SpectralConv extends NamedOperator {
    public SpectralConv() {
        super(
                "spectral_conv",
                "",
                new About(
                        "Y = irfft(Z), Z[o,k] = Σ_i rfft(x)[i,k] w[i,o,k], lowest modes only",
                        "neuraloperator SpectralConv1d, SpectralConv2d (Li et al., ICLR 2021)",
                        About.Errors.COMPOSITE),
                new Signature(
                        List.of(
                                Parameter.required(
                                        "x", "T", Signature.only(DType.F32, DType.F64), "[b, c, n], or [b, c, n1, n2]"),
                                Parameter.required(
                                        "weights",
                                        "T",
                                        Signature.only(DType.F32, DType.F64),
                                        "[c, d, m, 2], or [c, d, m1, m2, 2]"),
                                Parameter.optional(
                                        "weights2",
                                        "T",
                                        Signature.only(DType.F32, DType.F64),
                                        "like weights, for negative frequencies; of two dimensions only")),
                        List.of(Parameter.required(
                                "Y", "T", Signature.only(DType.F32, DType.F64), "[b, d, n], or [b, d, n1, n2]")),
                        List.of()));
    }

    /// Sizes of a call; in one dimension n1 and m1 are 1.
    private record Plan(int b, int c, int d, int n1, int n2, int m1, int m2, boolean plane) {
        int points() {
            return n1 * n2;
        }

        /// Whether a mode has weights, by its two frequencies; the second one is not negative.
        boolean kept(int k1, int k2) {
            return k2 < m2 && (k1 < m1 || (plane && k1 >= n1 - m1));
        }
    }

    private Plan plan(Call call) {
        Shape x = call.input("x").shape();
        Shape w = call.input("weights").shape();
        boolean plane = x.rank() == 4;
        require(x.rank() == 3 || plane, "x has shape " + x, "input x", "give it one or two dimensions behind channels");
        boolean fits = w.rank() == x.rank() + 1 && w.dim(-1) == 2 && w.dim(0) == x.dim(1);
        require(fits, "x has shape " + x + " and weights " + w, "input weights", "give [c, d, modes.., 2]");
        require(
                plane == call.hasInput("weights2"),
                plane ? "weights2 is missing" : "weights2 in one dimension",
                "input weights2",
                plane ? "give the weights of negative frequencies" : "leave it out");
        require(
                !plane || call.input("weights2").shape().equals(w),
                "weights2 is not like weights",
                "input weights2",
                "give both one shape");
        Plan plan = new Plan(
                Math.toIntExact(x.dim(0)),
                Math.toIntExact(x.dim(1)),
                Math.toIntExact(w.dim(1)),
                plane ? Math.toIntExact(x.dim(2)) : 1,
                Math.toIntExact(x.dim(-1)),
                plane ? Math.toIntExact(w.dim(2)) : 1,
                Math.toIntExact(w.dim(-2)),
                plane);
        require(
                plan.n2() > 0 && plan.m2() <= plan.n2() / 2 + 1 && (!plane || 2 * plan.m1() <= plan.n1()),
                plan.m1() + " and " + plan.m2() + " modes of " + plan.n1() + " and " + plan.n2() + " points",
                "input weights",
                "give no more modes than half the points");
        return plan;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Plan plan = plan(call);
        return List.of(TensorSpec.dense(
                call.input("x").dtype(), call.input("x").shape().with(1, plan.d())));
    }

    @Override
    public Cost cost(Call call) {
        Plan plan = plan(call);
        double points = plan.points();
        double transforms = 2.5 * points * Math.max(1, Math.log(points) / Math.log(2)) * (plan.c() + plan.d());
        double modes = (double) plan.m1() * plan.m2() * (plan.plane() ? 2 : 1);
        return new Cost(plan.b() * (transforms + 8 * modes * plan.c() * plan.d()), call.tensorBytes());
    }

    /// Double-double arithmetic, and whole transforms where a kernel has halves.
    @Override
    public double referenceFlops(Call call) {
        return 200 * cost(call).flops();
    }

    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return Optional.of(new BatchAxis(Map.of("x", 0), Map.of("Y", 0)));
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return List.of(new Scaling(Map.of("x", 4), Map.of("Y", 4)), new Scaling(Map.of("x", -7), Map.of("Y", -7)));
    }

    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        return input.equals("x") ? Fill.Along.axis(shape, -1) : Fill.Along.axis(shape, 0);
    }

    /// Weights conjugated, those of the next mode, and none for negative frequencies.
    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        List<Misreading> all = new ArrayList<>();
        all.add(weighed(call, inputs, (tensor, i) -> i % 2 == 1 ? -tensor.get(i) : tensor.get(i))
                .as("sign", "weights count with the other sign of their imaginary parts"));
        long modes = call.input("weights").shape().dim(-2);
        all.add(weighed(call, inputs, (tensor, i) -> i / 2 % modes == modes - 1 ? 0 : tensor.get(i + 2))
                .as("off-by-one", "the weights of each mode are used for the one before it"));
        all.add(weighed(call, inputs, (tensor, i) -> i / 2 % modes == 0 ? 0 : tensor.get(i - 2))
                .as("off-by-one", "the weights of each mode are used for the one after it"));
        all.add(weighed(call, inputs, (tensor, i) -> i / 2 % modes == modes - 1 ? 0 : tensor.get(i))
                .as("terms-missing", "the last mode is left out"));
        if (call.hasInput("weights2")) {
            Shape shape = call.input("weights2").shape();
            all.add(Rereading.of(call, inputs)
                    .input("weights2", call.input("x").dtype(), shape, i -> 0)
                    .as("operand-ignored", "negative frequencies have no weights"));
        }
        return all;
    }

    @FunctionalInterface
    private interface Weight {
        double of(Tensor tensor, long number);
    }

    private static Rereading weighed(Call call, Inputs inputs, Weight weight) {
        Rereading reading = Rereading.of(call, inputs);
        for (String name : List.of("weights", "weights2")) {
            if (call.hasInput(name)) {
                Tensor tensor = inputs.get(name);
                reading = reading.input(name, tensor.dtype(), tensor.shape(), i -> weight.of(tensor, i));
            }
        }
        return reading;
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Layer(plan(call), inputs, contract, outputs(call).getFirst().shape());
    }

    private static final class Layer extends LineOracle {
        private final Plan plan;
        private final Tensor x;
        private final Tensor weights;
        private final Tensor weights2;
        private final SpectralError errors;
        private final Accumulation products;
        /// Spectra of all channels of a batch, with the variance of each of their parts.
        private final Map<Integer, Spectrum[]> spectra = new ConcurrentHashMap<>();

        private record Spectrum(ComplexLine values, double variance, boolean known) {}

        Layer(Plan plan, Inputs inputs, ComputeContract contract, Shape out) {
            super(plan.points(), List.of(Layout.runs(out, plan.points())));
            this.plan = plan;
            this.x = inputs.get("x");
            this.weights = inputs.get("weights");
            this.weights2 = plan.plane() ? inputs.get("weights2") : weights;
            this.errors = new SpectralError(contract, x.dtype(), plan.points());
            this.products = new Accumulation(contract, x.dtype(), 2L * Math.max(1, plan.c()));
        }

        private int[] sizes() {
            return new int[] {plan.n1(), plan.n2()};
        }

        private Spectrum[] spectra(int batch) {
            return spectra.computeIfAbsent(batch, b -> {
                Spectrum[] all = new Spectrum[plan.c()];
                Parallel.forEach(plan.c(), i -> all[i] = spectrum(b, i));
                return all;
            });
        }

        private Spectrum spectrum(int batch, int channel) {
            ComplexLine line = ComplexLine.zeros(plan.points());
            double[] values = new double[plan.points()];
            x.decode(((long) batch * plan.c() + channel) * values.length, values.length, values, 0);
            boolean finite = true;
            for (int n = 0; n < values.length; n++) {
                line.set(n, values[n], 0);
                finite &= Double.isFinite(values[n]);
            }
            double squares = line.squares();
            double magnitudes = line.magnitudes();
            if (finite) {
                ExactDft.along(line, sizes(), 0, false);
                ExactDft.along(line, sizes(), 1, false);
            }
            // Of a part as large as parts are on average, and no larger: that of a mean counts below as it is.
            Estimate usual = errors.of(DoubleDouble.of(Math.sqrt(squares)), squares, magnitudes);
            return new Spectrum(line, Math.pow(usual.sigma() + usual.certain(), 2), finite);
        }

        private double weight(int in, int out, int k1, int k2, int part) {
            boolean negative = plan.plane() && k1 >= plan.m1();
            int row = negative ? k1 - (plan.n1() - plan.m1()) : k1;
            long at = ((((long) in * plan.d() + out) * plan.m1() + row) * plan.m2() + k2) * 2 + part;
            return (negative ? weights2 : weights).get(at);
        }

        @Override
        protected Line line(long number, Observed device) {
            Spectrum[] in = spectra(Math.toIntExact(number / plan.d()));
            int out = (int) (number % plan.d());
            ComplexLine z = ComplexLine.zeros(plan.points());
            double variance = 0;
            boolean known = true;
            for (Spectrum one : in) {
                known &= one.known();
            }
            for (int k1 = 0; k1 < plan.n1() && known; k1++) {
                for (int k2 = 0; k2 < plan.m2(); k2++) {
                    if (plan.kept(k1, k2)) {
                        double own = mode(in, out, k1, k2, z);
                        // Both parts, and the mode's mirror image.
                        variance += 2 * own * (k2 == 0 || 2 * k2 == plan.n2() ? 1 : 2);
                    }
                }
            }
            double squares = mirrored(z);
            boolean finite = known && Double.isFinite(squares) && Double.isFinite(variance);
            double magnitudes = z.magnitudes();
            double carried = variance;
            if (finite) {
                ExactDft.along(z, sizes(), 0, true);
                ExactDft.along(z, sizes(), 1, true);
            }
            DoubleDouble factor = DoubleDouble.ONE.dividedBy(DoubleDouble.of(plan.points()));
            return (output, position, into, to) -> {
                if (!finite) {
                    put(Estimate.exact(Double.NaN).doubting(Estimate.OPEN), into, to);
                    return;
                }
                Estimate whole =
                        errors.of(z.re()[position], squares, magnitudes).withSigma(Math.sqrt(carried));
                put(errors.scaled(whole, factor), into, to);
            };
        }

        /// Mixes the channels of a mode.
        ///
        /// @return the variance of each part of the result
        private double mode(Spectrum[] in, int out, int k1, int k2, ComplexLine z) {
            int at = k1 * plan.n2() + k2;
            DoubleDouble re = DoubleDouble.ZERO;
            DoubleDouble im = DoubleDouble.ZERO;
            double variance = 0;
            double q = 0;
            for (int i = 0; i < in.length; i++) {
                double a = weight(i, out, k1, k2, 0);
                double b = weight(i, out, k1, k2, 1);
                DoubleDouble u = in[i].values().re()[at];
                DoubleDouble v = in[i].values().im()[at];
                re = re.plus(u.times(a)).minus(v.times(b));
                im = im.plus(u.times(b)).plus(v.times(a));
                double size = a * a + b * b;
                // A mode larger than most errs in proportion: partial sums are as large as it is.
                double mode = u.hi() * u.hi() + v.hi() * v.hi();
                double own = mode * plan.points() * errors.unit() * errors.unit();
                variance += size * (in[i].variance() + own);
                q += size * mode;
            }
            z.re()[at] = re;
            z.im()[at] = im;
            return variance + products.variance(Math.hypot(re.hi(), im.hi()), q);
        }

        /// Fills in the other half of a spectrum and says what the squares come to.
        private double mirrored(ComplexLine z) {
            ComplexLine given = z.copy();
            for (int n = 0; n < z.length(); n++) {
                int k1 = n / plan.n2();
                int k2 = n % plan.n2();
                int other = (plan.n1() - k1) % plan.n1() * plan.n2() + (plan.n2() - k2) % plan.n2();
                if (2 * k2 > plan.n2()) {
                    z.re()[n] = given.re()[other];
                    z.im()[n] = given.im()[other].negated();
                } else if (k2 == 0 || 2 * k2 == plan.n2()) {
                    z.re()[n] = given.re()[n].plus(given.re()[other]).scaled(-1);
                    z.im()[n] = given.im()[n].minus(given.im()[other]).scaled(-1);
                }
            }
            // Both sides of what is mirrored are formed; what they lose to each other is not more than was there.
            return Math.max(z.squares(), given.squares());
        }
    }
}
