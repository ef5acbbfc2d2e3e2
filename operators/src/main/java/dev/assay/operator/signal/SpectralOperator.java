package dev.assay.operator.signal;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Scaling;
import dev.assay.operator.Signature;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Base of the Fourier transforms of a tensor along some of its dimensions.
abstract class SpectralOperator extends NamedOperator {
    private final String input;
    private final String output;

    SpectralOperator(String name, String onnxType, About about, Signature signature) {
        super(name, onnxType, about, signature);
        this.input = signature.inputs().getFirst().name();
        this.output = signature.outputs().getFirst().name();
    }

    /// What a call asks for. Throws [dev.assay.operator.InvalidCallException].
    abstract Transform.Plan plan(Call call);

    /// Shape of the input. Throws if its numbers are neither real nor complex.
    final Shape numbers(Call call) {
        Shape shape = call.input(input).shape();
        require(
                shape.rank() >= 2 && (shape.dim(-1) == 1 || shape.dim(-1) == 2),
                input + " has shape " + shape,
                "input " + input,
                "give it a last dimension of 1 for real or 2 for complex numbers, and one before it");
        return shape;
    }

    final boolean flag(Call call, String attribute) {
        long value = call.attributes().integer(attribute);
        require(value == 0 || value == 1, attribute + " " + value, "attribute " + attribute, "give 0 or 1");
        return value == 1;
    }

    /// The plan for these dimensions.
    ///
    /// @param axes in ascending order
    /// @param lengths negative ones for those that follow from the input
    final Transform.Plan planned(Call call, int[] axes, long[] lengths, int half, int powerOfCount) {
        Shape in = numbers(call);
        boolean inverse = flag(call, "inverse");
        boolean onesided = half >= 0;
        require(
                !onesided || inverse || in.dim(-1) == 1,
                "onesided with complex numbers",
                "attribute onesided",
                "give real numbers, with a last dimension of 1: only of these half the spectrum says all");
        require(
                !(onesided && inverse) || in.dim(-1) == 2,
                "onesided and inverse with real numbers",
                "input " + input,
                "give complex numbers, with a last dimension of 2");
        Shape out = in.with(in.rank() - 1, onesided && inverse ? 1 : 2);
        int[] sizes = new int[axes.length];
        for (int i = 0; i < axes.length; i++) {
            long own = in.dim(axes[i]);
            long standard = onesided && inverse && i == half ? Math.max(1, 2 * (own - 1)) : own;
            long length = lengths[i] < 0 ? standard : lengths[i];
            require(length > 0, "a transform of length " + length, "its length", "give at least 1");
            sizes[i] = Math.toIntExact(length);
            out = out.with(axes[i], onesided && !inverse && i == half ? length / 2 + 1 : length);
        }
        double count = Arrays.stream(sizes).asDoubleStream().reduce(1, (a, b) -> a * b);
        DoubleDouble factor = DoubleDouble.ONE;
        if (powerOfCount == -1) {
            factor = DoubleDouble.ONE.dividedBy(DoubleDouble.of(count).sqrt());
        } else if (powerOfCount == -2) {
            factor = DoubleDouble.ONE.dividedBy(DoubleDouble.of(count));
        }
        return new Transform.Plan(
                in,
                out,
                Arrays.stream(axes).boxed().toList(),
                Arrays.stream(sizes).boxed().toList(),
                inverse,
                half,
                factor);
    }

    @Override
    public final List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.dense(call.input(input).dtype(), plan(call).out()));
    }

    @Override
    public final Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Transform.Plan plan = plan(call);
        return new Transform(
                plan,
                inputs.get(input),
                new SpectralError(contract, call.input(input).dtype(), plan.count()));
    }

    /// `5 n log2(n)`, as FFTW counts them (Frigo and Johnson, The design and implementation of FFTW3,
    /// 2005).
    @Override
    public final Cost cost(Call call) {
        Transform.Plan plan = plan(call);
        double count = plan.count();
        double stages = Math.max(1, Math.log(count) / Math.log(2));
        return new Cost(5 * count * stages * plan.transforms(), call.tensorBytes());
    }

    /// Double-double arithmetic, and prime factors by definition.
    @Override
    public final double referenceFlops(Call call) {
        double factors = 0;
        for (int length : plan(call).lengths()) {
            int rest = length;
            for (int p = 2; rest > 1; p++) {
                for (; rest % p == 0; rest /= p) {
                    factors += p;
                }
            }
        }
        return cost(call).flops() * Math.max(20, 40 * factors);
    }

    /// Linear in its input, and nothing but sums and products.
    @Override
    public final List<Scaling> scalings(Call call) {
        return List.of(
                new Scaling(Map.of(input, 3), Map.of(output, 3)), new Scaling(Map.of(input, -3), Map.of(output, -3)));
    }

    /// A dimension before all that are transformed.
    @Override
    public final Optional<BatchAxis> batchAxis(Call call) {
        return plan(call).axes().contains(0)
                ? Optional.empty()
                : Optional.of(new BatchAxis(Map.of(input, 0), Map.of(output, 0)));
    }

    @Override
    public final Fill.Along along(Call call, String operand) {
        Shape shape = call.input(operand).shape();
        return operand.equals(input) && !shape.isEmpty()
                ? Fill.Along.axis(shape, plan(call).axes().getFirst())
                : new Fill.Along(Math.max(1, shape.elements()), 1);
    }

    /// A single 1 in each line shows one row of roots of unity: what they err by, and which way they
    /// turn.
    @Override
    public final List<Probe> probes(Call call, ComputeContract contract) {
        return call.input(input).shape().isEmpty()
                ? List.of()
                : List.of(new Probe("one-hot", false, "the roots of unity are wrong or too rough"));
    }
}
