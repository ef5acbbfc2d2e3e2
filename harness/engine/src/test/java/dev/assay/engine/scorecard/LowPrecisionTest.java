package dev.assay.engine.scorecard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.plan.CaseSpec;
import dev.assay.engine.plan.Planner;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.plan.RunSettings.Mode;
import dev.assay.engine.plan.Suites;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.Signature.Parameter;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LowPrecisionTest {

    private static double[] reference(Oracle oracle, int position) {
        Shape shape = oracle.shape(position);
        double[] values = new double[Math.toIntExact(shape.elements())];
        ExpectedBlock block = new ExpectedBlock();
        for (Region region : oracle.regions(position)) {
            block.reset(region);
            oracle.expect(
                    position,
                    region,
                    at -> {
                        throw new IllegalStateException("nothing here depends on a device");
                    },
                    block);
            for (int i = 0; i < block.elements(); i++) {
                values[Math.toIntExact(region.number(shape, i))] = block.values()[i];
            }
        }
        return values;
    }

    private static List<PlannedCase> cases(String suite) {
        return new Planner(new RunSettings(Mode.QUICK, false, 1, 1, 60))
                .plan(List.of(Planner.source(Suites.load(suite, OptionalLong.empty()))), List.of())
                .cases();
    }

    /// Masks, past, padding, grouped heads, broadcast batches, axes: whatever a case has, the emulation must give about
    /// what the reference gives. About: a few thousandths of the largest value, and 2^-6 for 16 bits.
    @ParameterizedTest
    @ValueSource(strings = {"smoke", "edges"})
    void itFollowsTheReferenceInEveryCase(String suite) {
        Map<String, Integer> seen = new HashMap<>();
        for (PlannedCase planned : cases(suite)) {
            CaseSpec spec = CaseSpec.parse(planned.spec());
            boolean plain =
                    planned.fill().startsWith("normal") || planned.fill().startsWith("integers");
            if (planned.announced() != null || spec.known() != null || spec.fill() == null || !plain) {
                continue;
            }
            Call call = spec.call(planned.caseId());
            Operator operator = Operators.named(call.operator(), "test");
            if (operator.cost(call).flops() > 1e7) {
                continue;
            }
            try (Arena arena = Arena.ofShared()) {
                Inputs inputs = new Inputs(
                        CaseInputs.generate(operator, call, spec.fill(), planned.caseId(), planned.seed(), arena));
                Oracle oracle = operator.oracle(call, inputs, ComputeContract.STRICT);
                LowPrecision low =
                        LowPrecision.of(call, inputs, operator.cost(call).flops());
                List<Parameter> outputs = operator.signature().outputs();
                for (int position = 0; position < outputs.size(); position++) {
                    String name = outputs.get(position).name();
                    if (call.hasOutput(name)) {
                        double[] values = low.output(name).orElseThrow();
                        close(
                                planned.caseId() + " " + name,
                                reference(oracle, position),
                                values,
                                call.output(name).dtype());
                        seen.merge(call.operator(), 1, Integer::sum);
                    }
                }
            }
        }
        assertEquals(3, seen.size(), seen.toString());
        assertTrue(seen.values().stream().allMatch(count -> count >= 5), seen.toString());
    }

    private static void close(String what, double[] expected, double[] actual, DType dtype) {
        assertEquals(expected.length, actual.length, what);
        double largest = 0;
        for (double value : expected) {
            largest = Double.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest;
        }
        double allowed = (dtype.bits() == 16 ? 0x1p-6 : 1e-3) * largest;
        for (int i = 0; i < expected.length; i++) {
            int at = i;
            boolean close = expected[i] == actual[i] || Math.abs(expected[i] - actual[i]) <= allowed;
            assertTrue(close, () -> what + "[" + at + "]: " + expected[at] + " and " + actual[at]);
        }
    }

    private static Call product(DType dtype, long m, long n, long k) {
        return new CallBuilder(Operators.named("matmul", "test"), "test")
                .input("A", TensorSpec.of(dtype, m, k))
                .input("B", TensorSpec.of(dtype, k, n))
                .build();
    }

    /// 1 + 2^-24 + 2^-24 is 1 in f32, one step after the other, and more in f64; 2^-9 is lost once in bf16.
    @Test
    void sumsAreRoundedToF32AndResultsOnce() {
        try (Arena arena = Arena.ofShared()) {
            double tiny = 0x1p-24;
            Tensor a = Tensor.of(arena, DType.F32, Shape.of(1, 3), 1, tiny, tiny);
            Tensor b = Tensor.of(arena, DType.F32, Shape.of(3, 1), 1, 1, 1);
            LowPrecision low = LowPrecision.of(product(DType.F32, 1, 1, 3), new Inputs(Map.of("A", a, "B", b)), 6);
            assertArrayEquals(new double[] {1}, low.output("Y").orElseThrow());
            assertArrayEquals(
                    new double[] {1 + 2 * tiny},
                    low.dotProduct("Y").orElseThrow().magnitudes());
            assertEquals(3, low.dotProduct("Y").orElseThrow().length());
            Tensor narrowA = Tensor.of(arena, DType.BF16, Shape.of(1, 3), 1, 0x1p-9, 0x1p-9);
            Tensor narrowB = Tensor.of(arena, DType.BF16, Shape.of(3, 1), 1, 1, 1);
            LowPrecision narrow =
                    LowPrecision.of(product(DType.BF16, 1, 1, 3), new Inputs(Map.of("A", narrowA, "B", narrowB)), 6);
            // The sum 1 + 2^-8 is a tie, and 1 is even.
            assertArrayEquals(new double[] {1}, narrow.output("Y").orElseThrow());
        }
    }

    @Test
    void whatIsTooLargeOrUnknownIsNotEmulated() {
        Call call = product(DType.F32, 1, 1, 1);
        Inputs nothing = new Inputs(Map.of());
        assertEquals(Optional.empty(), LowPrecision.of(call, nothing, 1.1e9).output("Y"));
        assertEquals(
                Optional.empty(), LowPrecision.of(call, nothing, Double.NaN).output("Y"));
        assertEquals(
                Optional.empty(),
                LowPrecision.of(product(DType.F32, 1, 1 << 13, 1 << 13), nothing, 1)
                        .output("Y"));
        Call other = new Call("other", call.inputs(), call.outputs(), call.attributes(), call.constants());
        assertEquals(Optional.empty(), LowPrecision.of(other, nothing, 1).output("Y"));
        assertEquals(Optional.empty(), LowPrecision.of(other, nothing, 1).dotProduct("Y"));
    }
}
