package dev.assay.operator.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.operator.Answer;
import dev.assay.operator.CheapOracle;
import dev.assay.operator.Example;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Expected values in parts, in samples, and to the last bit.
class AttentionRegionsTest {
    /// Query by query instead of by blocks.
    private static List<Region> queryByQuery(AttentionSetup setup, int output) {
        List<Region> regions = new ArrayList<>();
        int size = output == 3 ? setup.p + setup.t : setup.e;
        for (long b = 0; b < setup.b; b++) {
            for (long h = 0; h < setup.h; h++) {
                for (long s = setup.s - 1L; s >= 0; s--) {
                    regions.add(
                            output == 0 && setup.flat
                                    ? Region.of(new long[] {b, s, h * size}, 1, 1, size)
                                    : Region.of(new long[] {b, h, s, 0}, 1, 1, 1, size));
                }
            }
        }
        return regions;
    }

    @ParameterizedTest
    @ValueSource(strings = {"normal", "peaky", "outliers", "specials", "integers"})
    void anySplitIntoQueriesGivesEqualBits(String fill) {
        AttentionSetup base = AttentionSetup.small().lengths(9, 40, 0).asCausal();
        for (AttentionSetup setup : List.of(
                base,
                base.asFlat().capped(3),
                base.dtype(DType.F64),
                base.masked(DType.BOOL, 9, 40).mode(3),
                base.mode(2).dtype(DType.BF16))) {
            Oracle oracle = setup.example().fill(fill, 25).oracle(ComputeContract.STRICT);
            for (int output : new int[] {0, 3}) {
                Answer.of(oracle, output)
                        .assertEqualBits(Answer.of(oracle, output, queryByQuery(setup, output)), fill + setup);
            }
            Answer keys = Answer.of(oracle, 1);
            List<Region> parts = new ArrayList<>();
            for (long j = 0; j < 40; j++) {
                parts.add(Region.of(new long[] {0, 0, j, 0}, 2, 2, 1, 3));
                parts.add(Region.of(new long[] {0, 0, j, 3}, 2, 2, 1, 5));
            }
            keys.assertEqualBits(Answer.of(oracle, 1, parts), "copies may be cut anywhere");
        }
    }

