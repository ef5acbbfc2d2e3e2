package dev.assay.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.tensor.DType;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApproxTest {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final WorkingArithmetic F32 = new WorkingArithmetic(ComputeContract.STRICT, DType.F32);

    /// A number as the reference has it, and as a kernel does that keeps to the contract.
    record Pair(Approx reference, float kernel) {}

    /// Steps in f32 whose functions err by up to a part of what the contract allows.
    static final class Steps {
        private final Random random;
        private final double part;

        Steps(long seed, double part) {
            this.random = new Random(seed);
            this.part = part;
        }

        Pair input(double least, double most) {
            float value = (float) (least + (most - least) * random.nextDouble());
            return new Pair(F32.of(value), value);
        }

        Pair plus(Pair a, Pair b) {
            return new Pair(a.reference.plus(b.reference), a.kernel + b.kernel);
        }

        Pair plus(Pair a, double constant) {
            return new Pair(a.reference.plus(constant), a.kernel + (float) constant);
        }

        Pair times(Pair a, Pair b) {
            return new Pair(a.reference.times(b.reference), a.kernel * b.kernel);
        }

        Pair times(Pair a, double constant) {
            return new Pair(a.reference.times(constant), a.kernel * (float) constant);
        }

        Pair dividedBy(Pair a, Pair b) {
            double quotient = (double) a.kernel / b.kernel;
            return new Pair(a.reference.dividedBy(b.reference), off(quotient, ComputeContract.STRICT.divideUlps()));
        }

        Pair sqrt(Pair a) {
            return new Pair(a.reference.sqrt(), (float) Math.sqrt(a.kernel));
        }

        Pair exp(Pair a) {
            return new Pair(a.reference.exp(), off(Math.exp(a.kernel), ComputeContract.STRICT.expUlps()));
        }

        /// As far off as the contract's `ulps` go, or some part of that; the rounding to f32 takes half a unit.
        private float off(double exact, double ulps) {
            double way = random.nextInt(4) == 0 ? 2 * random.nextDouble() - 1 : random.nextBoolean() ? 1 : -1;
            return (float) (exact + way * part * Math.max(0, ulps - 0.5) * Math.ulp((float) exact));
        }
    }

    /// Formulas for numbers between 0.25 and 4.
    enum Formula {
        SIGMOID {
            @Override
            Pair of(Steps steps, Pair x, Pair y, Pair z) {
                return steps.dividedBy(x, steps.plus(steps.exp(steps.times(y, -1)), 1));
            }
        },
        CANCELLATION {
            @Override
            Pair of(Steps steps, Pair x, Pair y, Pair z) {
                return steps.plus(steps.times(x, y), steps.times(steps.times(z, z), -1));
            }
        },
        DISTANCE {
            @Override
            Pair of(Steps steps, Pair x, Pair y, Pair z) {
                Pair squares = steps.plus(steps.plus(steps.times(x, x), steps.times(y, y)), steps.times(z, z));
                return steps.sqrt(squares);
            }
        },
        CONSTANTS {
            @Override
            Pair of(Steps steps, Pair x, Pair y, Pair z) {
                return steps.times(steps.plus(steps.times(x, 0.1), steps.dividedBy(y, z)), 0.7);
            }
        },
        CHAIN {
            @Override
            Pair of(Steps steps, Pair x, Pair y, Pair z) {
                Pair root = steps.sqrt(steps.dividedBy(x, steps.plus(y, z)));
                return steps.times(steps.exp(steps.exp(root)), steps.dividedBy(z, root));
            }
        };

        abstract Pair of(Steps steps, Pair x, Pair y, Pair z);
    }

    private static final int TRIES = 20_000;

    /// How far the kernel is off at most, as a part of the bound.
    private static double worst(Formula formula, double part) {
        var steps = new Steps(7, part);
        double worst = 0;
        for (int i = 0; i < TRIES; i++) {
            Pair result = formula.of(steps, steps.input(0.25, 4), steps.input(0.25, 4), steps.input(0.25, 4));
            Approx reference = result.reference;
            double error = Math.abs(result.kernel - reference.value() - reference.low());
            double rounding = DType.F32.ulp(Math.abs(reference.value()) + reference.errorBefore(DType.F32)) / 2;
            worst = Math.max(worst, error / (reference.errorBefore(DType.F32) + rounding));
        }
        return worst;
    }

    @ParameterizedTest
    @EnumSource(Formula.class)
    void kernelsThatKeepToTheContractStayWithin(Formula formula) {
        assertTrue(worst(formula, 1) <= 1, "part of the bound: " + worst(formula, 1));
        assertTrue(worst(formula, 0) <= 1, "part of the bound: " + worst(formula, 0));
        assertTrue(worst(formula, 1) > 0.25, "the bound says something: " + worst(formula, 1));
    }

    @ParameterizedTest
    @EnumSource(
            value = Formula.class,
            names = {"SIGMOID", "CHAIN"})
    void kernelsThatErrTwiceAsMuchLeaveIt(Formula formula) {
        assertTrue(worst(formula, 2.5) > 1, "part of the bound: " + worst(formula, 2.5));
    }

    /// What a narrower output adds is the rounding to the working type.
    @Test
    void narrowOutputsAreRoundedFromTheWorkingType() {
        Approx third = F32.of(1).times(F32.of(1 / 3.0));
        assertEquals(0, third.errorBefore(DType.F32));
        assertEquals(0x1p-24 / 3, third.errorBefore(DType.BF16), 0x1p-60);
        assertEquals(0, F32.of(3).times(F32.of(5)).errorBefore(DType.BF16), "exact in f32");
    }

    /// The textbook sigmoid of -89.5: its exponential overflows f32, although the result would still be one.
    @Test
    void aDivisorThatOverflowsMayGiveZero() {
        Approx large = F32.of(89.5).exp().plus(1);
        Approx quotient = F32.of(1).dividedBy(large);
        assertTrue(quotient.error() >= quotient.value(), quotient.error() + " and " + quotient.value());
        Approx small = F32.of(1).dividedBy(F32.of(87).exp().plus(1));
        assertTrue(small.error() < 1e-3 * small.value(), small.error() + " and " + small.value());
    }

    @Test
    void whatIsDividedByAnythingIsOpen() {
        assertEquals(INF, F32.of(0).dividedBy(F32.anything()).error());
        assertEquals(INF, F32.of(1).dividedBy(F32.anything()).error());
    }

    @Test
    void infinityTimesWhatMayBeZeroIsOpen() {
        assertEquals(INF, F32.of(INF).times(F32.within(0.5, 0.5)).errorBefore(DType.F32));
        assertEquals(INF, F32.within(-0.25, 0.5).times(F32.of(-INF)).errorBefore(DType.F32));
        assertEquals(INF, F32.of(INF).times(F32.within(0, 1e-9)).errorBefore(DType.F32));
    }

    @Test
    void infinityTimesWhatIsSureIsInfinite() {
        for (Approx product : new Approx[] {
            F32.of(INF).times(F32.within(0.5, 0.25)),
            F32.within(0.5, 0.25).times(F32.of(INF)),
            F32.of(-INF).times(F32.within(-3, 2.5)),
            F32.of(INF).times(0.1)
        }) {
            assertEquals(INF, product.value());
            assertEquals(0, product.errorBefore(DType.F32));
            assertEquals(0, product.error());
        }
    }

    @Test
    void infinityTimesZeroIsNan() {
        Approx product = F32.of(INF).times(F32.of(0));
        assertTrue(Double.isNaN(product.value()));
        assertEquals(0, product.errorBefore(DType.F32));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, -2, 1e-30})
    void anythingStaysOpen(double factor) {
        assertEquals(INF, F32.anything().times(F32.of(factor)).errorBefore(DType.F32));
        assertEquals(INF, F32.of(factor).times(F32.anything()).errorBefore(DType.F32));
        assertEquals(INF, F32.anything().plus(factor).errorBefore(DType.F32));
        assertEquals(INF, F32.anything().negated().abs().errorBefore(DType.F32));
    }

    @Test
    void nanIsJudged() {
        Approx nan = F32.of(Double.NaN);
        for (Approx result : new Approx[] {
            nan.times(F32.within(1, 0.5)),
            nan.plus(1),
            nan.exp(),
            nan.sqrt(),
            nan.max(F32.of(1)),
            F32.of(1).min(nan)
        }) {
            assertTrue(Double.isNaN(result.value()));
            assertEquals(0, result.low());
            assertTrue(Double.isFinite(result.errorBefore(DType.F32)));
        }
    }

    // x + ln(1 + exp(-x)) hardly errs for large x; ln(1 + exp(x)) errs as exp does, and is as right.
    @Test
    void anotherWayToTheSameNumberCountsWithItsOwnError() {
        Random random = new Random(5);
        boolean wider = false;
        for (int i = 0; i < 10_000; i++) {
            float x = 20 * random.nextFloat();
            Approx near = F32.of(x).plus(F32.of(x).negated().exp().plus(1).monotonic(Math::log));
            Approx either = near.or(F32.of(x).exp().plus(1).monotonic(Math::log));
            // Within what the contract allows functions, and one rounding each.
            float exponential = (float) (Math.exp(x) * (1 + ComputeContract.STRICT.expUlps() * 0x1p-24));
            float kernel = (float) Math.log(exponential + 1f);
            double apart = Math.abs(kernel - either.value());
            assertTrue(apart <= either.error(), () -> x + ": " + apart + " of " + either.error());
            assertEquals(near.value(), either.value());
            wider |= apart > near.error();
        }
        assertTrue(wider, "the near way alone would not explain it");
        assertEquals(F32.of(100).error(), F32.of(100).or(F32.of(1000).exp()).error(), "a way that overflows is none");
    }

    /// That the exact sum is a number of f32 helps a kernel only whose operands are exact.
    @Test
    void sumsOfInexactOperandsAreRounded() {
        assertEquals(0, F32.of(0.25).plus(F32.of(0.5)).error());
        double error = F32.within(0.25, 1e-9).plus(F32.of(0.5)).error();
        assertTrue(error >= 1e-9 + 0.75 * 0x1p-24, "error " + error);
    }

    /// 1e30 squared is no number of f32, whatever becomes of it.
    @Test
    void overflowIsCarriedOn() {
        Approx square = F32.of(1e30f).squared();
        assertTrue(square.mayOverflow());
        assertTrue(square.sqrt().mayOverflow());
        assertTrue(square.sqrt().dividedBy(F32.of(2)).plus(F32.of(1)).mayOverflow());
        Approx quotient = F32.of(1e30f).dividedBy(square.sqrt());
        assertTrue(!quotient.mayOverflow() && quotient.error() >= 1, "0 will do");
        assertTrue(!F32.of(1e30f).plus(F32.of(1)).mayOverflow());
    }
}
