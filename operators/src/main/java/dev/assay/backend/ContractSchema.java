package dev.assay.backend;

import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.backend.ComputeContract.Variance;
import dev.assay.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What each field of a contract may hold, and its text form read back.
///
/// A contract comes from a plugin, which need not have been compiled with null checks and may count wrongly: whatever
/// it holds is looked at before a bound is derived from it, because a NaN in it would make every bound NaN.
final class ContractSchema {
    /// At 2^16 ulps of f32 a function keeps as few bits as bf16 has: it would not be that function in f32.
    private static final double MOST_ULPS = 0x1p16;

    /// An alignment that keeps less than bf16 is not a sum; none in use keeps more than two f32 significands.
    private static final int LEAST_FRACTION_BITS = 8;

    private static final int MOST_FRACTION_BITS = 64;
    private static final int MOST_PER_BLOCK = 1 << 16;
    private static final int MOST_PARTIALS = 1 << 20;

    private static final List<DType> ACCUMULATORS = List.of(DType.F64, DType.F32, DType.F16, DType.BF16);
    private static final List<DType> STORED = List.of(
            DType.F64,
            DType.F32,
            DType.F16,
            DType.BF16,
            DType.F8E4M3,
            DType.F8E4M3FNUZ,
            DType.F8E5M2,
            DType.F8E5M2FNUZ);
    private static final Pattern ALIGNED = Pattern.compile("aligned\\((\\d{1,9}),(\\d{1,9})\\)");

    private static final String TYPES = "wide, " + labels(STORED);
    private static final String SUMS = "wide, " + labels(ACCUMULATORS) + ", or aligned(F,B) with F from "
            + LEAST_FRACTION_BITS + " to " + MOST_FRACTION_BITS + " and B from 1 to " + MOST_PER_BLOCK;
    private static final String ULPS = "a number from 0 to " + (long) MOST_ULPS;
    private static final String COUNTS =
            "1 where partials is wide, a whole number from 2 to " + MOST_PARTIALS + " otherwise";

    private ContractSchema() {}

    private static String labels(List<DType> types) {
        return types.stream().map(DType::label).collect(Collectors.joining(", "));
    }

    private static String names(Enum<?>[] values) {
        return Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }

    /// Collects what is wrong with the fields of a contract.
    private static final class Problems {
        final List<String> found = new ArrayList<>();

        void add(String field, @Nullable Object value, String allowed) {
            found.add(field + " is " + value + ", allowed: " + allowed);
        }

        void present(String field, @Nullable Enum<?> value, Enum<?>[] all) {
            if (value == null) {
                add(field, null, names(all));
            }
        }

        void stored(String field, @Nullable Stored value) {
            if (value == null) {
                add(field, null, TYPES);
            } else if (value instanceof Stored.As(DType type) && !isOneOf(STORED, type)) {
                add(field, label(type), TYPES);
            }
        }

        void ulps(String field, double value) {
            // Never `value < 0 || value > most`: NaN must be refused.
            if (!(value >= 0 && value <= MOST_ULPS)) {
                add(field, value, ULPS);
            }
        }
    }

    /// An immutable list throws where it is asked for null.
    private static boolean isOneOf(List<DType> types, @Nullable DType type) {
        return type != null && types.contains(type);
    }

    private static @Nullable String label(@Nullable DType type) {
        return type == null ? null : type.label();
    }

    /// What is outside the schema: field, value and what is allowed; empty for a sound contract.
    static List<String> problems(ComputeContract contract) {
        Problems problems = new Problems();
        problems.present("inputs", contract.inputs(), InputRounding.values());
        problems.stored("prescaled", contract.prescaled());
        accumulator(contract.accumulator(), problems);
        problems.present("accumulator_rounding", contract.accumulatorRounding(), Rounding.values());
        problems.stored("partials", contract.partials());
        int least = contract.partials() instanceof Stored.As ? 2 : 1;
        int most = contract.partials() instanceof Stored.As ? MOST_PARTIALS : 1;
        if (contract.partialCount() < least || contract.partialCount() > most) {
            problems.add("partial_count", contract.partialCount(), COUNTS);
        }
        problems.present("output_rounding", contract.outputRounding(), Rounding.values());
        problems.ulps("exp_ulps", contract.expUlps());
        problems.ulps("rsqrt_ulps", contract.rsqrtUlps());
        problems.ulps("divide_ulps", contract.divideUlps());
        problems.ulps("tanh_ulps", contract.tanhUlps());
        problems.ulps("function_ulps", contract.functionUlps());
        problems.stored("intermediates", contract.intermediates());
        problems.stored("scores", contract.scores());
        problems.stored("probabilities", contract.probabilities());
        problems.stored("statistics", contract.statistics());
        problems.stored("normalized", contract.normalized());
        problems.present("variance", contract.variance(), Variance.values());
        return List.copyOf(problems.found);
    }

    @SuppressWarnings("NullAway") // what a plugin hands over may be null where it must not be
    private static void accumulator(Accumulator accumulator, Problems problems) {
        boolean sound = switch (accumulator) {
            case null -> false;
            case Accumulator.Wide ignored -> true;
            case Accumulator.Floating(DType type) -> isOneOf(ACCUMULATORS, type);
            case Accumulator.Aligned(int bits, int block) ->
                bits >= LEAST_FRACTION_BITS && bits <= MOST_FRACTION_BITS && block >= 1 && block <= MOST_PER_BLOCK;
        };
        if (!sound) {
            Object value = accumulator instanceof Accumulator.Floating(DType type) ? label(type) : accumulator;
            problems.add("accumulator", value, SUMS);
        }
    }

