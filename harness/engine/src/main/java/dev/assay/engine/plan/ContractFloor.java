package dev.assay.engine.plan;

import dev.assay.HarnessException;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/// The weakest contract that a case accepts, and how lax the bound that follows from a contract may be.
///
/// A bound explains whatever a contract declares, so that a chip which adds in bf16 and says so passes
/// every layer of the judge. Whether that is good enough is for the suite to say, and it says it here.
/// Contracts are compared field by field, by the arithmetic they come to for the call's inputs: see
/// [#effective] for what is read into a floor, and [#ORDERS] for what is at least as strict as what.
///
/// Prints, and reads back, as `inputs=tf32;accumulator=aligned(24,16);tightness=1000.0`; the contract is
/// `strict` where no field is named and `any` where the fields are not looked at.
///
/// @param accepted the weakest contract; empty if any is accepted
/// @param tightness largest median of the bound in ulps of the output; empty if there is none
public record ContractFloor(Optional<ComputeContract> accepted, OptionalDouble tightness) {
    private static final String ANY = "any";
    private static final String STRICT = "strict";
    private static final String TIGHTNESS = "tightness";

    /// A result that is rounded once is half an ulp off: no bound is tighter.
    static final double TIGHTEST = 0.5;

    /// Elements that a ceiling needs. The bound in ulps is as large as an element is small; of 64 normal elements the
    /// median is below half of what it should be with probability 2e-5 (binomial, 32 of 64 at 0.264).
    static final long FEWEST_ELEMENTS = 64;

    /// Whether a declared field is at least as strict as the floor's, for inputs of a type.
    private interface Order {
        boolean holds(ComputeContract declared, ComputeContract floor, DType input);
    }

    private static final Map<String, Order> ORDERS = orders();

    private static Map<String, Order> orders() {
        Map<String, Order> all = new LinkedHashMap<>();
        all.put("inputs", (declared, floor, input) -> inputs(declared.inputs(), floor.inputs(), input));
        all.put("prescaled", stored(ComputeContract::prescaled));
        all.put("accumulator", (declared, floor, input) -> sums(declared.accumulator(), floor.accumulator(), input));
        all.put("accumulator_rounding", (declared, floor, input) -> roundsSums(declared, floor));
        all.put("partials", stored(ComputeContract::partials));
        // Partial sums that lose nothing on the way may be as many as they like.
        all.put(
                "partial_count",
                (declared, floor, input) -> atLeast(type(declared.partials(), input), ComputeContract.wide(input))
                        || declared.partialCount() <= floor.partialCount());
        all.put(
                "output_rounding",
                (declared, floor, input) -> declared.outputRounding() == Rounding.NEAREST_EVEN
                        || floor.outputRounding() == Rounding.TOWARD_ZERO);
        all.put("output_via_f32", weakens(ComputeContract::outputViaF32));
        all.put("flushes_inputs", weakens(ComputeContract::flushesInputs));
        all.put("flushes_outputs", weakens(ComputeContract::flushesOutputs));
        all.put("exp_ulps", atMost(ComputeContract::expUlps));
        all.put("rsqrt_ulps", atMost(ComputeContract::rsqrtUlps));
        all.put("divide_ulps", atMost(ComputeContract::divideUlps));
        all.put("tanh_ulps", atMost(ComputeContract::tanhUlps));
        all.put("function_ulps", atMost(ComputeContract::functionUlps));
        all.put("intermediates", stored(ComputeContract::intermediates));
        all.put("scores", stored(ComputeContract::scores));
        all.put("probabilities", stored(ComputeContract::probabilities));
        all.put("statistics", stored(ComputeContract::statistics));
        all.put("normalized", stored(ComputeContract::normalized));
        all.put("fused_exponent", weakens(ComputeContract::fusedExponent));
        all.put("variance", (declared, floor, input) -> declared.variance().compareTo(floor.variance()) <= 0);
        all.put("deterministic", strengthens(ComputeContract::deterministic));
        all.put("batch_invariant", strengthens(ComputeContract::batchInvariant));
        return all;
    }

    private interface Flag {
        boolean of(ComputeContract contract);
    }

    private interface Kept {
        Stored of(ComputeContract contract);
    }

