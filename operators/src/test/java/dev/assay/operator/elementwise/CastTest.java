package dev.assay.operator.elementwise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CastTest {
    static Stream<DType> narrow() {
        return Arrays.stream(DType.values()).filter(dtype -> dtype.bits() <= 16);
    }

    private static Example codes(DType from, DType to, long... codes) {
        Example example = new Example(new CastLike())
                .input("input", TensorSpec.of(from, codes.length))
                .input("target_type", to, Shape.of(), 0);
        for (int i = 0; i < codes.length; i++) {
            example.tensor("input").setCodeAt(i, codes[i]);
        }
        return example;
    }

    /// All codes; of the 16-bit types those around every power of two, and a part of the others.
    private static long[] all(DType from) {
        int count = from == DType.BOOL ? 2 : 1 << from.bits();
        long[] codes = new long[count];
        Arrays.setAll(codes, i -> i);
        return from.bits() < 16
                ? codes
                : Arrays.stream(codes)
                        .filter(code -> code % 17 == 0 || (code + 2) % 64 < 5)
                        .toArray();
    }

    @ParameterizedTest
    @MethodSource("narrow")
    void everyCodeToEveryType(DType from) {
        long[] codes = all(from);
        for (DType to : DType.values()) {
            for (boolean saturate : new boolean[] {true, false}) {
                Answer answer = codes(from, to, codes)
                        .attribute("saturate", saturate ? 1 : 0)
                        .answer(0);
                for (int i = 0; i < codes.length; i++) {
                    OptionalDouble want = expected(from, codes[i], to, saturate);
                    double got = to.isFloat() ? to.round(answer.value(i)) : answer.value(i);
                    boolean right = answer.isOpen(i) == want.isEmpty()
                            && (want.isEmpty() || same(want.getAsDouble(), got))
                            && answer.isExact(i);
                    if (!right) {
                        assertEquals(want, got, from + " " + from.decode(codes[i]) + " to " + to + ", " + saturate);
                    }
                }
            }
        }
    }

    private static boolean same(double a, double b) {
        return a == b || (Double.isNaN(a) && Double.isNaN(b));
    }

    /// Empty where it is left open.
    private static OptionalDouble expected(DType from, long code, DType to, boolean saturate) {
        double value = from.decode(code);
        if (to == DType.BOOL) {
            return OptionalDouble.of(value == 0 ? 0 : 1);
        }
        if (to == DType.E8M0) {
            return scale(value, saturate);
        }
        if (to.isFloat()) {
            return Double.isNaN(value) && !to.hasNan()
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(to.decode(to.encode(value, saturate && to.bits() <= 8)));
        }
        if (!from.isFloat()) {
            return OptionalDouble.of(to.decode(to.encodeLong(from.decodeLong(code))));
        }
        double whole = value - value % 1;
        double end = Math.scalb(1.0, to.precision());
        boolean fits = whole < end && whole >= (to.kind() == DType.Kind.SIGNED ? -end : 0);
        return fits ? OptionalDouble.of(whole) : OptionalDouble.empty();
    }

    /// The next power of two upwards.
    private static OptionalDouble scale(double value, boolean saturate) {
        if (value < 0) {
            return OptionalDouble.empty();
        }
        if (Double.isNaN(value)) {
            return OptionalDouble.of(value);
        }
        double power = 0x1p-127;
        while (power < value && power < 0x1p127) {
            power *= 2;
        }
        return OptionalDouble.of(power >= value || saturate ? power : Double.NaN);
    }

    /// The value and what it lacks in f64, so that one rounding to the output is right.
    @ParameterizedTest
    @CsvSource({
        "9007199254740993, 0x1p53, 1",
        "9007199791611905, 0x1.000001p53, 1",
        "9223372036854775807, 0x1p63, -1",
        "-9223372036854775808, -0x1p63, 0",
        "-9223372036854775807, -0x1p63, 1"
    })
    void longsToFloats(long code, String value, double low) {
        for (DType to : new DType[] {DType.F64, DType.F32, DType.F16, DType.BF16}) {
            Answer answer = codes(DType.I64, to, code).answer(0);
            assertEquals(Double.parseDouble(value), answer.value(0), to.label());
            assertEquals(low, answer.low(0), to.label());
            assertTrue(answer.isExact(0), to.label());
        }
    }

    /// Code of an i64, and its power of two by round mode.
    @ParameterizedTest
    @CsvSource({
        "0, 0x1p-127, 0x1p-127, 0x1p-127",
        "3, 0x1p2, 0x1p1, 0x1p2",
        "4, 0x1p2, 0x1p2, 0x1p2",
        "5, 0x1p3, 0x1p2, 0x1p2",
        "9007199254740993, 0x1p54, 0x1p53, 0x1p53",
        "4611686018427387903, 0x1p62, 0x1p61, 0x1p62",
        "4611686018427387904, 0x1p62, 0x1p62, 0x1p62",
        "9223372036854775807, 0x1p63, 0x1p62, 0x1p63"
    })
    void longsToScales(long code, String up, String down, String nearest) {
        Example example = codes(DType.I64, DType.E8M0, code);
        assertEquals(Double.parseDouble(up), example.answer(0).value(0), "the default");
        assertEquals(Double.parseDouble(up), rounded(example, "up"));
        assertEquals(Double.parseDouble(down), rounded(example, "down"));
        assertEquals(Double.parseDouble(nearest), rounded(example, "nearest"));
    }

    private static double rounded(Example example, String mode) {
        Answer answer = example.attribute("round_mode", mode).answer(0);
        assertFalse(answer.isOpen(0));
        assertTrue(answer.isExact(0));
        return answer.value(0);
    }

    @Test
    void theLargestUnsignedToScales() {
        Example example = codes(DType.U64, DType.E8M0, -1);
        assertEquals(0x1p64, rounded(example, "up"));
        assertEquals(0x1p63, rounded(example, "down"));
    }

    @Test
    void negativeScalesAreOpen() {
        assertTrue(codes(DType.I64, DType.E8M0, Long.MIN_VALUE).answer(0).isOpen(0));
        assertTrue(codes(DType.I64, DType.E8M0, -1).answer(0).isOpen(0));
    }
}
