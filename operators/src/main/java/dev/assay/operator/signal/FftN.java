package dev.assay.operator.signal;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.About;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Discrete Fourier transform along several dimensions: in two or three those of `fft2` and `fft3`.
///
/// - `dim` are the dimensions, that of real and imaginary parts not among them; standard are all
///   others
/// - `inverse` has the other sign; `norm` says what is divided by: `backward` the number of elements
///   in the inverse, `forward` in the forward transform, `ortho` its root in both
/// - `onesided` keeps one half along the last dimension of `dim` of a real signal (`rfftn`); with
///   `inverse` it takes such a half and gives a real signal (`irfftn`), of even length there unless
///   `last` says another
/// - a transform with a NaN or an infinity in it may give anything
/// - error: any algorithm's, see [SpectralError]
/// - source: `torch.fft.fftn`, `ifftn`, `rfftn`, `irfftn`
public final class FftN extends SpectralOperator {
    public FftN() {
        super(
                "fftn",
                "",
                new About(
                        "X[k] = Σ x[t] exp(-2πi Σ k t / n), over several dimensions",
                        "torch.fft.fftn",
                        About.Errors.COMPOSITE),
                new Signature(
                        List.of(Parameter.required(
                                "input", "T", Signature.floats(), "[.., 1], or [.., 2] of complex numbers")),
                        List.of(Parameter.required("output", "T", Signature.floats(), "[.., 2], or real [.., 1]")),
                        List.of(
                                AttributeSpec.integer("inverse", 0, "1: the other sign"),
                                AttributeSpec.integer("onesided", 0, "1: one half of the spectrum of real signals"),
                                AttributeSpec.integer(
                                        "last", 0, "length along the last dimension of dim; 0: that of the signal"),
                                new AttributeSpec(
                                        "norm",
                                        Attribute.Text.class,
                                        Optional.of(new Attribute.Text("backward")),
                                        "backward, forward or ortho"),
                                AttributeSpec.optional(
                                        "dim",
                                        Attribute.Ints.class,
                                        "dimensions in ascending order; standard all but the last"))));
    }

    @Override
    Transform.Plan plan(Call call) {
        Shape shape = numbers(call);
        int rank = shape.rank();
        List<Long> all =
                IntStream.range(0, rank - 1).mapToObj(axis -> (long) axis).toList();
        Optional<Attribute> dim = call.attributes().find("dim");
        List<Long> given = dim.isPresent() ? call.attributes().integers("dim") : all;
        int[] axes = new int[given.size()];
        for (int i = 0; i < axes.length; i++) {
            long axis = given.get(i);
            require(
                    axis >= -rank && axis < rank - 1 && axis != -1,
                    "dim " + given + " of a tensor of rank " + rank,
                    "attribute dim",
                    "give numbers from " + -rank + " to " + (rank - 2) + " but -1");
            axes[i] = Math.toIntExact(axis < 0 ? axis + rank : axis);
            require(
                    i == 0 || axes[i] > axes[i - 1],
                    "dim " + given,
                    "attribute dim",
                    "give each dimension once, in ascending order");
        }
        require(axes.length > 0, "dim " + given, "attribute dim", "give at least one dimension");
        long last = call.attributes().integer("last");
        require(last >= 0, "last " + last, "attribute last", "give a length, or 0");
        long[] lengths = new long[axes.length];
        Arrays.fill(lengths, -1);
        lengths[axes.length - 1] = last > 0 ? last : -1;
        boolean inverse = flag(call, "inverse");
        int power = switch (call.attributes().text("norm")) {
            case "backward" -> inverse ? -2 : 0;
            case "forward" -> inverse ? 0 : -2;
            case "ortho" -> -1;
            default ->
                throw invalid(
                        "norm " + call.attributes().text("norm"), "attribute norm", "use backward, forward or ortho");
        };
        return planned(call, axes, lengths, flag(call, "onesided") ? axes.length - 1 : -1, power);
    }
}
