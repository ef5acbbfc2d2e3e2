package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
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

/// Base of the operators that find where the extreme element of a line is.
///
/// Of equal ones it is the first, or with `select_last_index` the last. ONNX says nothing of NaN: in a line that holds
/// one, the places of NaN and of the extreme number are right.
abstract class ArgExtreme extends AxisOperator {
    private final boolean largest;

    ArgExtreme(String name, String onnxType, String source, boolean largest) {
        super(
                name,
                onnxType,
                new About(
                        "the index of the " + (largest ? "largest" : "smallest") + " x of each line",
                        source,
                        About.Errors.INDEX),
                new Signature(
                        List.of(Parameter.required("data", "T", Signature.numbers(), "any shape but a scalar's")),
                        List.of(Parameter.required(
                                "reduced", "I", Signature.only(DType.I64), "one index for each line")),
                        List.of(
                                AttributeSpec.integer(
                                        "axis", 0, "dimension of the lines; negative counts from the end"),
                                AttributeSpec.integer("keepdims", 1, "1: it stays with size 1; 0: it goes"),
                                AttributeSpec.integer(
                                        "select_last_index", 0, "of equal elements 0: the first; 1: the last"))));
        this.largest = largest;
    }

    @Override
    public final List<TensorSpec> outputs(Call call) {
        requireFlag(call, "keepdims");
        requireFlag(call, "select_last_index");
        TensorLines lines = lines(call);
        if (lines.length() == 0 && lines.count() > 0) {
            throw invalid(
                    "lines of no elements: " + shape(call), "input data", "give dimension " + axis(call) + " a size");
        }
        return List.of(
                TensorSpec.dense(DType.I64, lines.reduced(call.attributes().integer("keepdims") != 0)));
    }

    @Override
    public final Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        TensorLines lines = lines(call);
        Tensor data = inputs.get("data");
        boolean keep = call.attributes().integer("keepdims") != 0;
        boolean last = call.attributes().integer("select_last_index") != 0;
        return new LineOracle(lines.length(), List.of(LineOracle.Layout.reduced(lines, keep))) {
            @Override
            protected Line line(long number, Observed device) {
                int found = data.dtype().isFloat()
                        ? place(lines.read(data, number), last)
                        : place(lines.readIntegers(data, number), data.dtype(), last);
                int expected = found >= 0 ? found : placeBesideNan(lines.read(data, number), number, device);
                return (output, position, into, to) -> into.setInteger(to, expected, DType.I64);
            }
        };
    }

    /// The place in a line of numbers; -1 if one is NaN.
    private int place(double[] line, boolean last) {
        int best = 0;
        for (int i = 0; i < line.length; i++) {
            if (Double.isNaN(line[i])) {
                return -1;
            }
            boolean better = largest ? line[i] > line[best] : line[i] < line[best];
            best = better || (last && line[i] == line[best]) ? i : best;
        }
        return best;
    }

    private int place(long[] line, DType type, boolean last) {
        boolean unsigned = type.kind() == DType.Kind.UNSIGNED;
        int best = 0;
        for (int i = 0; i < line.length; i++) {
            int order = unsigned ? Long.compareUnsigned(line[i], line[best]) : Long.compare(line[i], line[best]);
            best = (largest ? order > 0 : order < 0) || (last && order == 0) ? i : best;
        }
        return best;
    }

    /// The device's place if NaN or the extreme number is there, otherwise that of the first NaN.
    private int placeBesideNan(double[] line, long number, Observed device) {
        int nan = -1;
        double extreme = Double.NaN;
        for (int i = 0; i < line.length; i++) {
            if (Double.isNaN(line[i])) {
                nan = nan < 0 ? i : nan;
            } else if (Double.isNaN(extreme) || (largest ? line[i] > extreme : line[i] < extreme)) {
                extreme = line[i];
            }
        }
        double theirs = device.output(0).get(number);
        boolean inside = theirs >= 0 && theirs < line.length;
        double there = inside ? line[(int) theirs] : 0;
        return inside && (Double.isNaN(there) || there == extreme) ? (int) theirs : nan;
    }

    @Override
    public final List<Probe> probes(Call call, ComputeContract contract) {
        return shape(call).isEmpty()
                ? List.of()
                : List.of(
                        new Probe("integers(-4,4)", false, "of equal elements another one is chosen"),
                        new Probe("codes", false, "some values of the type are compared wrongly"));
    }
}