    private static Order weakens(Flag flag) {
        return (declared, floor, input) -> flag.of(floor) || !flag.of(declared);
    }

    private static Order strengthens(Flag flag) {
        return (declared, floor, input) -> flag.of(declared) || !flag.of(floor);
    }

    private static Order atMost(ToDoubleFunction<ComputeContract> ulps) {
        return (declared, floor, input) -> ulps.applyAsDouble(declared) <= ulps.applyAsDouble(floor);
    }

    private static Order stored(Kept field) {
        return (declared, floor, input) -> kept(type(field.of(declared), input), type(field.of(floor), input), input);
    }

    private static DType type(Stored stored, DType input) {
        return stored.orElse(ComputeContract.wide(input));
    }

    /// What keeps all that the strict type keeps is strict, whatever the floor.
    private static boolean kept(DType declared, DType floor, DType input) {
        return atLeast(declared, ComputeContract.wide(input)) || atLeast(declared, floor);
    }

    /// Whether a type holds every number of another: f16 and bf16 do not hold each other's.
    private static boolean atLeast(DType type, DType other) {
        return type == other
                || (type.isFloat()
                        && other.isFloat()
                        && type.precision() >= other.precision()
                        && type.maxFinite() >= other.maxFinite()
                        && type.minNormal() <= other.minNormal());
    }

    /// A rounding to no fewer bits than the inputs have is none. Of two to as many bits, the one to nearest
    /// even is the stricter.
    private static boolean inputs(InputRounding declared, InputRounding floor, DType input) {
        if (declared.precision() >= input.precision()) {
            return true;
        }
        return declared.precision() > floor.precision()
                || (declared.precision() == floor.precision()
                        && (declared != InputRounding.TF32_TOWARD_ZERO || floor == declared));
    }

    /// An aligned sum meets an aligned floor only. Its cuts err coherently and grow with the number of
    /// terms, where the roundings of a floating type grow with the root of it: no such type is weaker for
    /// every length. Sums in f32 cut nothing off and round to what aligned blocks are kept in, so that they
    /// meet every aligned floor. A larger block cuts the running sum off less often.
    private static boolean sums(Accumulator declared, Accumulator floor, DType input) {
        if (declared instanceof Accumulator.Aligned(int bits, int block)) {
            return floor instanceof Accumulator.Aligned(int leastBits, int leastBlock)
                    && bits >= leastBits
                    && block >= leastBlock;
        }
        return kept(plain(declared, input), plain(floor, input), input);
    }

    private static DType plain(Accumulator accumulator, DType input) {
        return switch (accumulator) {
            case Accumulator.Wide ignored -> ComputeContract.wide(input);
            case Accumulator.Floating(DType type) -> type;
            case Accumulator.Aligned ignored -> DType.F32;
        };
    }

    /// A floor that accepts blocks cut off toward zero has not accepted a cut at every single addition.
    private static boolean roundsSums(ComputeContract declared, ComputeContract floor) {
        return declared.accumulatorRounding() == Rounding.NEAREST_EVEN
                || (floor.accumulatorRounding() == Rounding.TOWARD_ZERO && isAligned(declared) == isAligned(floor));
    }

    private static boolean isAligned(ComputeContract contract) {
        return contract.accumulator() instanceof Accumulator.Aligned;
    }

    /// What the floor comes to for inputs of a type. A floating type narrower than the inputs' is read as
    /// the inputs': a suite that accepts `bf16` probabilities accepts f16 ones of f16 inputs, and wants f32
    /// ones of f32 inputs. Rounded inputs and aligned sums are what matrix units do to types up to f32;
    /// they are not accepted of f64.
    private static ComputeContract effective(ComputeContract floor, DType input) {
        ComputeContract.Builder builder = floor.toBuilder()
                .prescaled(raised(floor.prescaled(), input))
                .partials(raised(floor.partials(), input), floor.partialCount())
                .intermediates(raised(floor.intermediates(), input))
                .scores(raised(floor.scores(), input))
                .probabilities(raised(floor.probabilities(), input))
                .statistics(raised(floor.statistics(), input))
                .normalized(raised(floor.normalized(), input));
        if (floor.accumulator() instanceof Accumulator.Floating(DType type)) {
            builder.accumulator(raised(type, input));
        }
        if (input == DType.F64) {
            builder.inputs(InputRounding.NONE);
            if (isAligned(floor)) {
                builder.accumulator(new Accumulator.Wide()).accumulatorRounding(Rounding.NEAREST_EVEN);
            }
        }
        return builder.build();
    }

