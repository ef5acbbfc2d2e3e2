package dev.assay.engine.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.engine.plan.MeasuredPeaks;
import dev.assay.engine.timing.TimingSummary.Peaks;
import dev.assay.operator.Cost;
import dev.assay.tensor.DType;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class RooflineTest {
    private static final double CACHE = 1e6;
    private static final Peaks SILENT = new Peaks("d", 0, 0);
    private static final Optional<MeasuredPeaks> MEASURED =
            Optional.of(new MeasuredPeaks("cpu", "", 1e10, Map.of("f32", 1e12), 5));

    private static Roofline of(Peaks declared, DType dtype) {
        return Roofline.of(declared, MEASURED, dtype, CACHE);
    }

    @Test
    void measuredPeaksStandInWhereNothingIsDeclared() {
        assertEquals(new Roofline(1e12, 1e10, CACHE, 5), of(SILENT, DType.F32));
        assertEquals(new Roofline(0, 1e10, CACHE, 5), of(SILENT, DType.BF16), "no product was measured in bf16");
        assertEquals(new Roofline(2e12, 3e10, 0, 0), of(new Peaks("d", 2e12, 3e10), DType.F32), "declared is declared");
        assertEquals(new Roofline(2e12, 1e10, CACHE, 5), of(new Peaks("d", 2e12, 0), DType.F32));
        assertEquals(new Roofline(0, 0, 0, 0), Roofline.of(SILENT, Optional.empty(), DType.F32, CACHE));
    }

    /// 1e4 bytes at 1e10 a second take 1 us; 1e4 flops at 1e12 take 10 ns.
    @Test
    void dataThatACacheHoldsIsNotBoundByMemory() {
        Roofline roofline = of(SILENT, DType.F32);
        Cost moves = new Cost(1e4, 1e4);
        assertEquals(OptionalDouble.empty(), roofline.percent(moves, 1e4, false, 0.5e-6));
        assertEquals(50, roofline.percent(moves, 2e6, false, 2e-6).orElseThrow(), 1e-9, "too large for the cache");
        assertEquals(50, roofline.percent(moves, 1e4, true, 2e-6).orElseThrow(), 1e-9, "flushed");
        Cost computes = new Cost(1e6, 1e3);
        assertEquals(50, roofline.percent(computes, 1e3, false, 2e-6).orElseThrow(), 1e-9);
        assertEquals(
                50,
                of(new Peaks("d", 0, 1e10), DType.F32)
                        .percent(moves, 1e4, false, 2e-6)
                        .orElseThrow(),
                1e-9,
                "a device that declares a bandwidth declares what its kernels can have");
    }

    @Test
    void whatWasMeasuredMayBeBeatenByChance() {
        Roofline measured = of(SILENT, DType.F32);
        assertTrue(measured.isBeaten(OptionalDouble.of(105.1)));
        assertFalse(measured.isBeaten(OptionalDouble.of(105)));
        Roofline declared = of(new Peaks("d", 1e12, 1e10), DType.F32);
        assertTrue(declared.isBeaten(OptionalDouble.of(100.1)));
        assertFalse(declared.isBeaten(OptionalDouble.of(100)));
        assertFalse(declared.isBeaten(OptionalDouble.empty()));
    }
}
