package dev.assay.engine.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.backend.ComputeContract;
import dev.assay.tensor.DType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContractFloorTest {
    private static final List<DType> INPUTS =
            List.of(DType.F64, DType.F32, DType.F16, DType.BF16, DType.F8E4M3, DType.F8E5M2, DType.I8);
    private static final List<String> TYPES =
            List.of("wide", "f64", "f32", "f16", "bf16", "f8e4m3", "f8e4m3fnuz", "f8e5m2", "f8e5m2fnuz");
    private static final List<String> ROUNDINGS = List.of("nearest_even", "toward_zero");
    private static final List<String> FLAGS = List.of("false", "true");
    private static final List<String> ULPS = List.of("2.0", "2.5", "64.0");
    private static final List<String> SUMS = List.of(
            "wide", "f64", "f32", "f16", "bf16", "aligned(24,16)", "aligned(24,8)", "aligned(20,16)", "aligned(12,4)");

    /// Values of each field that a floor may have.
    private static List<String> values(String field) {
        return switch (field) {
            case "inputs" -> List.of("none", "tf32", "tf32_toward_zero", "bf16");
            case "accumulator" -> SUMS;
            case "accumulator_rounding", "output_rounding" -> ROUNDINGS;
            case "variance" -> List.of("stable", "shifted", "naive");
            case "partial_count" -> List.of("2", "4", "9");
            case "exp_ulps", "rsqrt_ulps", "divide_ulps", "tanh_ulps" -> ULPS;
            case "function_ulps" -> List.of("4.0", "4.5", "64.0");
            case "prescaled", "partials", "intermediates", "scores", "probabilities", "statistics", "normalized" ->
                TYPES;
            default -> FLAGS;
        };
    }

    /// A contract that differs from the strict one in about three fields, or is it.
    private static ComputeContract random(Random random) {
        ComputeContract.Builder builder = ComputeContract.strict();
        List<String> fields = List.copyOf(ComputeContract.STRICT.fields().keySet());
        for (int i = random.nextInt(6); i > 0; i--) {
            String field = fields.get(random.nextInt(fields.size()));
            List<String> values = values(field);
            builder.field(field, values.get(random.nextInt(values.size())));
        }
        ComputeContract contract = builder.build();
        boolean split = contract.partials() instanceof ComputeContract.Stored.As;
        builder.field("partial_count", split ? values("partial_count").get(random.nextInt(3)) : "1");
        contract = builder.build();
        assertEquals(List.of(), contract.problems());
        return contract;
    }

    private static ComputeContract contract(String text) {
        return ContractFloor.parse(text).accepted().orElseThrow();
    }

    private static List<String> weaknesses(ComputeContract declared, ComputeContract floor, DType input) {
        return new ContractFloor(Optional.of(floor), OptionalDouble.empty()).weaknesses(declared, input);
    }

    private static boolean meets(ComputeContract declared, ComputeContract floor, DType input) {
        return weaknesses(declared, floor, input).isEmpty();
    }

    @Test
    void everyFieldOfAContractIsCompared() {
        assertEquals(List.copyOf(ComputeContract.STRICT.fields().keySet()), ContractFloor.fields());
    }

    @Test
    void strictArithmeticMeetsEveryFloor() {
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            ComputeContract floor = random(random);
            ComputeContract strict = ComputeContract.strict()
                    .deterministic(floor.deterministic())
                    .batchInvariant(floor.batchInvariant())
                    .build();
            for (DType input : INPUTS) {
                assertEquals(List.of(), weaknesses(strict, floor, input), () -> floor + " of " + input);
            }
        }
    }

    /// Where the contract keeps nothing in fewer bits than the inputs have: a floor there means the inputs' type.
    @Test
    void everyContractMeetsItself() {
        Random random = new Random(2);
        int compared = 0;
        for (int i = 0; i < 2000; i++) {
            ComputeContract one = random(random);
            for (DType input : INPUTS) {
                String text = one.toString();
                boolean raised = input == DType.F64
                        || TYPES.stream()
                                .skip(1)
                                .filter(type -> text.contains("=" + type))
                                .anyMatch(type -> input.isFloat()
                                        && DType.of(type, "test").precision() < input.precision());
                if (!raised) {
                    compared++;
                    assertEquals(List.of(), weaknesses(one, one, input), () -> one + " of " + input);
                }
            }
        }
        assertTrue(compared > 4000, compared + " compared");
    }

    @Test
    void theOrderIsTransitive() {
        Random random = new Random(3);
        int chains = 0;
        for (int i = 0; i < 300; i++) {
            List<ComputeContract> some = new ArrayList<>();
            // Near each other, so that chains are frequent.
            ComputeContract start = random(random);
            for (int j = 0; j < 12; j++) {
                List<String> fields = List.of("accumulator", "accumulator_rounding", "scores", "inputs");
                String field = fields.get(random.nextInt(fields.size()));
                List<String> values = values(field);
                some.add(start.toBuilder()
                        .field(field, values.get(random.nextInt(values.size())))
                        .field("accumulator_rounding", ROUNDINGS.get(random.nextInt(2)))
                        .build());
            }
            DType input = INPUTS.get(random.nextInt(INPUTS.size()));
            for (ComputeContract a : some) {
                for (ComputeContract b : some) {
                    for (ComputeContract c : some) {
                        if (!a.equals(b) && !b.equals(c) && meets(a, b, input) && meets(b, c, input)) {
                            chains++;
                            assertTrue(meets(a, c, input), () -> a + " > " + b + " > " + c + " of " + input);
                        }
                    }
                }
            }
        }
        assertTrue(chains > 1000, chains + " chains");
    }

    /// Both directions are there for each field: one change makes a contract weaker, and only that field is named.
    @Test
    void aWeakerFieldIsNamedAlone() {
        Map<String, String> weaker = Map.ofEntries(
                Map.entry("inputs", "tf32"),
                Map.entry("prescaled", "bf16"),
                Map.entry("accumulator", "bf16"),
                Map.entry("accumulator_rounding", "toward_zero"),
                Map.entry("output_rounding", "toward_zero"),
                Map.entry("output_via_f32", "true"),
                Map.entry("flushes_inputs", "true"),
                Map.entry("flushes_outputs", "true"),
                Map.entry("exp_ulps", "2.5"),
                Map.entry("rsqrt_ulps", "2.5"),
                Map.entry("divide_ulps", "2.5"),
                Map.entry("tanh_ulps", "2.5"),
                Map.entry("scores", "bf16"),
                Map.entry("probabilities", "bf16"),
                Map.entry("statistics", "bf16"),
                Map.entry("function_ulps", "4.5"),
                Map.entry("intermediates", "bf16"),
                Map.entry("normalized", "bf16"),
                Map.entry("fused_exponent", "true"),
                Map.entry("variance", "naive"));
        Set<String> left = new HashSet<>(ContractFloor.fields());
        left.removeAll(Set.of("partials", "partial_count", "deterministic", "batch_invariant"));
        assertEquals(left, weaker.keySet());
        weaker.forEach((field, value) -> {
            ComputeContract declared =
                    ComputeContract.strict().field(field, value).build();
            List<String> found = weaknesses(declared, ComputeContract.STRICT, DType.F32);
            assertEquals(1, found.size(), found::toString);
            assertTrue(found.getFirst().contains(field + "=" + value), found::toString);
            assertTrue(
                    found.getFirst()
                            .endsWith("no weaker than "
                                    + ComputeContract.STRICT.fields().get(field)),
                    found::toString);
            assertTrue(meets(ComputeContract.STRICT, declared, DType.F32), field);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // declared | floor | inputs | whether it is met
                "accumulator=bf16 | strict | bf16 | false",
                "accumulator=f16 | accumulator=bf16 | bf16 | false",
                "accumulator=bf16 | accumulator=f16 | bf16 | false",
                "accumulator=f32 | strict | bf16 | true",
                "accumulator=f32 | strict | f64 | false",
                "accumulator=f64 | strict | f64 | true",
                "accumulator=f32 | accumulator=f64 | bf16 | true",
                "accumulator=f16 | accumulator=f16 | f32 | false",
                "accumulator=aligned(24,16) | strict | bf16 | false",
                "accumulator=aligned(24,16) | accumulator=aligned(24,16) | bf16 | true",
                "accumulator=aligned(23,16) | accumulator=aligned(24,16) | bf16 | false",
                "accumulator=aligned(24,8) | accumulator=aligned(24,16) | bf16 | false",
                "accumulator=aligned(25,32) | accumulator=aligned(24,16) | bf16 | true",
                "accumulator=aligned(24,16) | accumulator=aligned(24,16) | f64 | false",
                "accumulator=aligned(64,16) | accumulator=bf16 | bf16 | false",
                "strict | accumulator=aligned(64,16) | bf16 | true",
                "accumulator=f32 | accumulator=aligned(24,16) | f64 | false",
                "accumulator=f16 | accumulator=aligned(12,4) | bf16 | false",
                "accumulator_rounding=toward_zero | accumulator_rounding=toward_zero | bf16 | true",
                "accumulator_rounding=toward_zero | accumulator=aligned(24,16);accumulator_rounding=toward_zero | bf16 | false",
                "accumulator=aligned(24,16);accumulator_rounding=toward_zero | accumulator=aligned(24,16) | bf16 | false",
                "inputs=tf32 | strict | f32 | false",
                "inputs=tf32 | strict | bf16 | true",
                "inputs=tf32 | strict | f16 | true",
                "inputs=bf16 | strict | f16 | false",
                "inputs=tf32 | inputs=bf16 | f32 | true",
                "inputs=bf16 | inputs=tf32 | f32 | false",
                "inputs=tf32_toward_zero | inputs=tf32 | f32 | false",
                "inputs=tf32 | inputs=tf32_toward_zero | f32 | true",
                "inputs=tf32 | inputs=tf32 | f64 | false",
                "probabilities=bf16 | probabilities=bf16 | bf16 | true",
                "probabilities=bf16 | probabilities=bf16 | f16 | false",
                "probabilities=f16 | probabilities=bf16 | f16 | true",
                "probabilities=f16 | probabilities=bf16 | f32 | false",
                "probabilities=f32 | probabilities=bf16 | f32 | true",
                "probabilities=f8e4m3 | probabilities=f8e4m3 | f8e4m3 | true",
                "scores=f32 | strict | bf16 | true",
                "scores=f32 | strict | f64 | false",
                "scores=f16 | scores=bf16 | bf16 | false",
                "partials=f32;partial_count=9 | strict | bf16 | true",
                "partials=bf16;partial_count=2 | strict | bf16 | false",
                "partials=bf16;partial_count=4 | partials=bf16;partial_count=4 | bf16 | true",
                "partials=bf16;partial_count=5 | partials=bf16;partial_count=4 | bf16 | false",
                "partials=bf16;partial_count=3 | partials=bf16;partial_count=4 | bf16 | true",
                "strict | deterministic=true | bf16 | false",
                "deterministic=true | strict | bf16 | true",
                "strict | batch_invariant=true | bf16 | false",
                "batch_invariant=true | batch_invariant=true | bf16 | true",
                "exp_ulps=4.0 | exp_ulps=4.0 | bf16 | true",
                "exp_ulps=4.5 | exp_ulps=4.0 | bf16 | false",
            })
    void whatMeetsAFloor(String declared, String floor, String input, boolean met) {
        List<String> found = weaknesses(contract(declared), contract(floor), DType.of(input, "test"));
        assertEquals(met, found.isEmpty(), found::toString);
    }

    @Test
    void aReasonNamesWhatTheFloorComesToForTheInputs() {
        assertEquals(
                List.of("the contract declares probabilities=bf16, the suite accepts no weaker than f16"),
                weaknesses(contract("probabilities=bf16"), contract("probabilities=bf16"), DType.F16));
        assertEquals(
                List.of(
                        "the contract declares inputs=bf16, the suite accepts no weaker than tf32",
                        "the contract declares accumulator=aligned(20,8), the suite accepts no weaker than aligned(24,16)"),
                weaknesses(
                        contract("inputs=bf16;accumulator=aligned(20,8)"),
                        contract("inputs=tf32;accumulator=aligned(24,16)"),
                        DType.F32));
    }

    @Test
    void aCeilingIsExceededByWhatIsAboveIt() {
        ContractFloor floor = ContractFloor.parse("any;tightness=14.0");
        assertEquals(Optional.empty(), floor.excess(14, 64));
        assertEquals(Optional.of("bound_tightness is 14.1 ulps, the suite allows 14.0"), floor.excess(14.1, 64));
        assertTrue(floor.excess(Double.POSITIVE_INFINITY, 64).isPresent());
        assertEquals(Optional.empty(), floor.excess(Double.NaN, 64), "nothing was compared");
        assertEquals(Optional.empty(), floor.excess(1e9, 63), "a few elements are no median");
        assertEquals(List.of(), floor.weaknesses(contract("accumulator=bf16"), DType.BF16), "any is accepted");
        assertEquals(Optional.empty(), ContractFloor.parse("strict").excess(1e9, 64), "no ceiling");
    }

    @Test
    void aFloorComesBackFromItsText() {
        Random random = new Random(4);
        for (int i = 0; i < 2000; i++) {
            OptionalDouble ceiling =
                    random.nextBoolean() ? OptionalDouble.of(0.5 + 1000 * random.nextDouble()) : OptionalDouble.empty();
            Optional<ComputeContract> accepted = random.nextInt(4) > 0 ? Optional.of(random(random)) : Optional.empty();
            ContractFloor floor = new ContractFloor(accepted, ceiling);
            assertEquals(floor, ContractFloor.parse(floor.toString()));
        }
        assertEquals(
                "inputs=tf32;accumulator=aligned(24,16);tightness=1000.0",
                ContractFloor.parse("inputs=tf32;accumulator=aligned(24,16);tightness=1000")
                        .toString());
        for (String spoilt : List.of("", "lax", "inputs=f32", "speed=fast", "strict;tightness=high", "strict;")) {
            assertThrows(HarnessException.class, () -> ContractFloor.parse(spoilt), spoilt);
        }
    }

    @Test
    void onlyDeterminismMayBeAskedForBeyondStrict() {
        assertEquals(List.of(), ContractFloor.problems(contract("deterministic=true;batch_invariant=true")));
        List<String> found = ContractFloor.problems(contract("exp_ulps=1.0"));
        assertEquals(List.of("exp_ulps is 1.0, stricter than the strict value 2.0"), found);
        assertFalse(ContractFloor.problems(contract("partial_count=4")).isEmpty());
    }
}
