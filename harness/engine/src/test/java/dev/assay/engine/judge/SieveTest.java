package dev.assay.engine.judge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.judge.Comparison.Mismatch;
import dev.assay.engine.judge.Comparison.Tally;
import dev.assay.engine.judge.Comparison.Wrong;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Errors that are worked out on demand must lead to the same judgement as errors that are all there.
class SieveTest {
    private static final int ROWS = 70;
    private static final int COLUMNS = 1100;
    private static final int DEPTH = 300;

    /// How outputs are made of the right ones.
    enum Made {
        RIGHT,
        A_FEW_WRONG,
        JUST_OUTSIDE,
        NOT_FINITE,
        ALL_WRONG,
        ALL_ZERO,
        EXACT_SUMS;

        void spoil(Tensor actual, double[] sums) {
            DType dtype = actual.dtype();
            LongConsumer nudge = i -> actual.set(i, sums[(int) i] + 1.2 * dtype.ulp(sums[(int) i]));
            switch (this) {
                case RIGHT, EXACT_SUMS -> {}
                case A_FEW_WRONG ->
                    List.of(0L, 1L, 1099L, 1100L, 40_000L, 76_999L).forEach(nudge::accept);
                case JUST_OUTSIDE -> {
                    for (int i = 0; i < sums.length; i++) {
                        double ulp = dtype.ulp(sums[i]);
                        double near = dtype.round(sums[i]);
                        double other = near + (sums[i] > near ? ulp : -ulp);
                        double error = Math.abs(other - sums[i]) / ulp;
                        if (error > 0.54 && error < 0.56) {
                            actual.set(i, other);
                            return;
                        }
                    }
                }
                case NOT_FINITE -> {
                    actual.set(5, Double.NaN);
                    actual.set(70_000, Double.NEGATIVE_INFINITY);
                }
                case ALL_WRONG -> {
                    for (long i = 0; i < sums.length; i++) {
                        nudge.accept(i);
                    }
                }
                case ALL_ZERO -> {
                    for (long i = 0; i < sums.length; i++) {
                        actual.set(i, 0);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Made.class)
    void theJudgementIsTheSame(Made made) {
        for (DType dtype : new DType[] {DType.BF16, DType.F16}) {
            compare(made, dtype);
        }
    }

    /// No error comes near the final rounding, so that the worst of them is found in a second look.
    @Test
    void theWorstOfSmallErrorsIsFound() {
        Shape shape = Shape.of(40_000);
        Oracle oracle = new Oracle() {
            @Override
            public Shape shape(int output) {
                return shape;
            }

            @Override
            public void expect(int output, Region region, Observed device, ExpectedBlock into) {
                for (int i = 0; i < into.elements(); i++) {
                    into.values()[i] = 1.5 + DType.BF16.ulp(1) * 0.4 * Math.sin(i);
                }
                into.leaveErrors(new ExpectedBlock.OnDemand() {
                    @Override
                    public void write(int[] elements, double negligible, ExpectedBlock errors) {
                        for (int n = 0; n < elements.length; n++) {
                            errors.allow(n, 0, DType.BF16.ulp(1) * (0.01 + 0.5 * (elements[n] % 7)));
                        }
                    }

                    @Override
                    public double least(int element) {
                        return DType.BF16.ulp(1) * 0.01;
                    }
                });
            }
        };
        try (Arena arena = Arena.ofShared()) {
            Tensor actual = Tensor.allocate(TensorSpec.dense(DType.BF16, shape), arena);
            for (long i = 0; i < shape.elements(); i++) {
                actual.set(i, 1.5);
            }
            Tally all = of(completing(oracle, new ArrayList<>()), actual).tally();
            Tally some = of(oracle, actual).tally();
            assertEquals(0.4 / 0.51, all.worstRatio, 1e-3);
            assertEquals(all.worstRatio, some.worstRatio);
            assertEquals(all.maxUlp, some.maxUlp, 1e-12);
            assertEquals(all.elements, some.elements);
            assertEquals(0, some.mismatches());
        }
    }

    private static void compare(Made made, DType dtype) {
        Operator operator = Operators.named("matmul", "test");
        Call call = new CallBuilder(operator, "test")
                .input("A", TensorSpec.of(dtype, ROWS, DEPTH))
                .input("B", TensorSpec.of(dtype, DEPTH, COLUMNS))
                .build();
        try (Arena arena = Arena.ofShared()) {
            Tensor a = random(arena, call.input("A"), 1);
            Tensor b = random(arena, call.input("B"), 2);
            Oracle oracle = operator.oracle(call, new Inputs(Map.of("A", a, "B", b)), ComputeContract.STRICT);
            List<Boolean> waited = new ArrayList<>();
            Oracle complete = completing(oracle, waited);
            double[] sums = ReferenceValues.of(oracle);
            Tensor actual = Tensor.allocate(call.output("Y"), arena);
            for (int i = 0; i < sums.length; i++) {
                actual.set(i, made == Made.EXACT_SUMS ? sums[i] : (float) (sums[i] * (1 + 1e-7 * (i % 5 - 2))));
            }
            made.spoil(actual, sums);
            Comparison all = of(complete, actual);
            Comparison some = of(oracle, actual);
            assertTrue(waited.stream().allMatch(yes -> yes), "or nothing is compared here");
            Tally expected = all.tally();
            Tally tally = some.tally();
            assertEquals(expected.elements, tally.elements);
            assertEquals(expected.worstRatio, tally.worstRatio, 1e-6 * expected.worstRatio);
            assertEquals(expected.maxUlp, tally.maxUlp, 1e-12 * expected.maxUlp);
            assertEquals(expected.informative, tally.informative);
            for (Mismatch kind : Mismatch.values()) {
                Wrong one = expected.wrong(kind);
                Wrong other = tally.wrong(kind);
                assertEquals(one.count, other.count, kind.name());
                assertArrayEquals(one.at, other.at);
                assertArrayEquals(one.lowest, other.lowest);
                assertArrayEquals(one.highest, other.highest);
            }
            boolean wrong = made != Made.RIGHT && made != Made.EXACT_SUMS;
            assertEquals(wrong, expected.mismatches() > 0, "what was meant");
            assertEquals(all.tightness().size(), some.tightness().size());
            assertEquals(all.tightness().getFirst(), some.tightness().getFirst(), 1e-6);
            ErrorStatistics.Summary one = all.statistics();
            ErrorStatistics.Summary other = some.statistics();
            assertEquals(one.elements(), other.elements());
            assertEquals(one.clusters(), other.clusters());
            assertEquals(one.rms(), other.rms(), 3e-3 * one.rms());
            assertEquals(one.tooLarge(), other.tooLarge());
            assertEquals(one.biased(), other.biased());
        }
    }

    private static Comparison of(Oracle oracle, Tensor actual) {
        Observed observed = position -> actual;
        return Comparison.of("Y", 0, ComputeContract.STRICT, oracle, observed, actual, false);
    }

    private static Tensor random(Arena arena, TensorSpec spec, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Tensor tensor = Tensor.allocate(spec, arena);
        for (long i = 0; i < spec.shape().elements(); i++) {
            tensor.set(i, random.nextGaussian());
        }
        return tensor;
    }

    /// The same oracle, which works out all errors at once.
    private static Oracle completing(Oracle oracle, List<Boolean> waited) {
        return new Oracle() {
            @Override
            public Shape shape(int output) {
                return oracle.shape(output);
            }

            @Override
            public long cluster(int output) {
                return oracle.cluster(output);
            }

            @Override
            public Iterable<Region> regions(int output) {
                return oracle.regions(output);
            }

            @Override
            public void expect(int output, Region region, Observed device, ExpectedBlock into) {
                oracle.expect(output, region, device, into);
                waited.add(into.leavesErrors());
                into.sigmas();
            }
        };
    }
}
