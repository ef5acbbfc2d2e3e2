package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Base of the operators that combine each element of a line with all before it.
///
/// - `exclusive` leaves the element itself out, `reverse` takes those behind it instead
/// - integers wrap
abstract class Cumulative extends AxisOperator {
    Cumulative(String name, String onnxType, String formula, String source) {
        super(
                name,
                onnxType,
                new About(formula, source, About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("x", "T", Reduction.NUMBERS, "any shape but a scalar's"),
                                Parameter.constant(
                                        "axis",
                                        "I",
                                        Signature.only(DType.I32, DType.I64),
                                        "dimension of the lines, one number; negative counts from the end")),
                        List.of(Parameter.required("y", "T", Reduction.NUMBERS, "like x")),
                        List.of(
                                AttributeSpec.integer("exclusive", 0, "1: without the element itself"),
                                AttributeSpec.integer("reverse", 0, "1: from the end of the line"))));
    }

    /// What all beginnings of a line come to: those of one element, of two, and so on.
    abstract Estimate[] real(double[] line, LineArithmetic arithmetic);

    /// What integers come to, modulo 2^64.
    abstract long next(long before, long value);

    /// What no element comes to.
    abstract long nothing();

    @Override
    protected final long givenAxis(Call call) {
        List<Long> given = call.constants().getOrDefault("axis", List.of());
        if (given.size() != 1) {
            throw invalid("axis is " + given, "input axis", "give one number");
        }
        return given.getFirst();
    }

    @Override
    public final List<TensorSpec> outputs(Call call) {
        axis(call);
        requireFlag(call, "exclusive");
        requireFlag(call, "reverse");
        return List.of(TensorSpec.dense(call.input("x").dtype(), shape(call)));
    }

    @Override
    public final Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        TensorLines lines = lines(call);
        Tensor x = inputs.get("x");
        int exclusive = (int) call.attributes().integer("exclusive");
        boolean reverse = call.attributes().integer("reverse") != 0;
        LineArithmetic arithmetic =
                new LineArithmetic(contract, x.dtype(), shape(call).elements());
        int length = lines.length();
        return new LineOracle(length, List.of(LineOracle.Layout.whole(lines))) {
            // How many elements a result is made of.
            private int used(int position) {
                return (reverse ? length - position : position + 1) - exclusive;
            }

            @Override
            protected Line line(long number, Observed device) {
                if (x.dtype().isFloat()) {
                    double[] values = lines.read(x, number);
                    double[] ordered = values.clone();
                    for (int i = 0; i < length && reverse; i++) {
                        ordered[i] = values[length - 1 - i];
                    }
                    Estimate[] all = real(ordered, arithmetic);
                    return (output, position, into, to) -> put(
                            used(position) == 0 ? Estimate.exact((double) nothing()) : all[used(position) - 1],
                            into,
                            to);
                }
                long[] values = lines.readIntegers(x, number);
                long[] all = new long[length + 1];
                all[0] = nothing();
                for (int i = 0; i < length; i++) {
                    all[i + 1] = next(all[i], values[reverse ? length - 1 - i : i]);
                }
                return (output, position, into, to) ->
                        into.setInteger(to, x.dtype().encodeLong(all[used(position)]), x.dtype());
            }
        };
    }

    @Override
    public final List<Probe> probes(Call call, ComputeContract contract) {
        return shape(call).isEmpty()
                ? List.of()
                : List.of(new Probe("integers(-4,4)", false, "elements are left out, or counted twice"));
    }
}
