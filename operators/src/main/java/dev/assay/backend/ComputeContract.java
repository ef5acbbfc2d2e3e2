package dev.assay.backend;

import dev.assay.tensor.DType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What arithmetic a kernel promises; the error bound of a result follows from it.
///
/// It holds rounding policy and what the semantics leave open, nothing that the author of a model chooses
/// (those are attributes of the call). Start from [#STRICT] and declare what differs:
///
/// ```java
/// ComputeContract.strict().probabilities(Stored.as(DType.BF16)).build()
/// ```
///
/// Undeclared arithmetic has the strict value of the table in `docs/contract.md`. Prints as `strict`, or as the
/// fields that differ: `inputs=tf32;accumulator=aligned(24,8)`.
///
/// @param inputs rounding of operands before they are multiplied
/// @param prescaled type in which operands are kept after scaling, before they are multiplied
/// @param accumulator how sums are kept
/// @param accumulatorRounding how each partial sum is rounded
/// @param partials type in which partial sums of one result travel between cores or memory (split-K, atomics)
/// @param partialCount how many such partial sums a result is put together from; 1 if `partials` is wide
/// @param outputRounding how a result is rounded to the output's type
/// @param outputViaF32 whether a result wider than f32 is rounded to f32 first
/// @param flushesInputs whether subnormal inputs count as zero
/// @param flushesOutputs whether subnormal results, intermediate ones included, become zero
/// @param expUlps largest error of the exponential, in units in the last place of the working type
/// @param rsqrtUlps the same of the reciprocal square root
/// @param divideUlps the same of a division
/// @param tanhUlps largest error of the hyperbolic tangent, in units of 2u: absolute, for tanh is at most 1
/// @param functionUlps largest error of any other elementary function, in units in the last place of the working type
/// @param intermediates type in which results of elementwise arithmetic are kept before they are used further
/// @param scores type in which attention scores are kept before the softmax
/// @param probabilities type in which attention probabilities are kept before they are multiplied with the
///     values
/// @param statistics type in which a row's sum, maximum, mean, variance and inverse deviation are kept
/// @param normalized type in which a normalised value is kept before it is multiplied with its weight
/// @param fusedExponent whether exponentials are formed as exp2(fma(x, log2 e, -max log2 e)), which errs
///     coherently
/// @param variance how a variance is computed
/// @param deterministic whether repeated runs give equal bits
/// @param batchInvariant whether a slice's bits do not depend on how many slices there are or where it is
public record ComputeContract(
        InputRounding inputs,
        Stored prescaled,
        Accumulator accumulator,
        Rounding accumulatorRounding,
        Stored partials,
        int partialCount,
        Rounding outputRounding,
        boolean outputViaF32,
        boolean flushesInputs,
        boolean flushesOutputs,
        double expUlps,
        double rsqrtUlps,
        double divideUlps,
        double tanhUlps,
        double functionUlps,
        Stored intermediates,
        Stored scores,
        Stored probabilities,
        Stored statistics,
        Stored normalized,
        boolean fusedExponent,
        Variance variance,
        boolean deterministic,
        boolean batchInvariant) {

    /// IEEE arithmetic: nothing rounded but to the accumulator and, once, to the output.
    public static final ComputeContract STRICT = new Builder().build();

    /// A builder that starts from the strict values.
    public static Builder strict() {
        return new Builder();
    }

    /// Rounding of operands before they are multiplied. Only types wider than the target are affected.
    public enum InputRounding {
        NONE,
        /// To 11 significand bits, nearest even.
        TF32,
        /// To 11 significand bits, toward zero: the low bits are not read.
        TF32_TOWARD_ZERO,
        /// To bf16, nearest even.
        BF16;

        /// Significand bits left, hidden bit included.
        public int precision() {
            return switch (this) {
                case NONE -> 53;
                case TF32, TF32_TOWARD_ZERO -> 11;
                case BF16 -> 8;
            };
        }
    }

    /// Direction of a rounding.
    public enum Rounding {
        NEAREST_EVEN,
        TOWARD_ZERO
    }

    /// How a variance is computed.
    public enum Variance {
        /// Two passes, Welford, or any method that subtracts the mean of what it has added up.
        STABLE,
        /// E((x - x0)²) - E(x - x0)² with the row's first element x0, which loses digits where that is an outlier, or
        /// with a value no farther from the mean than a standard deviation.
        SHIFTED,
        /// E(x²) - E(x)², which loses digits when the mean is large.
        NAIVE
    }

    /// How sums are kept.
    public sealed interface Accumulator {
        /// f64 for f64, f32 for narrower floats, i32 for integers up to 8 bits.
        record Wide() implements Accumulator {
            @Override
            public String toString() {
                return "wide";
            }
        }

        /// This floating-point type, whatever the inputs are.
        record Floating(DType type) implements Accumulator {
            @Override
            public String toString() {
                return type.label();
            }
        }

        /// Block-wise fixed point, as in tensor cores: the products of a block and the running sum are aligned
        /// to the largest exponent among them and cut off `fractionBits` below it; the block's sum is kept in
        /// f32.
        ///
        /// @param fractionBits bits kept below the leading bit of the largest term
        /// @param block products per alignment
        record Aligned(int fractionBits, int block) implements Accumulator {
            @Override
            public String toString() {
                return "aligned(" + fractionBits + "," + block + ")";
            }
        }
    }

    /// Type in which an intermediate is kept.
    public sealed interface Stored {
        /// Not rounded beyond the accumulator's type.
        record Wide() implements Stored {
            @Override
            public String toString() {
                return "wide";
            }
        }

        record As(DType type) implements Stored {
            @Override
            public String toString() {
                return type.label();
            }
        }

        static Stored wide() {
            return new Wide();
        }

        static Stored as(DType type) {
            return new As(type);
        }

        /// The type, or `wide` where nothing is rounded.
        default DType orElse(DType wide) {
            return this instanceof As(DType type) ? type : wide;
        }
    }

    /// Type that sums over inputs of this type are kept in; for an aligned accumulator the type between its
    /// blocks.
    public DType accumulatorType(DType input) {
        return switch (accumulator) {
            case Accumulator.Floating(DType type) -> type;
            case Accumulator.Aligned ignored -> DType.F32;
            case Accumulator.Wide ignored -> wide(input);
        };
    }

    /// The strict type to compute in for inputs of this type.
    public static DType wide(DType input) {
        if (input == DType.F64) {
            return DType.F64;
        }
        return input.isFloat() ? DType.F32 : input.bits() <= 8 ? DType.I32 : DType.I64;
    }

    /// What is outside the table of `docs/contract.md`: one sentence for each such field, with its value and what is
    /// allowed. Empty for a sound contract; every other method of this class may fail on one that is not.
    public List<String> problems() {
        return ContractSchema.problems(this);
    }

    /// The fields that differ from [#STRICT], by name, as text.
    public Map<String, String> differences() {
        Map<String, String> mine = fields();
        Map<String, String> differing = new LinkedHashMap<>();
        STRICT.fields().forEach((name, strict) -> {
            String value = mine.getOrDefault(name, strict);
            if (!value.equals(strict)) {
                differing.put(name, value);
            }
        });
        return differing;
    }

    /// All fields in order, by name, as text.
    public Map<String, String> fields() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("inputs", lower(inputs));
        fields.put("prescaled", prescaled.toString());
        fields.put("accumulator", accumulator.toString());
        fields.put("accumulator_rounding", lower(accumulatorRounding));
        fields.put("partials", partials.toString());
        fields.put("partial_count", Integer.toString(partialCount));
        fields.put("output_rounding", lower(outputRounding));
        fields.put("output_via_f32", Boolean.toString(outputViaF32));
        fields.put("flushes_inputs", Boolean.toString(flushesInputs));
        fields.put("flushes_outputs", Boolean.toString(flushesOutputs));
        fields.put("exp_ulps", Double.toString(expUlps));
        fields.put("rsqrt_ulps", Double.toString(rsqrtUlps));
        fields.put("divide_ulps", Double.toString(divideUlps));
        fields.put("tanh_ulps", Double.toString(tanhUlps));
        fields.put("function_ulps", Double.toString(functionUlps));
        fields.put("intermediates", intermediates.toString());
        fields.put("scores", scores.toString());
        fields.put("probabilities", probabilities.toString());
        fields.put("statistics", statistics.toString());
        fields.put("normalized", normalized.toString());
        fields.put("fused_exponent", Boolean.toString(fusedExponent));
        fields.put("variance", lower(variance));
        fields.put("deterministic", Boolean.toString(deterministic));
        fields.put("batch_invariant", Boolean.toString(batchInvariant));
        return fields;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(java.util.Locale.ROOT);
    }

    @Override
    public String toString() {
        Map<String, String> differing = differences();
        return differing.isEmpty()
                ? "strict"
                : differing.entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue())
                        .collect(Collectors.joining(";"));
    }

    /// A builder that starts from this contract.
    public Builder toBuilder() {
        return new Builder(this);
    }

    /// Declares fields one by one.
    public static final class Builder {
        private InputRounding inputs = InputRounding.NONE;
        private Stored prescaled = Stored.wide();
        private Accumulator accumulator = new Accumulator.Wide();
        private Rounding accumulatorRounding = Rounding.NEAREST_EVEN;
        private Stored partials = Stored.wide();
        private int partialCount = 1;
        private Rounding outputRounding = Rounding.NEAREST_EVEN;
        private boolean outputViaF32;
        private boolean flushesInputs;
        private boolean flushesOutputs;
        private double expUlps = 2;
        private double rsqrtUlps = 2;
        private double divideUlps = 2;
        private double tanhUlps = 2;
        private double functionUlps = 4;
        private Stored intermediates = Stored.wide();
        private Stored scores = Stored.wide();
        private Stored probabilities = Stored.wide();
        private Stored statistics = Stored.wide();
        private Stored normalized = Stored.wide();
        private boolean fusedExponent;
        private Variance variance = Variance.STABLE;
        private boolean deterministic;
        private boolean batchInvariant;

        private Builder() {}

        private Builder(ComputeContract from) {
            inputs = from.inputs;
            prescaled = from.prescaled;
            accumulator = from.accumulator;
            accumulatorRounding = from.accumulatorRounding;
            partials = from.partials;
            partialCount = from.partialCount;
            outputRounding = from.outputRounding;
            outputViaF32 = from.outputViaF32;
            flushesInputs = from.flushesInputs;
            flushesOutputs = from.flushesOutputs;
            expUlps = from.expUlps;
            rsqrtUlps = from.rsqrtUlps;
            divideUlps = from.divideUlps;
            tanhUlps = from.tanhUlps;
            functionUlps = from.functionUlps;
            intermediates = from.intermediates;
            scores = from.scores;
            probabilities = from.probabilities;
            statistics = from.statistics;
            normalized = from.normalized;
            fusedExponent = from.fusedExponent;
            variance = from.variance;
            deterministic = from.deterministic;
            batchInvariant = from.batchInvariant;
        }

        public Builder inputs(InputRounding value) {
            inputs = value;
            return this;
        }

        public Builder prescaled(Stored value) {
            prescaled = value;
            return this;
        }

        public Builder accumulator(Accumulator value) {
            accumulator = value;
            return this;
        }

        public Builder accumulator(DType type) {
            return accumulator(new Accumulator.Floating(type));
        }

        public Builder accumulatorRounding(Rounding value) {
            accumulatorRounding = value;
            return this;
        }

        /// Partial sums of this type, `count` of them to a result.
        public Builder partials(Stored value, int count) {
            partials = value;
            partialCount = count;
            return this;
        }

        Builder partials(Stored value) {
            partials = value;
            return this;
        }

        Builder partialCount(int value) {
            partialCount = value;
            return this;
        }

        /// Declares a field by its name and the text that [ComputeContract#fields] gives its value. Throws
        /// [IllegalArgumentException] with field, value and what is allowed.
        public Builder field(String name, String text) {
            return ContractSchema.read(this, name, text)
                    .orElseThrow(() -> new IllegalArgumentException(
                            name + " is '" + text + "', allowed: " + ContractSchema.allowed(name)));
        }

        public Builder outputRounding(Rounding value) {
            outputRounding = value;
            return this;
        }

        public Builder outputViaF32(boolean value) {
            outputViaF32 = value;
            return this;
        }

        public Builder flushesInputs(boolean value) {
            flushesInputs = value;
            return this;
        }

        public Builder flushesOutputs(boolean value) {
            flushesOutputs = value;
            return this;
        }

        public Builder expUlps(double value) {
            expUlps = value;
            return this;
        }

        public Builder rsqrtUlps(double value) {
            rsqrtUlps = value;
            return this;
        }

        public Builder divideUlps(double value) {
            divideUlps = value;
            return this;
        }

        public Builder tanhUlps(double value) {
            tanhUlps = value;
            return this;
        }

        public Builder functionUlps(double value) {
            functionUlps = value;
            return this;
        }

        public Builder intermediates(Stored value) {
            intermediates = value;
            return this;
        }

        public Builder scores(Stored value) {
            scores = value;
            return this;
        }

        public Builder probabilities(Stored value) {
            probabilities = value;
            return this;
        }

        public Builder statistics(Stored value) {
            statistics = value;
            return this;
        }

        public Builder normalized(Stored value) {
            normalized = value;
            return this;
        }

        public Builder fusedExponent(boolean value) {
            fusedExponent = value;
            return this;
        }

        public Builder variance(Variance value) {
            variance = value;
            return this;
        }

        public Builder deterministic(boolean value) {
            deterministic = value;
            return this;
        }

        public Builder batchInvariant(boolean value) {
            batchInvariant = value;
            return this;
        }

        public ComputeContract build() {
            return new ComputeContract(
                    inputs,
                    prescaled,
                    accumulator,
                    accumulatorRounding,
                    partials,
                    partialCount,
                    outputRounding,
                    outputViaF32,
                    flushesInputs,
                    flushesOutputs,
                    expUlps,
                    rsqrtUlps,
                    divideUlps,
                    tanhUlps,
                    functionUlps,
                    intermediates,
                    scores,
                    probabilities,
                    statistics,
                    normalized,
                    fusedExponent,
                    variance,
                    deterministic,
                    batchInvariant);
        }
    }
}