    private static Stored raised(Stored stored, DType input) {
        return stored instanceof Stored.As(DType type) ? Stored.as(raised(type, input)) : stored;
    }

    private static DType raised(DType type, DType input) {
        return input.isFloat() && type.precision() < input.precision() ? input : type;
    }

    /// Names of the fields that are compared.
    static List<String> fields() {
        return List.copyOf(ORDERS.keySet());
    }

    /// Where a declared contract is weaker than the floor: one sentence for each such field, with its value
    /// and the weakest that is accepted.
    ///
    /// @param input dtype of the call's first input
    public List<String> weaknesses(ComputeContract declared, DType input) {
        List<String> found = new ArrayList<>();
        accepted.ifPresent(named -> {
            ComputeContract floor = effective(named, input);
            Map<String, String> have = declared.fields();
            Map<String, String> want = floor.fields();
            ORDERS.forEach((field, order) -> {
                if (!order.holds(declared, floor, input)) {
                    found.add("the contract declares " + field + "=" + have.get(field)
                            + ", the suite accepts no weaker than " + want.get(field));
                }
            });
        });
        return found;
    }

    /// What is wrong with a tightness. There is nothing to hold against a ceiling where no element has a
    /// bound.
    ///
    /// @param measured median of the bound in ulps of the output, NaN if nothing was compared
    /// @param elements compared; a few are no median, for one of them may by chance be nearly 0
    public Optional<String> excess(double measured, long elements) {
        boolean told = elements >= FEWEST_ELEMENTS && !Double.isNaN(measured);
        if (tightness.isEmpty() || !told || measured <= tightness.getAsDouble()) {
            return Optional.empty();
        }
        return Optional.of("bound_tightness is " + String.format(java.util.Locale.ROOT, "%.3g", measured)
                + " ulps, the suite allows " + tightness.getAsDouble());
    }

    /// Why no contract can be a floor: strict arithmetic must meet every floor, so that only
    /// `deterministic` and `batch_invariant` may ask for more.
    static List<String> problems(ComputeContract floor) {
        List<String> found = new ArrayList<>(floor.problems());
        if (found.isEmpty()) {
            for (String field : List.of("exp_ulps", "rsqrt_ulps", "divide_ulps", "tanh_ulps", "function_ulps")) {
                Order order = ORDERS.get(field);
                if (order != null && !order.holds(ComputeContract.STRICT, floor, DType.F32)) {
                    found.add(field + " is " + floor.fields().get(field) + ", stricter than the strict value "
                            + ComputeContract.STRICT.fields().get(field));
                }
            }
        }
        return found;
    }

    @Override
    public String toString() {
        String contract = accepted.map(ComputeContract::toString).orElse(ANY);
        return tightness.isPresent() ? contract + ";" + TIGHTNESS + "=" + tightness.getAsDouble() : contract;
    }

    /// Reads what [#toString] wrote.
    public static ContractFloor parse(String text) {
        try {
            ComputeContract.Builder builder = ComputeContract.strict();
            boolean any = false;
            OptionalDouble tightness = OptionalDouble.empty();
            for (String part : text.split(";", -1)) {
                int at = part.indexOf('=');
                if (at < 0) {
                    if (!part.equals(ANY) && !part.equals(STRICT)) {
                        throw new IllegalArgumentException("'" + part + "' is neither field=value, strict nor any");
                    }
                    any = part.equals(ANY);
                } else if (part.startsWith(TIGHTNESS + "=")) {
                    tightness = OptionalDouble.of(Double.parseDouble(part.substring(at + 1)));
                } else {
                    builder.field(part.substring(0, at), part.substring(at + 1));
                }
            }
            return new ContractFloor(any ? Optional.empty() : Optional.of(builder.build()), tightness);
        } catch (IllegalArgumentException e) {
            throw new HarnessException(
                    "the contract floor '" + text + "' of a case cannot be read: " + e.getMessage(),
                    "plan.json",
                    "start the run anew",
                    e);
        }
    }
}
