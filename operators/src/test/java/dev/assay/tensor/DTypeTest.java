package dev.assay.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Conversions, exhaustively for every type of at most 16 bits.
class DTypeTest {
    private static final EnumSet<DType> SMALL_FLOATS = EnumSet.of(
            DType.F16,
            DType.BF16,
            DType.F8E4M3,
            DType.F8E4M3FNUZ,
            DType.F8E5M2,
            DType.F8E5M2FNUZ,
            DType.F4E2M1,
            DType.E8M0);

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16", "F8E4M3", "F8E4M3FNUZ", "F8E5M2", "F8E5M2FNUZ", "F4E2M1", "E8M0"})
    void everyCodeSurvivesDecodingAndEncoding(DType dtype) {
        for (long code = 0; code < 1L << dtype.bits(); code++) {
            double value = dtype.decode(code);
            if (Double.isNaN(value)) {
                assertTrue(Double.isNaN(dtype.decode(dtype.encode(value))), dtype + " NaN code " + code);
            } else {
                assertEquals(code, dtype.encode(value), () -> dtype + " " + value);
                assertEquals(value, dtype.round(value));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16", "F8E4M3", "F8E4M3FNUZ", "F8E5M2", "F8E5M2FNUZ", "F4E2M1", "E8M0"})
    void everyMidpointGoesToTheEvenCodeAndItsNeighboursToTheirSides(DType dtype) {
        List<Long> codes = finiteCodesInOrder(dtype);
        for (int i = 0; i + 1 < codes.size(); i++) {
            long low = codes.get(i);
            long high = codes.get(i + 1);
            double lowValue = dtype.decode(low);
            double highValue = dtype.decode(high);
            if (lowValue == highValue) {
                continue;
            }
            double middle = exactMean(lowValue, highValue);
            // Compared as values: where the even neighbour is zero, its sign follows the side it was reached from.
            double even = (low & 1) == 0 ? lowValue : highValue;
            assertEquals(even, dtype.decode(dtype.encode(middle)), 0.0, () -> dtype + " tie " + middle);
            assertEquals(lowValue, dtype.decode(dtype.encode(Math.nextDown(middle))), 0.0);
            assertEquals(highValue, dtype.decode(dtype.encode(Math.nextUp(middle))), 0.0);
            assertEquals(even, dtype.round(middle), 0.0);
            assertEquals(lowValue, dtype.round(Math.nextDown(middle)), 0.0);
            assertEquals(highValue, dtype.round(Math.nextUp(middle)), 0.0);
        }
    }

    private static List<Long> finiteCodesInOrder(DType dtype) {
        List<Long> codes = new ArrayList<>();
        for (long code = 0; code < 1L << dtype.bits(); code++) {
            if (Double.isFinite(dtype.decode(code))) {
                codes.add(code);
            }
        }
        codes.sort(Comparator.comparingDouble(dtype::decode));
        return codes;
    }

    private static double exactMean(double a, double b) {
        BigDecimal mean = new BigDecimal(a).add(new BigDecimal(b)).divide(BigDecimal.TWO);
        double rounded = mean.doubleValue();
        assertEquals(0, mean.compareTo(new BigDecimal(rounded)), "the midpoint is a double");
        return rounded;
    }

    /// The layout formula of IEEE 754, written independently of the implementation.
    @ParameterizedTest
    @CsvSource({"F16,5,10,15", "BF16,8,7,127", "F8E5M2,5,2,15", "F8E4M3,4,3,7", "F8E4M3FNUZ,4,3,8", "F8E5M2FNUZ,5,2,16"
    })
    void decodingFollowsTheLayout(DType dtype, int exponentBits, int mantissaBits, int bias) {
        for (int code = 0; code < 1 << dtype.bits(); code++) {
            double value = dtype.decode(code);
            if (!Double.isFinite(value)) {
                continue;
            }
            int sign = code >>> (dtype.bits() - 1);
            int exponent = (code >>> mantissaBits) & ((1 << exponentBits) - 1);
            double fraction = (code & ((1 << mantissaBits) - 1)) / Math.pow(2, mantissaBits);
            double size =
                    exponent == 0 ? fraction * Math.pow(2, 1 - bias) : (1 + fraction) * Math.pow(2, exponent - bias);
            assertEquals(sign == 1 ? -size : size, value, 0.0, dtype + " code " + code);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "F64,1.7976931348623157E308,2.2250738585072014E-308,4.9E-324,53",
        "F32,3.4028234663852886E38,1.1754943508222875E-38,1.401298464324817E-45,24",
        "F16,65504,6.103515625E-5,5.960464477539063E-8,11",
        "BF16,3.3895313892515355E38,1.1754943508222875E-38,9.183549615799121E-41,8",
        "F8E4M3,448,0.015625,0.001953125,4",
        "F8E4M3FNUZ,240,0.0078125,0.0009765625,4",
        "F8E5M2,57344,6.103515625E-5,1.52587890625E-5,3",
        "F8E5M2FNUZ,57344,3.0517578125E-5,7.62939453125E-6,3",
        "F4E2M1,6,1,0.5,2",
        "E8M0,1.7014118346046923E38,5.877471754111438E-39,5.877471754111438E-39,1"
    })
    void limitsAreThoseOfTheStandards(DType dtype, double max, double minNormal, double minSubnormal, int precision) {
        assertEquals(max, dtype.maxFinite());
        assertEquals(minNormal, dtype.minNormal());
        assertEquals(minSubnormal, dtype.minSubnormal());
        assertEquals(precision, dtype.precision());
        assertEquals(Math.pow(2, -precision), dtype.unitRoundoff());
    }

    /// The smallest magnitude that overflows is half an ulp beyond the largest finite value; a tie there goes to
    /// the even code, which is the one beyond for all but the types whose largest code is even.
    @ParameterizedTest
    @CsvSource({
        "F16,65519.99,65504,65520,Infinity",
        "BF16,3.39e38,3.3895313892515355E38,3.4e38,Infinity",
        "F8E5M2,61439,57344,61440,Infinity",
        "F8E4M3,464,448,464.0001,NaN",
        "F8E4M3FNUZ,247.9,240,248,NaN",
        "F8E5M2FNUZ,61439,57344,61440,NaN",
        "F4E2M1,6.9,6,1e30,6"
    })
    void overflowFollowsTheTypesRule(DType dtype, double fits, double fitsAs, double tooLarge, double becomes) {
        assertEquals(fitsAs, dtype.decode(dtype.encode(fits)));
        assertEquals(-fitsAs, dtype.decode(dtype.encode(-fits)));
        assertEquals(becomes, dtype.decode(dtype.encode(tooLarge)));
        assertEquals(dtype.maxFinite(), dtype.decode(dtype.encode(tooLarge, true)));
        assertEquals(-dtype.maxFinite(), dtype.decode(dtype.encode(Double.NEGATIVE_INFINITY, true)));
        assertEquals(becomes, dtype.decode(dtype.encode(Double.POSITIVE_INFINITY)));
    }

    @Test
    void specialCodesAreThoseOfTheStandards() {
        assertEquals(0x7FL, DType.F8E4M3.encode(Double.NaN));
        assertEquals(0x80L, DType.F8E4M3FNUZ.encode(Double.NaN));
        assertEquals(0x80L, DType.F8E5M2FNUZ.encode(Double.NaN));
        assertEquals(0L, DType.F8E5M2FNUZ.encode(-0.0), "fnuz types have no negative zero");
        assertEquals(0x80L, DType.F8E4M3.encode(-0.0));
        assertEquals(0x7CL, DType.F8E5M2.encode(Double.POSITIVE_INFINITY));
        assertEquals(0xFFL, DType.E8M0.encode(Double.NaN));
        assertEquals(0xFFL, DType.E8M0.encode(0));
        assertEquals(0xFFL, DType.E8M0.encode(-1));
        assertEquals(127L, DType.E8M0.encode(1));
        assertEquals(128L, DType.E8M0.encode(1.5), "a tie goes to the even code");
        assertEquals(0L, DType.E8M0.encode(1e-300), "there is no zero to round to");
        assertEquals(0x8L, DType.F4E2M1.encode(Double.NaN));
        assertEquals(0x7FC0_0000L, DType.F32.encode(Double.NaN));
    }

    @Test
    void roundingTwiceIsNotRoundingOnce() {
        // 1 + 2^-8 is a tie in bf16; the 2^-30 above it decides upwards, and is lost on the way through float.
        double value = 1 + 0x1p-8 + 0x1p-30;
        assertEquals(1 + 0x1p-7, DType.BF16.round(value));
        assertEquals(1.0, DType.BF16.round((float) value));
        double half = 1 + 0x1p-11 + 0x1p-40;
        assertEquals(1 + 0x1p-10, DType.F16.round(half));
        assertEquals(1.0, DType.F16.round((float) half));
    }

    @Test
    void fastRoundingEqualsTheFormatsOwn() {
        SplittableRandom random = new SplittableRandom(7);
        for (DType dtype : List.of(DType.F16, DType.BF16, DType.F32)) {
            for (int i = 0; i < 200_000; i++) {
                double value = Double.longBitsToDouble(random.nextLong());
                if (i % 2 == 0) {
                    value = Math.scalb(random.nextDouble() * 2 - 1, random.nextInt(-140, 130));
                }
                double expected = dtype.decode(dtype.encode(value, false));
                assertEquals(expected, dtype.round(value), 0.0, dtype + " " + value);
            }
        }
    }

    @Test
    void singlePrecisionEqualsTheLanguagesCast() {
        SplittableRandom random = new SplittableRandom(8);
        for (int i = 0; i < 100_000; i++) {
            double value = Math.scalb(random.nextDouble() * 2 - 1, random.nextInt(-155, 129));
            long plain = DType.F32.encode(value, false);
            assertEquals(Float.floatToRawIntBits((float) value) & 0xFFFF_FFFFL, plain);
            if (Float.isFinite((float) value)) {
                assertEquals(plain, DType.F32.encode(value, true), "the general encoder agrees");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"I16", "I8", "I4", "I2", "U16", "U8", "U4", "U2"})
    void smallIntegersRoundTiesToEvenAndSaturateOrWrap(DType dtype) {
        long codes = 1L << dtype.bits();
        for (long code = 0; code < codes; code++) {
            double value = dtype.decode(code);
            assertEquals(code, dtype.encode(value));
            assertEquals((long) value, dtype.decodeLong(code));
            assertEquals(code, dtype.encodeLong((long) value));
            if (value < dtype.maxFinite()) {
                double even = (long) value % 2 == 0 ? value : value + 1;
                assertEquals(even, dtype.decode(dtype.encode(value + 0.5)));
                assertEquals(value, dtype.decode(dtype.encode(Math.nextDown(value + 0.5))));
                assertEquals(value + 1, dtype.decode(dtype.encode(Math.nextUp(value + 0.5))));
            }
            assertEquals(code, dtype.encode(value + codes), "without saturation numbers wrap");
        }
        assertEquals(dtype.maxFinite(), dtype.decode(dtype.encode(1e18, true)));
        assertEquals(dtype.maxFinite(), dtype.decode(dtype.encode(Double.POSITIVE_INFINITY, true)));
        double lowest = dtype.kind() == DType.Kind.SIGNED ? -Math.pow(2, dtype.bits() - 1) : 0;
        assertEquals(lowest, dtype.decode(dtype.encode(-1e18, true)));
        assertEquals(0, dtype.encode(Double.NaN));
    }

    @Test
    void largeIntegersKeepTheirLimits() {
        assertEquals(Long.MAX_VALUE, DType.I64.encode(0x1p63, true));
        assertEquals(Long.MIN_VALUE, DType.I64.encode(-0x1p63, true));
        assertEquals(Long.MIN_VALUE, DType.I64.encode(0x1p63), "wraps");
        assertEquals(-1L, DType.U64.encode(0x1p64, true));
        assertEquals(0x1p63, DType.U64.decode(1L << 63));
        assertEquals(0x1p64, DType.U64.decode(-1L), "rounds to the nearest double");
        assertEquals(0x1p63 + 0x1p11, DType.U64.decode((1L << 63) + 2047));
        assertEquals(5_000_000_000L, DType.I64.decodeLong(5_000_000_000L));
        assertEquals(4_294_967_295.0, DType.U32.decode(DType.U32.encode(-1)), "wraps");
        assertEquals(0, DType.U32.encode(-1, true));
        assertEquals(0xFFFF_FFFFL, DType.U32.encode(1e10, true));
        assertEquals(0L, DType.I32.encode(Double.POSITIVE_INFINITY), "an infinity has no low bits");
    }

    @Test
    void boolIsZeroOrOne() {
        assertEquals(0, DType.BOOL.encode(-0.0));
        assertEquals(1, DType.BOOL.encode(0.25));
        assertEquals(1, DType.BOOL.encode(Double.NaN));
        assertEquals(1, DType.BOOL.decode(255), "any other byte counts as true");
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "F8E4M3", "F8E5M2", "F4E2M1"})
    void ulpIsTheDistanceToTheNextNumber(DType dtype) {
        for (double value :
                new double[] {1, 1.5, 2, 3.99, dtype.minNormal(), dtype.minSubnormal(), dtype.maxFinite() / 2}) {
            double here = dtype.round(value);
            double next = dtype.decode(dtype.encode(here) + 1);
            assertEquals(next - here, dtype.ulp(here), dtype + " " + here);
            assertEquals(dtype.ulp(here), dtype.ulp(-here));
        }
        assertEquals(dtype.minSubnormal(), dtype.ulp(0));
    }

    @Test
    void sizesAreInBitsRoundedUpOnce() {
        assertEquals(3, DType.I4.bytes(5));
        assertEquals(2, DType.I2.bytes(5));
        assertEquals(0, DType.F4E2M1.bytes(0));
        assertEquals(10, DType.BF16.bytes(5));
        assertThrows(ArithmeticException.class, () -> DType.F64.bytes(Long.MAX_VALUE / 8));
    }

    @Test
    void unknownLabelNamesThoseThereAre() {
        HarnessException e = assertThrows(HarnessException.class, () -> DType.of("float32", "--dtype"));
        assertTrue(e.getMessage().contains("float32") && e.getMessage().contains("bf16"), e.getMessage());
        assertEquals(DType.BF16, DType.of("bf16", "here"));
    }

    @Test
    void everySmallFloatIsCovered() {
        for (DType dtype : DType.values()) {
            assertEquals(
                    dtype.isFloat() && dtype.bits() <= 16, SMALL_FLOATS.contains(dtype), () -> dtype + " has a test");
        }
    }
}
