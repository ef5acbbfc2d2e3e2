package dev.assay.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {
    /// All of them, from an odd place, so that whole vectors and what is left over both have every code once.
    @Test
    void everyBf16DecodesAloneAndInARun() {
        int codes = 1 << 16;
        Tensor tensor = Tensor.allocate(TensorSpec.dense(DType.BF16, Shape.of(codes + 3)), Arena.ofAuto());
        for (int code = 0; code < codes; code++) {
            tensor.setCodeAt(code + 3L, code);
        }
        double[] run = new double[codes + 5];
        for (int from = 0; from < 9; from++) {
            tensor.decodeRun(3L + from, 1, codes - from, run, 5);
            for (int code = from; code < codes; code++) {
                assertEquals(DType.BF16.decode(code), run[5 + code - from], "code " + code);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void everyTypeKeepsItsValuesElementByElementAndInRuns(DType dtype) {
        try (Arena arena = Arena.ofConfined()) {
            double[] values = new double[37];
            for (int i = 0; i < values.length; i++) {
                values[i] = dtype.round(dtype == DType.E8M0 ? Math.pow(2, i % 9) : i % 4);
            }
            Tensor tensor = Tensor.of(arena, dtype, Shape.of(37), values);
            double[] run = new double[40];
            tensor.decode(3, 30, run, 2);
            for (int i = 0; i < 30; i++) {
                assertEquals(values[i + 3], run[i + 2], dtype + " run " + i);
            }
            for (int i = 0; i < values.length; i++) {
                assertEquals(values[i], tensor.get(i), dtype + " element " + i);
            }
            tensor.set(36, dtype == DType.E8M0 ? 4 : 1);
            assertEquals(values[35], tensor.get(35), "the neighbour stays");
        }
    }

    @Test
    void packedElementsFillTheLowBitsFirst() {
        try (Arena arena = Arena.ofConfined()) {
            Tensor nibbles = Tensor.of(arena, DType.I4, Shape.of(3), 1, -1, 7);
            assertArrayEquals(
                    new byte[] {(byte) 0xF1, 0x07},
                    nibbles.memory().asSlice(0, 2).toArray(ValueLayout.JAVA_BYTE));
            Tensor pairs = Tensor.of(arena, DType.U2, Shape.of(5), 3, 2, 1, 0, 3);
            assertArrayEquals(
                    new byte[] {0b00_01_10_11, 0b11},
                    pairs.memory().asSlice(0, 2).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void transposedViewReadsAndWritesThroughItsStrides() {
        try (Arena arena = Arena.ofConfined()) {
            Tensor rows = Tensor.of(arena, DType.F32, Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
            Tensor columns = Tensor.of(rows.spec().transposed(0, 1), rows.memory());
            double[] seen = new double[6];
            columns.decode(0, 6, seen, 0);
            assertArrayEquals(new double[] {1, 4, 2, 5, 3, 6}, seen);
            columns.encode(2, 2, new double[] {20, 50}, 0);
            assertEquals(20, rows.get(1));
            assertEquals(50, rows.get(4));
            assertFalse(columns.spec().isDense());
            assertEquals("f32[3,2]{1,3}", columns.toString());
            columns.decode(1, 4, seen, 0);
            assertArrayEquals(
                    new double[] {4, 20, 50, 3}, java.util.Arrays.copyOf(seen, 4), "a run may start in a row");
        }
    }

    @Test
    void extentIsTheMemoryThatAViewTouches() {
        assertEquals(0, TensorSpec.of(DType.F32, 0, 5).byteSize());
        assertEquals(4, TensorSpec.of(DType.F32).byteSize(), "a scalar has one element");
        TensorSpec gappy = new TensorSpec(DType.F16, Shape.of(3, 4), List.of(10L, 1L));
        assertEquals(24, gappy.extent());
        assertEquals(48, gappy.byteSize());
        assertFalse(gappy.isDense());
        assertTrue(new TensorSpec(DType.F16, Shape.of(1, 4), List.of(99L, 1L)).isDense(), "a size of 1 has no stride");
        assertThrows(IllegalArgumentException.class, () -> new TensorSpec(DType.I4, Shape.of(2, 2), List.of(1L, 2L)));
        assertThrows(IllegalArgumentException.class, () -> new TensorSpec(DType.F32, Shape.of(2), List.of(-1L)));
        assertThrows(IllegalArgumentException.class, () -> new TensorSpec(DType.F32, Shape.of(2), List.of()));
        assertThrows(IllegalArgumentException.class, () -> Shape.of(2, -1));
        assertThrows(ArithmeticException.class, () -> Shape.of(1L << 40, 1L << 40));
        assertEquals(0, Shape.of(1L << 40, 1L << 40, 0).elements(), "an empty shape is empty however large the rest");
    }

    @Test
    void tooLittleMemoryIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment small = arena.allocate(7);
            TensorSpec spec = TensorSpec.of(DType.F32, 2);
            assertThrows(IllegalArgumentException.class, () -> Tensor.of(spec, small));
        }
    }

    @Test
    void guardSeesOneChangedByteAnywhere() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment zone = arena.allocate(100);
            GuardZone.fill(zone, 1);
            assertEquals(-1, GuardZone.firstChange(zone, 1));
            assertNotEquals(-1, GuardZone.firstChange(zone, 2), "another seed is another pattern");
            for (int i = 0; i < 100; i++) {
                byte old = zone.get(ValueLayout.JAVA_BYTE, i);
                zone.set(ValueLayout.JAVA_BYTE, i, (byte) (old + 1));
                assertEquals(i, GuardZone.firstChange(zone, 1));
                zone.set(ValueLayout.JAVA_BYTE, i, old);
            }
            // A stretch copied from elsewhere in the zone is a change.
            MemorySegment.copy(zone, 0, zone, 50, 16);
            assertTrue(GuardZone.firstChange(zone, 1) >= 50);
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void poisonFillsEveryElementAndTheTwoDiffer(DType dtype) {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = Tensor.allocate(TensorSpec.of(dtype, 21), arena);
            for (Poison poison : Poison.values()) {
                poison.fill(tensor.memory().asSlice(0, tensor.spec().byteSize()), dtype);
                for (int i = 0; i < 21; i++) {
                    assertEquals(poison.code(dtype), tensor.codeAt(i), dtype + " " + poison + " " + i);
                }
            }
            assertNotEquals(Poison.NAN.code(dtype), Poison.FINITE.code(dtype));
            assertTrue(!dtype.hasNan() || Double.isNaN(dtype.decode(Poison.NAN.code(dtype))));
            assertTrue(Double.isFinite(dtype.decode(Poison.FINITE.code(dtype))));
        }
    }

    @Test
    void oneInfinityOrNanAnywhereIsSeen() {
        TensorSpec spec = new TensorSpec(DType.F16, Shape.of(7, 9000), List.of(1L, 7L));
        try (Arena arena = Arena.ofShared()) {
            Tensor tensor = Tensor.allocate(spec, arena);
            assertTrue(tensor.isFinite());
            for (double special : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
                for (long index : new long[] {0, 8999, 9000, 62_999}) {
                    tensor.set(index, special);
                    assertFalse(tensor.isFinite(), special + " at " + index);
                    tensor.set(index, 1);
                }
            }
        }
    }
}
