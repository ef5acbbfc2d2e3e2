package dev.assay.engine.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Attribute;
import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.HostBackend;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Region;
import dev.assay.results.Verdict;
import dev.assay.tensor.DType;
import dev.assay.tensor.Poison;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/// Attention judged by a part of its queries: the limit is lowered so that a short one counts as long.
class LargeAttentionTest {
    private static final Operator ATTENTION = Operators.named("attention", "test");
    private static final int BATCHES = 2;
    private static final int HEADS = 4;
    private static final int QUERIES = 288;
    private static final int KEYS = 64;
    private static final int SIZE = 16;

    private static Call call(DType dtype, boolean causal) {
        TensorSpec keys = TensorSpec.of(dtype, BATCHES, HEADS / 2, KEYS, SIZE);
        return new CallBuilder(ATTENTION, "test")
                .input("Q", TensorSpec.of(dtype, BATCHES, HEADS, QUERIES, SIZE))
                .input("K", keys)
                .input("V", keys)
                .attribute("is_causal", new Attribute.Int(causal ? 1 : 0))
                .build();
    }

    private static Judgement judge(Backend backend, Call call, String fill, long seed) {
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = CaseInputs.generate(ATTENTION, call, fill, "test", seed, arena);
            return Judge.judge(backend, new Subject(ATTENTION, call, inputs, Optional.empty(), 0), List.of());
        }
    }

    private static Judgement judge(Backend backend, boolean causal) {
        return judge(backend, call(DType.BF16, causal), "normal", 1);
    }

    private static void fails(String layer, Judgement judgement) {
        assertEquals(Verdict.FAIL, judgement.verdict(), judgement.reason());
        assertTrue(judgement.layers().contains(layer), judgement.layers() + " " + judgement.reason());
    }

    /// Loops whose output is changed afterwards.
    private static Backend spoiled(BiConsumer<Tensor, Integer> change) {
        return new Loops(ComputeContract.STRICT) {
            private int runs;

            @Override
            protected void run(Call call, dev.assay.backend.Arguments arguments) {
                super.run(call, arguments);
                change.accept(arguments.output("Y").tensor(), runs++);
            }
        };
    }

    private static long element(long batch, long head, long query, long column) {
        return ((batch * HEADS + head) * QUERIES + query) * SIZE + column;
    }

    /// A query of the last head that is not sampled.
    private static long unseen(Call call) {
        try (Arena arena = Arena.ofShared()) {
            Inputs inputs = new Inputs(CaseInputs.generate(ATTENTION, call, "normal", "test", 1, arena));
            List<Region> samples = ATTENTION
                    .oracle(call, inputs, ComputeContract.STRICT)
                    .cheap(0)
                    .orElseThrow()
                    .samples();
            for (long query = 100; query < QUERIES; query++) {
                long[] at = {BATCHES - 1, HEADS - 1, query, 0};
                if (samples.stream().noneMatch(sample -> sample.contains(at))) {
                    return query;
                }
            }
        }
        throw new IllegalStateException("all queries are sampled");
    }

    @Test
    void rightLoopsPassOnManySeedsAndDataSets() {
        for (long seed = 1; seed <= 20; seed++) {
            DType dtype = seed % 2 == 0 ? DType.BF16 : DType.F32;
            String fill = List.of("normal", "peaky", "outliers", "lognormal(2)", "boundary-seeking")
                    .get((int) seed % 5);
            Call call = call(dtype, seed % 4 < 2);
            Judgement judgement = judge(new Loops(ComputeContract.STRICT), call, fill, seed);
            assertEquals(Verdict.PASS, judgement.verdict(), fill + " " + dtype + ": " + judgement.reason());
            assertTrue(judgement.reason().startsWith("sampled: "), judgement.reason());
            long all = (long) BATCHES * HEADS * QUERIES * SIZE;
            assertTrue(judgement.elements() < all / 5, judgement.elements() + " of " + all);
        }
    }

    @Test
    void theReferenceRoundedOncePasses() {
        for (String fill : List.of("normal", "specials", "uniform-scores", "one-hot-values")) {
            for (DType dtype : List.of(DType.F16, DType.F32)) {
                Judgement judgement = judge(new CorrectBackend(ATTENTION), call(dtype, true), fill, 2);
                assertEquals(Verdict.PASS, judgement.verdict(), fill + " " + dtype + ": " + judgement.reason());
            }
        }
    }

    @Test
    void oneHeadWithTheKeysOfAnotherFails() {
        Judgement judgement = judge(
                new Loops(ComputeContract.STRICT) {
                    @Override
                    int keyHead(int head, int group) {
                        return head == 2 ? 0 : super.keyHead(head, group);
                    }
                },
                false);
        fails("bound", judgement);
        assertTrue(judgement.reason().contains("Y[0..1,2,"), judgement.reason());
    }

    @Test
    void aBatchThatIsAnsweredWithAnotherFails() {
        Judgement judgement = judge(
                new Loops(ComputeContract.STRICT) {
                    @Override
                    int batch(int batch) {
                        return 0;
                    }
                },
                false);
        fails("bound", judgement);
        assertTrue(judgement.reason().contains("Y[1,"), judgement.reason());
    }

    @Test
    void aMissingLastKeyFails() {
        HostBackend missing = new Loops(ComputeContract.STRICT) {
            @Override
            int visible(boolean causal, int query, int keys) {
                return super.visible(causal, query, keys - 1);
            }
        };
        fails("bound", judge(missing, false));
        fails("bound", judge(missing, true));
    }

    @Test
    void aCausalMaskThatEndsAKeyTooLateFails() {
        Judgement judgement = judge(
                new Loops(ComputeContract.STRICT) {
                    @Override
                    int visible(boolean causal, int query, int keys) {
                        return Math.min(keys, query + 2);
                    }
                },
                true);
        fails("bound", judgement);
        assertTrue(judgement.reason().contains("Y[0..1,0..3,0.."), judgement.reason());
    }

    /// As where the tiles that are masked are told by their first query.
    @Test
    void aMaskThatIsWrongInTheLastQueryOfATileFails() {
        fails(
                "bound",
                judge(
                        new Loops(ComputeContract.STRICT) {
                            @Override
                            int visible(boolean causal, int query, int keys) {
                                return query == 63 ? query - 31 : super.visible(causal, query, keys);
                            }
                        },
                        true));
    }

    @Test
    void aQueryAtAFixedPlaceOfTilesFails() {
        for (int place : new int[] {0, 77, 200, 255}) {
            fails(
                    "bound",
                    judge(
                            spoiled((y, run) -> {
                                for (long head = 0; head < (long) BATCHES * HEADS; head++) {
                                    for (long query = place; query < QUERIES; query += 256) {
                                        long at = (head * QUERIES + query) * SIZE + 3;
                                        y.set(at, y.get(at) + 0.5);
                                    }
                                }
                            }),
                            false));
        }
    }

    @Test
    void aNanOutsideTheSamplesFails() {
        long query = unseen(call(DType.BF16, false));
        Judgement judgement =
                judge(spoiled((y, run) -> y.set(element(1, 3, query, 5), run == 0 ? Double.NaN : 0.1)), false);
        fails("bound", judgement);
        assertTrue(judgement.reason().contains("Y[1,3," + query + ",5]"), judgement.reason());
    }

    /// What the samples cannot see, and say so.
    @Test
    void aFiniteErrorOfOneQueryOutsideTheSamplesIsNotSeen() {
        long query = unseen(call(DType.BF16, false));
        Judgement judgement = judge(spoiled((y, run) -> y.set(element(1, 3, query, 5), 0.1)), false);
        assertEquals(Verdict.PASS, judgement.verdict(), judgement.reason());
        assertFalse(judgement.reason().isEmpty());
    }

    @Test
    void anUnwrittenQueryIsSeenOnTheWholeOutput() {
        long query = unseen(call(DType.BF16, false));
        fails(
                "memory",
                judge(
                        spoiled((y, run) -> {
                            Poison poison = run == 1 ? Poison.FINITE : Poison.NAN;
                            for (long column = 0; column < SIZE; column++) {
                                y.setCodeAt(element(1, 3, query, column), poison.code(DType.BF16));
                            }
                        }),
                        false));
    }

    /// The scores are sampled with the same queries; copies of keys are compared whole.
    @Test
    void furtherOutputsAreJudgedToo() {
        TensorSpec keys = TensorSpec.of(DType.F32, 1, 2, 40, 8);
        TensorSpec past = TensorSpec.of(DType.F32, 1, 2, 24, 8);
        Call call = new CallBuilder(ATTENTION, "test")
                .input("Q", TensorSpec.of(DType.F32, 1, 2, 600, 8))
                .input("K", keys)
                .input("V", keys)
                .input("past_key", past)
                .input("past_value", past)
                .output("present_key")
                .output("present_value")
                .output("qk_matmul_output")
                .build();
        Judgement right = judge(new CorrectBackend(ATTENTION), call, "normal", 5);
        assertEquals(Verdict.PASS, right.verdict(), right.reason());
        assertTrue(right.reason().contains("of Y") && right.reason().contains("of qk_matmul_output"), right.reason());
        for (String output : List.of("present_key", "present_value", "qk_matmul_output")) {
            // The last element: of the scores it belongs to the last query, which is always sampled.
            Judgement wrong = judge(
                    new CorrectBackend(ATTENTION, ComputeContract.STRICT, (arguments, run) -> {
                        Tensor y = arguments.output(output).tensor();
                        long last = y.shape().elements() - 1;
                        y.set(last, y.get(last) + 1);
                    }),
                    call,
                    "normal",
                    5);
            assertEquals(Verdict.FAIL, wrong.verdict(), output);
            assertTrue(wrong.reason().contains(output), wrong.reason());
        }
    }
}
