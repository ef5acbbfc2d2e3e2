package dev.assay.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
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
        for (String stored : List.of("prescaled", "partials", "scores", "probabilities", "statistics", "normalized")) {
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
