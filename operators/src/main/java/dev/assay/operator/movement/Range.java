package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Set;

/// Numbers from `start` in steps of `delta`, up to but without `limit`.
///
/// - `max(ceil((limit - start) / delta), 0)` of them
/// - start, limit and delta are whole numbers of the type, and so small that f32 (f64 for f64) holds every result: then
///   multiplying and adding up step by step come to the same, and narrow types round it once
/// - source: ONNX Range-27
public final class Range extends Movement {
    private static final Set<DType> TYPES =
            Signature.union(Signature.floats(), Signature.only(DType.I16, DType.I32, DType.I64));

    /// ONNX numbers of f32 and f64.
    private static final Set<Long> STASHES = Set.of(1L, 11L);

    public Range() {
        super(
                "range",
                "Range",
                about("start + i delta, up to but without limit", "ONNX Range-27"),
                new Signature(
                        List.of(
                                Parameter.constant("start", "T", TYPES, "first number"),
                                Parameter.constant("limit", "T", TYPES, "what is not reached"),
                                Parameter.constant("delta", "T", TYPES, "step, not 0")),
                        List.of(Parameter.required("output", "T", TYPES, "the numbers")),
                        List.of(AttributeSpec.integer(
                                "stash_type", 1, "type of intermediate results, by its number in ONNX: f32 or f64"))));
    }

    private record Progression(long start, long delta, long count) {}

    private Progression progression(Call call) {
        DType type = call.input("start").dtype();
        long start = number(call, "start", type);
        long limit = number(call, "limit", type);
        long delta = number(call, "delta", type);
        if (delta == 0) {
            throw invalid("a delta of 0", "input delta", "give a step");
        }
        if (!STASHES.contains(call.attributes().integer("stash_type"))) {
            throw invalid(
                    "stash_type " + call.attributes().integer("stash_type"),
                    "attribute stash_type",
                    "use 1 for f32 or 11 for f64");
        }
        try {
            long count = Math.max(0, Math.ceilDiv(Math.subtractExact(limit, start), delta));
            long last = count == 0 ? start : start + (count - 1) * delta;
            long whole = 1L << (type == DType.F64 ? 53 : 24);
            if (type.isFloat() && Math.max(Math.abs(start), Math.abs(last)) > whole) {
                throw invalid("numbers up to " + last, "input limit", "stay within " + whole);
            }
            return new Progression(start, delta, count);
        } catch (ArithmeticException e) {
            throw invalid("more numbers than 64 bits can count", "input limit", "give less");
        }
    }

    private long number(Call call, String input, DType type) {
        if (call.input(input).shape().elements() != 1) {
            throw invalid(input + " is " + call.input(input).shape(), "input " + input, "give one number");
        }
        long value = single(call, input);
        if (type.isFloat() && type.round((double) value) != (double) value) {
            throw invalid(value + " of " + type, "input " + input, "give a number of that type");
        }
        return value;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.dense(
                call.input("start").dtype(), Shape.of(progression(call).count())));
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Progression progression = progression(call);
        boolean whole = !call.input("start").dtype().isFloat();
        return (at, origin) -> {
            long value = progression.start() + at[0] * progression.delta();
            if (whole) {
                origin.whole(value);
            } else {
                origin.constant((double) value);
            }
        };
    }
}