    @Test
    void blocksOfManyQueriesAreSplitAndEqualInAnyNumberOfThreads() throws Exception {
        AttentionSetup setup = AttentionSetup.small()
                .heads(1, 1)
                .lengths(300, 1000, 0)
                .headSizes(4, 3)
                .asCausal();
        Oracle oracle = setup.example().fill("normal", 26).oracle(ComputeContract.STRICT);
        int boxes = 0;
        for (Region ignored : oracle.regions(0)) {
            boxes++;
        }
        assertEquals(4, boxes, "262 queries to a box");
        Answer whole = Answer.of(oracle, 0);
        for (int threads : new int[] {1, 5}) {
            try (ForkJoinPool pool = new ForkJoinPool(threads)) {
                whole.assertEqualBits(pool.submit(() -> Answer.of(oracle, 0)).get(), threads + " threads");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"normal", "peaky", "specials"})
    void sampledQueriesHaveTheBitsOfTheWhole(String fill) {
        AttentionSetup base = AttentionSetup.small()
                .heads(8, 2)
                .lengths(96, 60, 4)
                .headSizes(4, 3)
                .asCausal();
        for (AttentionSetup setup : List.of(base, base.asFlat().capped(3), base.masked(DType.BOOL, 96, 60))) {
            Oracle oracle = setup.example().fill(fill, 31).oracle(ComputeContract.STRICT);
            for (int output : new int[] {0, 3}) {
                CheapOracle cheap = oracle.cheap(output).orElseThrow();
                Answer whole = Answer.of(oracle, output);
                ExpectedBlock block = new ExpectedBlock();
                long[] unseen = whole.shape().coordinates(whole.size() / 2);
                List<Region> regions = new ArrayList<>(cheap.samples());
                assertTrue(regions.stream().mapToLong(Region::elements).sum() < whole.size(), "only a part");
                regions.add(cheap.around(unseen));
                assertTrue(cheap.around(unseen).contains(unseen));
                for (Region region : regions) {
                    block.reset(region);
                    cheap.expect(region, position -> example(position), block);
                    for (int i = 0; i < block.elements(); i++) {
                        int at = Math.toIntExact(region.number(whole.shape(), i));
                        assertEquals(whole.value(at), block.values()[i], fill + setup);
                        assertEquals(whole.sigma(at), block.sigmas()[i], fill + setup);
                        assertEquals(whole.flag(at), block.flags()[i], fill + setup);
                    }
                }
            }
        }
    }

    private static Tensor example(int position) {
        throw new IllegalStateException("attention expects the same whatever the device returned: " + position);
    }

    @Test
    void copiesAreNotSampled() {
        Oracle oracle = AttentionSetup.small().lengths(5, 7, 3).example().oracle(ComputeContract.STRICT);
        assertTrue(oracle.cheap(0).isPresent() && oracle.cheap(3).isPresent());
        assertTrue(oracle.cheap(1).isEmpty() && oracle.cheap(2).isEmpty());
    }

    /// Where queries begin and end to see keys, on every head; all residues on one head or another.
    @Test
    void everyHeadAndEveryResidueIsSampled() {
        AttentionSetup setup = AttentionSetup.small()
                .heads(4, 2)
                .lengths(1000, 900, 0)
                .headSizes(4, 4)
                .asCausal();
        CheapOracle cheap =
                setup.example().oracle(ComputeContract.STRICT).cheap(0).orElseThrow();
        boolean[] residues = new boolean[256];
        boolean[][][] seen = new boolean[2][4][1000];
        for (Region region : cheap.samples()) {
            assertEquals(4, region.size().dim(3), "all columns");
            for (long query : region.along(2)) {
                seen[(int) region.start(0)][(int) region.start(1)][(int) query] = true;
                residues[(int) query % 256] = true;
            }
        }
        for (boolean[][] batch : seen) {
            for (boolean[] head : batch) {
                assertTrue(head[0] && head[999], "both ends");
                assertTrue(head[898] && head[899] && head[900], "beside the first query that sees all keys");
            }
        }
        for (int residue = 0; residue < 256; residue++) {
            assertTrue(residues[residue], "residue " + residue);
        }
    }

    @Test
    void boxesThatCutAHeadAreRefused() {
        Oracle oracle = AttentionSetup.small().example().fill("normal", 27).oracle(ComputeContract.STRICT);
        for (Region wrong : List.of(
                Region.of(new long[] {0, 0, 0, 0}, 1, 1, 1, 3),
                Region.of(new long[] {0, 0, 0, 0}, 1, 2, 1, 6),
                Region.of(new long[] {0, 0, 0, 3}, 1, 1, 1, 3))) {
            assertThrows(IllegalArgumentException.class, () -> Answer.of(oracle, 0, List.of(wrong)));
        }
    }

    @Test
    void presentKeysAndValuesAreExactCopies() {
        Example example = AttentionSetup.small().lengths(5, 7, 3).example().fill("specials", 28);
        for (int output : new int[] {1, 2}) {
            Answer copy = example.answer(output);
            for (int i = 0; i < copy.size(); i++) {
                assertTrue(copy.isExact(i) && copy.flag(i) == 0);
            }
        }
    }

    @Test
    void f64ValuesKeepAHundredBits() {
        Example example = new Example(new Attention())
                .input("Q", DType.F64, Shape.of(1, 1, 1, 2), 0.3, -0.7)
                .input("K", DType.F64, Shape.of(1, 1, 2, 2), 1.1, 0.2, -0.4, 0.9)
                .input("V", DType.F64, Shape.of(1, 1, 2, 1), 0.1, 0.7)
                .attribute("scale", 0.6)
                .attribute("softcap", 2.0);
        DoubleDouble first = score(1.1, 0.2);
        DoubleDouble second = score(-0.4, 0.9);
        DoubleDouble a = first.minus(second).exp();
        DoubleDouble y = a.times(0.1).plus(0.7).dividedBy(a.plus(1));
        Answer answer = example.answer(0);
        DoubleDouble got = new DoubleDouble(answer.value(0), answer.low(0));
        assertEquals(0, got.minus(y).value(), 1e-29);
        assertTrue(answer.low(0) != 0);
    }

    private static DoubleDouble score(double x, double y) {
        DoubleDouble sum = DoubleDouble.product(0.3, x).plus(DoubleDouble.product(-0.7, y));
        return sum.times(0.6).dividedBy(DoubleDouble.of(2)).tanh().times(2.0);
    }

    @Test
    void aClusterIsWhatAQueryGetsFromAHead() {
        AttentionSetup setup = AttentionSetup.small().lengths(5, 7, 3);
        assertEquals(setup.e, setup.example().oracle(ComputeContract.STRICT).cluster(0));
        assertEquals(
                setup.e, setup.asFlat().example().oracle(ComputeContract.STRICT).cluster(0));
        assertEquals(10, setup.example().oracle(ComputeContract.STRICT).cluster(3));
    }
}
