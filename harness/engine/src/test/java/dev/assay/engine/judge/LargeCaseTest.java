package dev.assay.engine.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.engine.judge.CorrectBackend.Spoiler;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.results.Verdict;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Products judged by samples and sums: the limit is lowered so that small ones count as large.
class LargeCaseTest {
    private static final Operator MATMUL = Operators.named("matmul", "test");
    private static final int SIZE = 256;
    private static final int DEPTH = 128;

    private static Call call(TensorSpec a, TensorSpec b) {
        return new CallBuilder(MATMUL, "test").input("A", a).input("B", b).build();
    }

    private static Call call(DType dtype) {
        return call(TensorSpec.of(dtype, SIZE, DEPTH), TensorSpec.of(dtype, DEPTH, SIZE));
    }

    private static Judgement judge(Backend backend, Call call, String fill, long seed, double limit) {
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = CaseInputs.generate(MATMUL, call, fill, "test", seed, arena);
            DataSets others = (asked, recipe, into) -> CaseInputs.generate(MATMUL, asked, recipe, "test", seed, into);
            return Judge.judge(backend, new Subject(MATMUL, call, inputs, Optional.of(others), limit), List.of());
        }
    }

    private static Judgement judge(Backend backend, Call call) {
        return judge(backend, call, "normal", 1, 0);
    }

    private static Judgement judge(DType dtype, String fill, long seed, double limit, Spoiler spoiler) {
        return judge(new CorrectBackend(MATMUL, ComputeContract.STRICT, spoiler), call(dtype), fill, seed, limit);
    }

    private static Judgement judge(String fill, Spoiler spoiler) {
        return judge(DType.BF16, fill, 1, 0, spoiler);
    }

    private static void fails(String layer, Judgement judgement) {
        assertEquals(Verdict.FAIL, judgement.verdict(), judgement.reason());
        assertTrue(judgement.layers().contains(layer), judgement.layers() + " " + judgement.reason());
    }

    /// An element that no sample covers.
    private static final long UNSEEN = 200L * SIZE + 77;

    private static Spoiler onFirstRuns(java.util.function.Consumer<Tensor> change) {
        return (arguments, run) -> {
            if (run < 2) {
                change.accept(arguments.output("Y").tensor());
            }
        };
    }

    /// What is vacuous in full (sums that overflow, or whose bound exceeds them) is so on samples.
    @Test
    void theReferenceRoundedOnceHasTheVerdictOfTheFullReference() {
        for (String fill : List.of(
                "normal",
                "uniform(0,1)",
                "integers(-4,4)",
                "outliers",
                "large-mean",
                "cancelling",
                "lognormal(2)",
                "specials",
                "overflow")) {
            // Double-double references take most of the time: f64 has a fill of each kind.
            boolean few = List.of("normal", "specials", "overflow").contains(fill);
            List<DType> dtypes = few ? List.of(DType.F16, DType.F32, DType.F64) : List.of(DType.BF16, DType.F32);
            for (DType dtype : dtypes) {
                Judgement judgement = judge(dtype, fill, 3, 0, (arguments, run) -> {});
                Judgement full = judge(dtype, fill, 3, 1e12, (arguments, run) -> {});
                assertEquals(full.verdict(), judgement.verdict(), fill + " " + dtype + ": " + judgement.reason());
                assertTrue(judgement.elements() < SIZE * SIZE, "no more is claimed than was compared");
                if (judgement.verdict() == Verdict.PASS) {
                    assertTrue(judgement.reason().startsWith("sampled: "), judgement.reason());
                }
            }
        }
    }

    @Test
    void manySeedsPass() {
        for (long seed = 10; seed < 20; seed++) {
            Judgement judgement = judge(DType.BF16, "normal", seed, 0, (arguments, run) -> {});
            assertEquals(Verdict.PASS, judgement.verdict(), judgement.reason());
        }
    }

    /// Loops in f32 with results in f32 and bf16.
    @Test
    void sumsInOrderPassOnManySeedsAndDataSets() {
        List<String> fills = List.of("normal", "uniform(0,1)", "lognormal(2)", "cancelling", "large-mean", "outliers");
        for (long seed = 50; seed < 74; seed++) {
            DType dtype = seed % 2 == 0 ? DType.F32 : DType.BF16;
            String fill = fills.get((int) (seed / 2 % fills.size()));
            Judgement judgement = judge(new Loops(ComputeContract.STRICT), call(dtype), fill, seed, 0);
            assertEquals(Verdict.PASS, judgement.verdict(), seed + " " + fill + " " + dtype + judgement.reason());
        }
    }

    @Test
    void aMissingLastTermFails() {
        Loops missing = new Loops(ComputeContract.STRICT) {
            @Override
            int depth(int depth) {
                return depth - 1;
            }
        };
        fails("large", judge(missing, call(DType.BF16)));
        fails("large", judge(missing, call(DType.F32)));
    }

    /// Eight partial sums of bf16 into a result of bf16: the errors scatter twice as much as one rounding explains.
    private static Loops split(ComputeContract contract) {
        return new Loops(contract) {
            @Override
            int chunk(int depth) {
                return depth / 8;
            }

            @Override
            float partial(float sum) {
                return (float) DType.BF16.round(sum);
            }
        };
    }

    @Test
    void partialSumsInBf16FailUnlessTheyAreDeclared() {
        Judgement judgement = judge(split(ComputeContract.STRICT), call(DType.BF16));
        fails("large", judgement);
        ComputeContract declared =
                ComputeContract.strict().partials(Stored.as(DType.BF16), 8).build();
        Judgement right = judge(split(declared), call(DType.BF16));
        assertEquals(Verdict.PASS, right.verdict(), right.reason());
    }

    private static float cut(double value, int bits) {
        return Float.intBitsToFloat(Float.floatToRawIntBits((float) value) & -(1 << bits));
    }

    @Test
    void resultsThatAreCutOffFailUnlessThisIsDeclared() {
        for (boolean declared : new boolean[] {false, true}) {
            ComputeContract contract = declared
                    ? ComputeContract.strict()
                            .outputRounding(ComputeContract.Rounding.TOWARD_ZERO)
                            .build()
                    : ComputeContract.STRICT;
            Judgement judgement = judge(
                    new Loops(contract) {
                        @Override
                        double stored(float value, Tensor y) {
                            return cut(value, 16);
                        }
                    },
                    call(DType.BF16));
            if (declared) {
                assertEquals(Verdict.PASS, judgement.verdict(), judgement.reason());
            } else {
                fails("large", judgement);
            }
        }
    }

    @Test
    void roundedInputsFailUnlessTheyAreDeclared() {
        for (boolean declared : new boolean[] {false, true}) {
            ComputeContract contract = declared
                    ? ComputeContract.strict()
                            .inputs(InputRounding.TF32_TOWARD_ZERO)
                            .build()
                    : ComputeContract.STRICT;
            Judgement judgement = judge(
                    new Loops(contract) {
                        @Override
                        float operand(float value) {
                            return cut(value, 13);
                        }
                    },
                    call(DType.F32));
            if (declared) {
                assertEquals(Verdict.PASS, judgement.verdict(), judgement.reason());
            } else {
                fails("large", judgement);
            }
        }
    }

    /// Sums that are cut off after every term, to 24 bits below their leading one.
    @Test
    void sumsThatAreCutOffPassWhereThisIsDeclared() {
        for (Accumulator accumulator : List.of(new Accumulator.Wide(), new Accumulator.Aligned(22, 1))) {
            ComputeContract contract = ComputeContract.strict()
                    .accumulator(accumulator)
                    .accumulatorRounding(ComputeContract.Rounding.TOWARD_ZERO)
                    .build();
            boolean aligned = accumulator instanceof Accumulator.Aligned;
            for (DType dtype : List.of(DType.BF16, DType.F32)) {
                Judgement judgement = judge(
                        new Loops(contract) {
                            @Override
                            float added(float sum) {
                                return aligned ? cut(sum, 1) : sum;
                            }
                        },
                        call(dtype));
                assertEquals(Verdict.PASS, judgement.verdict(), contract + " " + dtype + judgement.reason());
            }
        }
    }

    /// Six products of three left and two right matrices.
    @Test
    void oneWrongMatrixOfABatchFails() {
        Call call = call(TensorSpec.of(DType.BF16, 3, 1, 160, 96), TensorSpec.of(DType.BF16, 2, 96, 200));
        Judgement right = judge(new Loops(ComputeContract.STRICT), call);
        assertEquals(Verdict.PASS, right.verdict(), right.reason());
        Judgement wrong = judge(
                new Loops(ComputeContract.STRICT) {
                    @Override
                    long matrix(long batch) {
                        return batch == 3 ? 1 : batch;
                    }
                },
                call);
        fails("large", wrong);
        assertTrue(wrong.reason().contains("Y[1,1,"), wrong.reason());
    }

    @Test
    void anElementThatIsHalfTheRmsOffFails() {
        fails("large", judge("normal", onFirstRuns(y -> y.set(UNSEEN, y.get(UNSEEN) + 6))));
    }

    @Test
    void aNanOutsideTheSamplesFails() {
        Judgement judgement = judge("normal", onFirstRuns(y -> y.set(UNSEEN, Double.NaN)));
        fails("bound", judgement);
        assertTrue(judgement.reason().contains("Y[200,77]"), judgement.reason());
    }

    @Test
    void swappedTilesFailOnTheCodedRunToo() {
        Judgement judgement = judge("normal", (arguments, run) -> {
            Tensor y = arguments.output("Y").tensor();
            for (long row = 64; row < 80; row++) {
                for (long column = 96; column < 112; column++) {
                    double kept = y.get(row * SIZE + column);
                    y.set(row * SIZE + column, y.get(row * SIZE + column + 16));
                    y.set(row * SIZE + column + 16, kept);
                }
            }
        });
        fails("large", judgement);
        fails("exact", judgement);
    }

    @Test
    void onlyTheCodedRunIsWrong() {
        Judgement judgement = judge("normal", (arguments, run) -> {
            if (run == 2) {
                arguments.output("Y").tensor().set(UNSEEN, 1000);
            }
        });
        fails("exact", judgement);
        assertTrue(judgement.reason().contains("on selection"), judgement.reason());
    }

    @Test
    void anUnwrittenRowIsSeenOnTheWholeOutput() {
        fails("memory", judge("normal", (arguments, run) -> {
            Tensor y = arguments.output("Y").tensor();
            dev.assay.tensor.Poison poison = run == 1 ? dev.assay.tensor.Poison.FINITE : dev.assay.tensor.Poison.NAN;
            for (long column = 0; column < SIZE; column++) {
                y.setCodeAt(133L * SIZE + column, poison.code(DType.BF16));
            }
        }));
    }
}
