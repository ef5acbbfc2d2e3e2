package dev.assay.operator.gemm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.RuleConstants;
import dev.assay.numerics.SummationGuard;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What products may be off.
class ProductsTest {
    private static final ComputeContract TRUNCATES =
            ComputeContract.strict().accumulatorRounding(Rounding.TOWARD_ZERO).build();

    private static final ComputeContract ALIGNED = ComputeContract.strict()
            .accumulator(new ComputeContract.Accumulator.Aligned(24, 16))
            .build();

    private static Example product(DType dtype, double[] a, double[] b) {
        return new Example(new MatMul())
                .input("A", dtype, Shape.of(1, a.length), a)
                .input("B", dtype, Shape.of(b.length, 1), b);
    }

    /// However sums are rounded, one product and zeros are that product.
    @Test
    void oneProductIsExactInEveryAccumulatorThatHoldsIt() {
        int depth = 64;
        double[] selects = new double[depth];
        selects[9] = 1;
        double[] values = new double[depth];
        Arrays.setAll(values, k -> (1 + Math.scalb((double) k, -6)) * Math.scalb(1.0, k - 32));
        for (ComputeContract contract : List.of(ComputeContract.STRICT, TRUNCATES)) {
            assertTrue(product(DType.BF16, selects, values).answer(0, contract).isExact(0), contract.toString());
        }
        selects[10] = 1;
        assertFalse(product(DType.BF16, selects, values).answer(0, TRUNCATES).isExact(0));
    }

    @Test
    void operandsThatAreRoundedOnceMoreLeaveNothingExact() {
        ComputeContract scaled =
                ComputeContract.strict().prescaled(Stored.as(DType.BF16)).build();
        assertEquals(0, Products.exactPrecision(scaled, DType.F32));
        assertEquals(24, Products.exactPrecision(scaled, DType.BF16), "nothing is lost");
    }

    /// Three terms: `K u sqrt(K Q)` is less than the tail of their distribution.
    @Test
    void shortSumsHaveTheirWorstCase() {
        double[] a = {1.1f, 0.7f, -1.3f};
        double[] b = {0.3f, 1.9f, 0.6f};
        double q = 0;
        for (int k = 0; k < 3; k++) {
            q += a[k] * b[k] * (a[k] * b[k]);
        }
        Answer answer = product(DType.F32, a, b).answer(0);
        double worst = new Accumulation(ComputeContract.STRICT, DType.F32, 3).worstCase(q);
        assertEquals(1, worst / (3 * DType.F32.unitRoundoff() * Math.sqrt(3 * q)), 0.2);
        assertEquals(0, answer.sigma(0));
        assertEquals(worst, answer.deterministic(0), 1e-6 * worst);
    }

    private static ExpectedBlock block(Example example, ComputeContract contract) {
        Oracle oracle = example.oracle(contract);
        Region all = Region.all(oracle.shape(0));
        ExpectedBlock block = new ExpectedBlock();
        block.reset(all);
        oracle.expect(
                0,
                all,
                position -> {
                    throw new IllegalStateException("products expect the same whatever the device returned");
                },
                block);
        return block;
    }

    private static Example filled(DType dtype, String fill, int rows, int columns, int depth) {
        return new Example(new MatMul())
                .input("A", TensorSpec.of(dtype, rows, depth))
                .input("B", TensorSpec.of(dtype, depth, columns))
                .fill(fill, 5);
    }

    @Test
    void errorsWaitWhereTheFinalRoundingDecidesAlmostAlone() {
        ComputeContract strict = ComputeContract.STRICT;
        for (DType dtype : List.of(DType.BF16, DType.F16)) {
            assertTrue(block(filled(dtype, "normal", 40, 50, 60), strict).leavesErrors());
            assertFalse(block(filled(dtype, "integers", 40, 50, 60), strict).leavesErrors(), "sums are exact");
            assertFalse(block(filled(dtype, "specials", 40, 50, 60), strict).leavesErrors(), "not all is finite");
        }
        assertFalse(block(filled(DType.F32, "normal", 40, 50, 60), strict).leavesErrors(), "sums lose as much");
        ComputeContract narrow =
                ComputeContract.strict().accumulator(DType.BF16).build();
        assertFalse(block(filled(DType.BF16, "normal", 40, 50, 60), narrow).leavesErrors());
    }

    /// Those of single elements, of whole columns, and bounds of them where these will do.
    @Test
    void errorsOfSomeElementsAreThoseOfAll() {
        int rows = 40;
        int columns = 50;
        for (ComputeContract contract : List.of(ComputeContract.STRICT, TRUNCATES, ALIGNED)) {
            for (String fill : List.of("normal", "outliers", "cancelling", "large-mean")) {
                Example example = filled(DType.BF16, fill, rows, columns, 300);
                ExpectedBlock all = block(example, contract);
                ExpectedBlock some = block(example, contract);
                assertTrue(some.leavesErrors());
                double lambda = RuleConstants.lambda((long) rows * columns);
                int[] few = {0, 7, 51, 333, 1999};
                int[] many = IntStream.range(0, rows * columns)
                        .filter(i -> i % columns < 30 || i % 97 == 0)
                        .toArray();
                for (int[] picked : List.of(few, many, few)) {
                    ExpectedBlock part = some.pick(picked);
                    ExpectedBlock rough = some.pick(picked, 0x1p-6);
                    for (int n = 0; n < picked.length; n++) {
                        int i = picked[n];
                        double sigma = all.sigmas()[i];
                        double certain = all.deterministic()[i];
                        assertEquals(all.values()[i], part.values()[n]);
                        assertEquals(all.flags()[i], part.flags()[n]);
                        assertEquals(sigma, part.sigmas()[n], 1e-6 * sigma);
                        assertEquals(certain, part.deterministic()[n], 1e-6 * certain);
                        double least = some.leastError(i);
                        double allowed = certain + lambda * sigma;
                        assertTrue((least > 0 || contract.equals(ALIGNED)) && least <= allowed * (1 + 1e-6), fill);
                        double bound = rough.deterministic()[n] + lambda * rough.sigmas()[n];
                        assertTrue(rough.sigmas()[n] >= sigma * (1 - 1e-6) && bound >= allowed * (1 - 1e-6), fill);
                        assertTrue(rough.deterministic()[n] >= certain * (1 - 1e-6), fill + " " + contract);
                        double error = rough.sigmas()[n] + rough.deterministic()[n];
                        boolean bounded = error <= 0x1p-6 * DType.BF16.ulp(all.values()[i]);
                        assertEquals(sigma, rough.sigmas()[n], bounded ? Double.MAX_VALUE : 1e-6 * sigma);
                    }
                }
            }
        }
    }

    /// Lines that were not looked at may drift farther than those that were.
    @Test
    void driftThatWasSampledHasSlack() {
        int depth = 8192;
        double[] tenths = new double[depth];
        Arrays.fill(tenths, 0.1f);
        double[] terms = new double[depth];
        Arrays.fill(terms, 0.1f * (double) 0.1f);
        double sum = depth * terms[0];
        Accumulation sums = new Accumulation(ComputeContract.STRICT, DType.F32, depth);
        double sigma = Math.sqrt(sums.variance(sum, depth * terms[0] * terms[0]));
        double drift = new SummationGuard(ComputeContract.STRICT, DType.F32)
                .look(terms, depth, sigma)
                .drift();
        assertTrue(drift > 3 * sigma, "equal terms drift");
        double allowed = product(DType.F32, tenths, tenths).answer(0).deterministic(0);
        assertEquals(1.5 * drift, allowed, 0.01 * drift);
    }
}
