package dev.assay.operator.signal;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.About;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Discrete Fourier transform along one dimension: `X[k] = Σ x[t] exp(-2πi k t / n)`.
///
/// - `inverse` has the other sign, and divides by `n`
/// - `dft_length` is `n`; zeros follow a shorter signal, a longer one is cut off
/// - `onesided` keeps `k = 0 .. n/2` of real signals; with `inverse` it takes these and gives a real
///   signal of `dft_length`, or `2 (bins - 1)`. Imaginary parts that the spectrum of a real signal
///   cannot have count for nothing, as in `numpy.fft.irfft`
/// - `axis` as an attribute is that of versions before 20; the input goes before it
/// - a line with a NaN or an infinity may give anything
/// - error: any algorithm's, see [SpectralError]
/// - source: ONNX DFT-20; `onesided` with `inverse` as its node tests have it
public final class Dft extends SpectralOperator {
    public Dft() {
        super(
                "dft",
                "DFT",
                new About("X[k] = Σ x[t] exp(-2πi k t / n)", "ONNX DFT-20", About.Errors.COMPOSITE),
                new Signature(
                        List.of(
                                Parameter.required(
                                        "input",
                                        "T",
                                        Signature.floats(),
                                        "[.., n, 1], or [.., n, 2] of complex numbers"),
                                Parameter.optionalConstant(
                                        "dft_length",
                                        "I",
                                        Signature.only(DType.I32, DType.I64),
                                        "one number, the length n; standard that of the signal"),
                                Parameter.optionalConstant(
                                        "axis",
                                        "J",
                                        Signature.only(DType.I32, DType.I64),
                                        "one number, the dimension; negative counts from the end, standard -2")),
                        List.of(Parameter.required(
                                "output", "T", Signature.floats(), "[.., bins, 2], or real [.., n, 1]")),
                        List.of(
                                AttributeSpec.integer("inverse", 0, "1: the other sign, divided by n"),
                                AttributeSpec.integer("onesided", 0, "1: one half of the spectrum of real signals"),
                                AttributeSpec.optional(
                                        "axis",
                                        Attribute.Int.class,
                                        "the dimension, as before version 20; the input goes before it"))));
    }

    private long given(Call call, String name, long standard) {
        List<Long> values = call.constants().get(name);
        if (values == null) {
            return standard;
        }
        require(values.size() == 1, name + " is " + values, "input " + name, "give one number");
        return values.getFirst();
    }

    @Override
    Transform.Plan plan(Call call) {
        Shape shape = numbers(call);
        int rank = shape.rank();
        long axis = given(call, "axis", call.attributes().findInteger("axis").orElse(-2));
        require(
                axis >= -rank && axis < rank - 1 && axis != -1,
                "axis " + axis + " of a tensor of rank " + rank,
                "axis",
                "give a number from " + -rank + " to " + (rank - 2)
                        + " but -1: the last dimension holds real and imaginary" + " parts");
        int along = Math.toIntExact(axis < 0 ? axis + rank : axis);
        long length = given(call, "dft_length", -1);
        require(
                length > 0 || !call.constants().containsKey("dft_length"),
                "dft_length " + length,
                "input dft_length",
                "give at least 1");
        boolean inverse = flag(call, "inverse");
        return planned(call, new int[] {along}, new long[] {length}, flag(call, "onesided") ? 0 : -1, inverse ? -2 : 0);
    }

    /// The other sign, and a reversal of bits that only powers of two have.
    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Transform.Plan plan = plan(call);
        List<Misreading> all = new ArrayList<>();
        int length = plan.count();
        if (plan.half() < 0) {
            Misreading other = Rereading.of(call, inputs)
                    .attribute("inverse", new Attribute.Int(plan.inverse() ? 0 : 1))
                    .as("sign", "angles have the other sign");
            double factor = plan.inverse() ? 1.0 / length : length;
            all.add(new Misreading(other.cause(), other.sentence(), other.call(), other.inputs(), factor));
        }
        int axis = plan.axes().getFirst();
        boolean whole = plan.in().dim(axis) == length;
        if (length > 2 && Integer.bitCount(length) > 1 && whole) {
            int bits = 32 - Integer.numberOfLeadingZeros(length - 1);
            long stride = plan.in().slice(axis + 1, plan.in().rank()).elements();
            Tensor x = inputs.get("input");
            all.add(Rereading.of(call, inputs)
                    .input("input", x.dtype(), x.shape(), i -> {
                        int at = (int) (i / stride % length);
                        int reversed = Integer.reverse(at) >>> (32 - bits);
                        return x.get(reversed < length ? i + (reversed - at) * stride : i);
                    })
                    .as("misplaced", "elements are in bit-reversed order although the length is no power of two"));
        }
        return all;
    }
}
