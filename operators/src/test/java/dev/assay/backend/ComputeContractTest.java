package dev.assay.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.backend.ComputeContract.Variance;
import dev.assay.tensor.DType;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class ComputeContractTest {
    /// One change of every field, with the text that it must have.
    private static final Map<String, Change> CHANGES = changes();

    private record Change(UnaryOperator<ComputeContract.Builder> apply, String text) {}

    private static Map<String, Change> changes() {
        Map<String, Change> all = new LinkedHashMap<>();
        all.put("inputs", new Change(b -> b.inputs(InputRounding.TF32_TOWARD_ZERO), "tf32_toward_zero"));
        all.put("prescaled", new Change(b -> b.prescaled(Stored.as(DType.BF16)), "bf16"));
        all.put("accumulator", new Change(b -> b.accumulator(new Accumulator.Aligned(24, 8)), "aligned(24,8)"));
        all.put("accumulator_rounding", new Change(b -> b.accumulatorRounding(Rounding.TOWARD_ZERO), "toward_zero"));
        all.put("partials", new Change(b -> b.partials(Stored.as(DType.F16), 1), "f16"));
        all.put("partial_count", new Change(b -> b.partials(Stored.wide(), 4), "4"));
        all.put("output_rounding", new Change(b -> b.outputRounding(Rounding.TOWARD_ZERO), "toward_zero"));
        all.put("output_via_f32", new Change(b -> b.outputViaF32(true), "true"));
        all.put("flushes_inputs", new Change(b -> b.flushesInputs(true), "true"));
        all.put("flushes_outputs", new Change(b -> b.flushesOutputs(true), "true"));
        all.put("exp_ulps", new Change(b -> b.expUlps(3), "3.0"));
        all.put("rsqrt_ulps", new Change(b -> b.rsqrtUlps(4.5), "4.5"));
        all.put("divide_ulps", new Change(b -> b.divideUlps(0.5), "0.5"));
        all.put("tanh_ulps", new Change(b -> b.tanhUlps(8), "8.0"));
        all.put("function_ulps", new Change(b -> b.functionUlps(8), "8.0"));
        all.put("intermediates", new Change(b -> b.intermediates(Stored.as(DType.BF16)), "bf16"));
        all.put("scores", new Change(b -> b.scores(Stored.as(DType.F16)), "f16"));
        all.put("probabilities", new Change(b -> b.probabilities(Stored.as(DType.BF16)), "bf16"));
        all.put("statistics", new Change(b -> b.statistics(Stored.as(DType.F32)), "f32"));
        all.put("normalized", new Change(b -> b.normalized(Stored.as(DType.BF16)), "bf16"));
        all.put("fused_exponent", new Change(b -> b.fusedExponent(true), "true"));
        all.put("variance", new Change(b -> b.variance(Variance.NAIVE), "naive"));
        all.put("deterministic", new Change(b -> b.deterministic(true), "true"));
        all.put("batch_invariant", new Change(b -> b.batchInvariant(true), "true"));
        return all;
    }

    @Test
    void undeclaredIsStrict() {
        assertEquals(ComputeContract.STRICT, ComputeContract.strict().build());
        assertEquals("strict", ComputeContract.STRICT.toString());
        assertEquals(Map.of(), ComputeContract.STRICT.differences());
        Map<String, String> strict = ComputeContract.STRICT.fields();
        assertEquals("none", strict.get("inputs"));
        assertEquals("wide", strict.get("accumulator"));
        assertEquals("nearest_even", strict.get("accumulator_rounding"));
        assertEquals("1", strict.get("partial_count"));
        assertEquals("2.0", strict.get("exp_ulps"));
        assertEquals("stable", strict.get("variance"));
        assertEquals("false", strict.get("deterministic"));
        for (String stored : List.of(
                "prescaled", "partials", "intermediates", "scores", "probabilities", "statistics", "normalized")) {
            assertEquals("wide", strict.get(stored));
        }
    }

    @Test
    void everyComponentHasAFieldInOrderAndAChangeHere() {
        List<String> components = java.util.Arrays.stream(ComputeContract.class.getRecordComponents())
                .map(c -> c.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT))
                .map(name -> name.replace("f_32", "f32"))
                .toList();
        assertEquals(components, List.copyOf(ComputeContract.STRICT.fields().keySet()));
        assertEquals(components, List.copyOf(CHANGES.keySet()));
    }

    @Test
    void everyChangeShowsAndOnlyThat() {
        Set<ComputeContract> distinct = new HashSet<>(Set.of(ComputeContract.STRICT));
        Set<String> texts = new HashSet<>(Set.of("strict"));
        CHANGES.forEach((field, change) -> {
            ComputeContract contract =
                    change.apply().apply(ComputeContract.strict()).build();
            assertEquals(Map.of(field, change.text()), contract.differences());
            assertEquals(field + "=" + change.text(), contract.toString());
            assertTrue(distinct.add(contract), field);
            assertTrue(texts.add(contract.toString()), field);
            assertNotEquals(ComputeContract.STRICT.hashCode(), contract.hashCode(), field);
        });
    }

    @Test
    void aBuilderGoesOnFromAContract() {
        CHANGES.forEach((field, change) -> {
            ComputeContract contract =
                    change.apply().apply(ComputeContract.strict()).build();
            assertEquals(contract, contract.toBuilder().build(), field);
        });
        ComputeContract.Builder all = ComputeContract.strict();
        // partial_count's change takes back that of partials
        for (Change change : CHANGES.values()) {
            all = change.apply().apply(all);
        }
        ComputeContract contract = all.build();
        assertEquals(contract, contract.toBuilder().build());
        assertEquals(CHANGES.size() - 1, contract.differences().size());
    }

    @Test
    void everyFieldIsReadBackFromItsText() {
        CHANGES.forEach((field, change) -> {
            ComputeContract contract =
                    change.apply().apply(ComputeContract.strict()).build();
            ComputeContract.Builder builder = ComputeContract.strict();
            contract.fields().forEach(builder::field);
            assertEquals(contract, builder.build(), field);
        });
    }

    @Test
    void textThatIsNoValueIsRefusedWithFieldAndWhatIsAllowed() {
        for (String field : ComputeContract.STRICT.fields().keySet()) {
            ComputeContract.Builder builder = ComputeContract.strict();
            for (String text : List.of("", "Wide", "i8", "aligned(8)", "yes", "f31")) {
                IllegalArgumentException refused =
                        assertThrows(IllegalArgumentException.class, () -> builder.field(field, text));
                String told = String.valueOf(refused.getMessage());
                assertTrue(told.startsWith(field + " is '" + text + "', allowed: "), told);
            }
        }
        assertThrows(
                IllegalArgumentException.class, () -> ComputeContract.strict().field("exp", "1"));
    }

    private static void assertProblem(UnaryOperator<ComputeContract.Builder> change, String start) {
        List<String> problems = change.apply(ComputeContract.strict()).build().problems();
        assertEquals(1, problems.size(), problems::toString);
        assertTrue(problems.getFirst().startsWith(start), problems::toString);
        assertTrue(problems.getFirst().contains(", allowed: "), problems::toString);
    }

    @Test
    void whatIsOutsideTheSchemaIsNamedWithItsValue() {
        for (double ulps : new double[] {Double.NaN, -1, -Double.MIN_VALUE, 65537, Double.POSITIVE_INFINITY}) {
            assertProblem(b -> b.expUlps(ulps), "exp_ulps is " + ulps);
            assertProblem(b -> b.rsqrtUlps(ulps), "rsqrt_ulps is " + ulps);
            assertProblem(b -> b.divideUlps(ulps), "divide_ulps is " + ulps);
            assertProblem(b -> b.tanhUlps(ulps), "tanh_ulps is " + ulps);
        }
        for (DType type : List.of(DType.I8, DType.U8, DType.BOOL, DType.E8M0, DType.F4E2M1)) {
            Stored stored = Stored.as(type);
            assertProblem(b -> b.prescaled(stored), "prescaled is " + type.label());
            assertProblem(b -> b.partials(stored, 2), "partials is " + type.label());
            assertProblem(b -> b.scores(stored), "scores is " + type.label());
            assertProblem(b -> b.probabilities(stored), "probabilities is " + type.label());
            assertProblem(b -> b.statistics(stored), "statistics is " + type.label());
            assertProblem(b -> b.normalized(stored), "normalized is " + type.label());
        }
        for (DType type : List.of(DType.I32, DType.F8E4M3, DType.BOOL)) {
            assertProblem(b -> b.accumulator(type), "accumulator is " + type.label());
        }
        int[][] aligned = {{7, 8}, {-1, 8}, {65, 8}, {24, 0}, {24, -4}, {24, 65537}};
        for (int[] one : aligned) {
            assertProblem(
                    b -> b.accumulator(new Accumulator.Aligned(one[0], one[1])),
                    "accumulator is aligned(" + one[0] + "," + one[1] + ")");
        }
        for (int count : new int[] {-1, 0, 1, (1 << 20) + 1}) {
            assertProblem(b -> b.partials(Stored.as(DType.BF16), count), "partial_count is " + count);
        }
        for (int count : new int[] {-1, 0, 2}) {
            assertProblem(b -> b.partials(Stored.wide(), count), "partial_count is " + count);
        }
    }

    @Test
    @SuppressWarnings("NullAway") // plugins are not compiled with NullAway
    void whatIsNullIsNamed() {
        assertProblem(b -> b.inputs(null), "inputs is null");
        assertProblem(b -> b.prescaled(null), "prescaled is null");
        assertProblem(b -> b.scores(Stored.as(null)), "scores is null");
        assertProblem(b -> b.accumulator((Accumulator) null), "accumulator is null");
        assertProblem(b -> b.accumulator((DType) null), "accumulator is null");
        assertProblem(b -> b.accumulatorRounding(null), "accumulator_rounding is null");
        assertProblem(b -> b.outputRounding(null), "output_rounding is null");
        assertProblem(b -> b.variance(null), "variance is null");
    }

    @Test
    void soundContractsHaveNoProblems() {
        assertEquals(List.of(), ComputeContract.STRICT.problems());
        CHANGES.forEach((field, change) -> {
            // The two changes that make sense only together.
            if (!field.startsWith("partial")) {
                assertEquals(
                        List.of(),
                        change.apply().apply(ComputeContract.strict()).build().problems(),
                        field);
            }
        });
        ComputeContract edges = ComputeContract.strict()
                .accumulator(new Accumulator.Aligned(8, 1))
                .partials(Stored.as(DType.F8E5M2), 2)
                .expUlps(0)
                .tanhUlps(65536)
                .build();
        assertEquals(List.of(), edges.problems());
    }

    @Test
    void severalDifferencesAreJoinedInOrder() {
        ComputeContract contract = ComputeContract.strict()
                .accumulator(new Accumulator.Aligned(24, 8))
                .inputs(InputRounding.TF32)
                .build();
        assertEquals("inputs=tf32;accumulator=aligned(24,8)", contract.toString());
    }

    @Test
    void accumulatorsHaveAType() {
        ComputeContract strict = ComputeContract.STRICT;
        assertEquals(DType.F64, strict.accumulatorType(DType.F64));
        assertEquals(DType.F32, strict.accumulatorType(DType.F32));
        assertEquals(DType.F32, strict.accumulatorType(DType.F8E4M3));
        assertEquals(DType.I32, strict.accumulatorType(DType.I8));
        assertEquals(DType.I64, strict.accumulatorType(DType.I32));
        ComputeContract f16 = ComputeContract.strict().accumulator(DType.F16).build();
        assertEquals(DType.F16, f16.accumulatorType(DType.F64));
        assertEquals("accumulator=f16", f16.toString());
        ComputeContract aligned = ComputeContract.strict()
                .accumulator(new Accumulator.Aligned(13, 128))
                .build();
        assertEquals(DType.F32, aligned.accumulatorType(DType.F8E4M3));
    }

    @Test
    void inputRoundingsKeepTheirBits() {
        assertEquals(53, InputRounding.NONE.precision());
        assertEquals(11, InputRounding.TF32.precision());
        assertEquals(11, InputRounding.TF32_TOWARD_ZERO.precision());
        assertEquals(8, InputRounding.BF16.precision());
    }

    @Test
    void storedTypesFallBackToWide() {
        assertEquals(DType.F32, Stored.wide().orElse(DType.F32));
        assertEquals(DType.BF16, Stored.as(DType.BF16).orElse(DType.F32));
    }
}
