package dev.assay.engine.diagnosis;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.engine.diagnosis.CallReadings.Reading;
import dev.assay.operator.About;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Rereading;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;

/// Wrong readings of operands that hold whole numbers: places, lengths, starts, sizes and flags, those that the call is
/// made with among them.
final class WholeReadings {
    private final Operator operator;
    private final Call call;
    private final List<Reading> all = new ArrayList<>();

    private WholeReadings(Operator operator, Call call) {
        this.operator = operator;
        this.call = call;
    }

    /// @param inputs of one run, which say whether numbers are negative
    static List<Reading> of(Operator operator, Call call, Inputs inputs) {
        WholeReadings readings = new WholeReadings(operator, call);
        for (Operand operand : call.inputs()) {
            boolean whole =
                    operand.spec().isPresent() && !operand.spec().get().dtype().isFloat();
            if (whole && !operand.spec().get().shape().isEmpty()) {
                Tensor tensor = inputs.get(operand.name());
                if (tensor.dtype() != DType.BOOL) {
                    readings.values(operand.name(), tensor);
                }
                readings.otherSign(operand.name(), tensor);
                readings.places(operand.name(), tensor.shape());
            }
        }
        return readings.all;
    }

    private static long[] numbers(Tensor tensor) {
        long[] numbers = new long[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = tensor.dtype().decodeLong(tensor.codeAt(tensor.position(i)));
        }
        return numbers;
    }

    private interface Change {
        /// What stands in place of all of them.
        long[] of(long[] numbers);
    }

    private void add(Cause cause, String name, String what, Change change) {
        String sentence = name + " is " + what;
        all.add(new Reading(cause, sentence, inputs -> {
            Rereading right = Rereading.of(call, inputs);
            long[] changed = change.of(numbers(inputs.get(name)));
            return right.whole(name, n -> changed[(int) n]).as(cause.code(), sentence);
        }));
    }

    private void each(Cause cause, String name, String what, LongUnaryOperator change) {
        add(cause, name, what, numbers -> {
            long[] changed = new long[numbers.length];
            for (int i = 0; i < changed.length; i++) {
                changed[i] = change.applyAsLong(numbers[i]);
            }
            return changed;
        });
    }

    private void values(String name, Tensor tensor) {
        each(Cause.OFF_BY_ONE, name, "read one too large", x -> x + 1);
        each(Cause.OFF_BY_ONE, name, "read one too small", x -> x - 1);
        each(Cause.OFF_BY_ONE, name, "read one too large where it is not 0", x -> x > 0 ? x + 1 : x);
        each(Cause.OFF_BY_ONE, name, "read one too small where it is not 0", x -> x > 0 ? x - 1 : x);
        boolean fromTheEnd = false;
        for (long number : numbers(tensor)) {
            fromTheEnd |= number < -1;
        }
        // A single -1 stands for nothing at all where it does not count from the end.
        boolean moves = operator.about().errors() == About.Errors.EXACT;
        each(
                fromTheEnd || moves ? Cause.MISPLACED : Cause.TERMS_REPEATED,
                name,
                fromTheEnd ? "0 where it is negative" : "0 where it is none",
                x -> Math.max(0, x));
        each(Cause.OPERAND_IGNORED, name, "taken for 0", x -> 0);
        if (tensor.shape().rank() == 1 && tensor.shape().elements() > 2) {
            within(name, -1);
            within(name, 1);
            add(Cause.MISPLACED, name, "read without what is 0, which comes last", WholeReadings::packed);
        }
    }

    /// Starts of parts between the first and the end of the last.
    private void within(String name, long off) {
        String what = "read one too " + (off < 0 ? "small" : "large") + " but for its first and its last";
        add(Cause.OFF_BY_ONE, name, what, numbers -> {
            long[] changed = numbers.clone();
            for (int i = 1; i < changed.length - 1; i++) {
                changed[i] = numbers[i] == 0 ? 0 : numbers[i] + off;
            }
            return changed;
        });
    }

    private static long[] packed(long[] numbers) {
        long[] packed = new long[numbers.length];
        int at = 0;
        for (long number : numbers) {
            if (number != 0) {
                packed[at++] = number;
            }
        }
        return packed;
    }

    /// The same codes in the type that differs by its sign alone: what is negative wraps around.
    private void otherSign(String name, Tensor tensor) {
        DType type = tensor.dtype();
        Optional<DType> other = Arrays.stream(DType.values())
                .filter(one -> !one.isFloat() && one.bits() == type.bits() && one.bits() <= 16)
                .filter(one -> (one.kind() == DType.Kind.SIGNED && type.kind() == DType.Kind.UNSIGNED)
                        || (one.kind() == DType.Kind.UNSIGNED && type.kind() == DType.Kind.SIGNED))
                .findFirst();
        if (other.isPresent()) {
            DType read = other.get();
            String sentence = name + " is read as " + read + ", so that half of its codes wrap around";
            all.add(new Reading(Cause.OVERFLOW, sentence, inputs -> {
                Tensor given = inputs.get(name);
                return Rereading.of(call, inputs)
                        .input(name, read, given.shape(), n -> read.decode(given.codeAt(given.position(n))))
                        .as(Cause.OVERFLOW.code(), sentence);
            }));
        }
    }

    private void places(String name, Shape shape) {
        Moves.along(shape, (what, source) -> moved(name, "read " + what, source));
        long elements = shape.elements();
        if (elements > 2) {
            long pairs = elements / 2 * 2;
            moved(name, "read with neighbours exchanged", n -> n < pairs ? n ^ 1 : n);
            if (elements == pairs) {
                moved(name, "read with its halves exchanged", n -> (n + elements / 2) % elements);
            }
        }
    }

    private void moved(String name, String what, LongUnaryOperator source) {
        add(Cause.MISPLACED, name, what, numbers -> {
            long[] changed = new long[numbers.length];
            for (int i = 0; i < changed.length; i++) {
                changed[i] = numbers[(int) source.applyAsLong(i)];
            }
            return changed;
        });
    }
}
