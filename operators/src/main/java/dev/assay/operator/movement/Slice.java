package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/// Every `steps[i]`-th element from `starts[i]` up to `ends[i]`, which is left out, along each of `axes`.
///
/// - negative starts and ends count from the end; then both are moved into the tensor, so that INT64_MAX is its end
/// - negative steps go backwards
/// - source: ONNX Slice-13
public final class Slice extends Movement {
    private static final Set<DType> INDICES = Signature.only(DType.I32, DType.I64);

    public Slice() {
        super(
                "slice",
                "Slice",
                about("every steps[i]-th element from starts[i] to before ends[i] along axes[i]", "ONNX Slice-13"),
                new Signature(
                        List.of(
                                Parameter.required("data", "T", Signature.all(), "any shape"),
                                Parameter.constant("starts", "Tind", INDICES, "first indices"),
                                Parameter.constant("ends", "Tind", INDICES, "indices behind the last ones"),
                                Parameter.optionalConstant("axes", "Tind", INDICES, "dimensions; the first ones"),
                                Parameter.optionalConstant("steps", "Tind", INDICES, "distances; 1")),
                        List.of(Parameter.required("output", "T", Signature.all(), "what is left")),
                        List.of()));
    }

    /// First index, step and number of indices along each dimension.
    private static final class Ranges {
        final long[] starts;
        final long[] steps;
        final long[] counts;

        Ranges(Shape shape) {
            starts = new long[shape.rank()];
            steps = new long[shape.rank()];
            counts = shape.toArray();
            Arrays.fill(steps, 1);
        }
    }

    private Ranges ranges(Call call) {
        Shape shape = call.input("data").shape();
        List<Long> starts = constant(call, "starts");
        List<Long> ends = constant(call, "ends");
        int count = starts.size();
        List<Long> axes =
                constant(call, "axes", LongStream.range(0, count).boxed().toList());
        List<Long> steps = constant(call, "steps", Collections.nCopies(count, 1L));
        if (ends.size() != count || axes.size() != count || steps.size() != count) {
            throw invalid(
                    count + " starts, " + ends.size() + " ends, " + axes.size() + " axes, " + steps.size() + " steps",
                    "inputs",
                    "give as many of each");
        }
        Ranges ranges = new Ranges(shape);
        int[] found = axes(axes, shape.rank(), "input axes");
        for (int i = 0; i < count; i++) {
            int axis = found[i];
            long dim = shape.dim(axis);
            long step = steps.get(i);
            if (step == 0) {
                throw invalid("a step of 0", "input steps", "give steps above or below 0");
            }
            long start = fromStart(starts.get(i), dim);
            long end = fromStart(ends.get(i), dim);
            start = Math.max(0, Math.min(start, step > 0 ? dim : dim - 1));
            end = step > 0 ? Math.max(0, Math.min(end, dim)) : Math.max(-1, Math.min(end, dim - 1));
            ranges.starts[axis] = start;
            ranges.steps[axis] = step;
            long length = step > 0 ? end - start : start - end;
            // No step beyond the dimension reaches a second element.
            long stride = step == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(step);
            ranges.counts[axis] = dim == 0 || length <= 0 ? 0 : (length - 1) / stride + 1;
        }
        return ranges;
    }

    private static long fromStart(long index, long dim) {
        return index < 0 ? index + dim : index;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.dense(call.input("data").dtype(), Shape.of(ranges(call).counts)));
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor data = inputs.get("data");
        Ranges ranges = ranges(call);
        long[] strides = data.shape().denseStrides();
        return (at, origin) -> {
            long number = 0;
            for (int i = 0; i < strides.length; i++) {
                number += (ranges.starts[i] + at[i] * ranges.steps[i]) * strides[i];
            }
            origin.element(data, number);
        };
    }

    /// Reads no more than it writes.
    @Override
    public Cost cost(Call call) {
        return new Cost(0, 2 * outputs(call).getFirst().byteSize());
    }
}