    private static final Map<String, BiFunction<ComputeContract.Builder, String, Optional<ComputeContract.Builder>>>
            READERS = readers();

    private static Map<String, BiFunction<ComputeContract.Builder, String, Optional<ComputeContract.Builder>>>
            readers() {
        Map<String, BiFunction<ComputeContract.Builder, String, Optional<ComputeContract.Builder>>> all =
                new TreeMap<>();
        all.put("inputs", (to, text) -> named(InputRounding.values(), text).map(to::inputs));
        all.put("prescaled", (to, text) -> stored(text).map(to::prescaled));
        all.put("accumulator", (to, text) -> accumulator(text).map(to::accumulator));
        all.put(
                "accumulator_rounding",
                (to, text) -> named(Rounding.values(), text).map(to::accumulatorRounding));
        all.put("partials", (to, text) -> stored(text).map(to::partials));
        all.put("partial_count", (to, text) -> count(text).map(to::partialCount));
        all.put("output_rounding", (to, text) -> named(Rounding.values(), text).map(to::outputRounding));
        all.put("output_via_f32", (to, text) -> flag(text).map(to::outputViaF32));
        all.put("flushes_inputs", (to, text) -> flag(text).map(to::flushesInputs));
        all.put("flushes_outputs", (to, text) -> flag(text).map(to::flushesOutputs));
        all.put("exp_ulps", (to, text) -> number(text).map(to::expUlps));
        all.put("rsqrt_ulps", (to, text) -> number(text).map(to::rsqrtUlps));
        all.put("divide_ulps", (to, text) -> number(text).map(to::divideUlps));
        all.put("tanh_ulps", (to, text) -> number(text).map(to::tanhUlps));
        all.put("function_ulps", (to, text) -> number(text).map(to::functionUlps));
        all.put("intermediates", (to, text) -> stored(text).map(to::intermediates));
        all.put("scores", (to, text) -> stored(text).map(to::scores));
        all.put("probabilities", (to, text) -> stored(text).map(to::probabilities));
        all.put("statistics", (to, text) -> stored(text).map(to::statistics));
        all.put("normalized", (to, text) -> stored(text).map(to::normalized));
        all.put("fused_exponent", (to, text) -> flag(text).map(to::fusedExponent));
        all.put("variance", (to, text) -> named(Variance.values(), text).map(to::variance));
        all.put("deterministic", (to, text) -> flag(text).map(to::deterministic));
        all.put("batch_invariant", (to, text) -> flag(text).map(to::batchInvariant));
        return all;
    }

    /// Reads one field's text form into a builder.
    ///
    /// @return empty if the text is no value of this field
    static Optional<ComputeContract.Builder> read(ComputeContract.Builder into, String field, String text) {
        BiFunction<ComputeContract.Builder, String, Optional<ComputeContract.Builder>> reader = READERS.get(field);
        if (reader == null) {
            throw new IllegalArgumentException("a contract has no field '" + field + "'");
        }
        return reader.apply(into, text);
    }

    /// What a field may hold, in words.
    static String allowed(String field) {
        return switch (field) {
            case "inputs" -> names(InputRounding.values());
            case "accumulator_rounding", "output_rounding" -> names(Rounding.values());
            case "variance" -> names(Variance.values());
            case "accumulator" -> SUMS;
            case "partial_count" -> COUNTS;
            case "exp_ulps", "rsqrt_ulps", "divide_ulps", "tanh_ulps", "function_ulps" -> ULPS;
            case "output_via_f32",
                    "flushes_inputs",
                    "flushes_outputs",
                    "fused_exponent",
                    "deterministic",
                    "batch_invariant" -> "true, false";
            default -> TYPES;
        };
    }

    private static <E extends Enum<E>> Optional<E> named(E[] values, String text) {
        return Arrays.stream(values)
                .filter(value -> value.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst();
    }

    private static Optional<DType> typed(List<DType> types, String text) {
        return types.stream().filter(type -> type.label().equals(text)).findFirst();
    }

    private static Optional<Stored> stored(String text) {
        return text.equals("wide")
                ? Optional.of(Stored.wide())
                : typed(STORED, text).map(Stored::as);
    }

    private static Optional<Accumulator> accumulator(String text) {
        if (text.equals("wide")) {
            return Optional.of(new Accumulator.Wide());
        }
        Matcher aligned = ALIGNED.matcher(text);
        return aligned.matches()
                ? Optional.of(
                        new Accumulator.Aligned(Integer.parseInt(aligned.group(1)), Integer.parseInt(aligned.group(2))))
                : typed(ACCUMULATORS, text).map(Accumulator.Floating::new);
    }

    private static Optional<Boolean> flag(String text) {
        return switch (text) {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    private static Optional<Integer> count(String text) {
        return text.matches("\\d{1,9}") ? Optional.of(Integer.valueOf(text)) : Optional.empty();
    }

    private static Optional<Double> number(String text) {
        try {
            return Optional.of(Double.valueOf(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
