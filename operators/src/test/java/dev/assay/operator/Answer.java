package dev.assay.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.numerics.RuleConstants;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;

/// What an oracle expects of a whole output, put together from boxes.
public final class Answer {
    private final Shape shape;
    private final double[] values;
    private final double[] lows;
    private final double[] sigmas;
    private final double[] deterministic;
    private final double[] systematic;
    private final byte[] flags;

    private Answer(Shape shape) {
        int count = Math.toIntExact(shape.elements());
        this.shape = shape;
        this.values = new double[count];
        this.lows = new double[count];
        this.sigmas = new double[count];
        this.deterministic = new double[count];
        this.systematic = new double[count];
        this.flags = new byte[count];
    }

    /// Over the oracle's own boxes.
    public static Answer of(Oracle oracle, int output) {
        return of(oracle, output, oracle.regions(output));
    }

    /// What is expected of a device that returned these outputs, in the order of the signature.
    public static Answer given(Oracle oracle, int output, Tensor... returned) {
        return of(oracle, output, oracle.regions(output), position -> returned[position]);
    }

    /// Over these boxes, which must cover every element once.
    public static Answer of(Oracle oracle, int output, Iterable<Region> regions) {
        return of(oracle, output, regions, position -> unobserved());
    }

    private static Answer of(Oracle oracle, int output, Iterable<Region> regions, Observed device) {
        Answer answer = new Answer(oracle.shape(output));
        boolean[] seen = new boolean[answer.values.length];
        ExpectedBlock block = new ExpectedBlock();
        // What a block held before must not matter.
        block.reset(50);
        Arrays.fill(block.values(), 3);
        Arrays.fill(block.sigmas(), 3);
        Arrays.fill(block.deterministic(), 3);
        Arrays.fill(block.systematic(), 3);
        Arrays.fill(block.flags(), ExpectedBlock.ANY);
        for (Region region : regions) {
            block.reset(region);
            oracle.expect(output, region, device, block);
            for (int i = 0; i < region.elements(); i++) {
                int to = Math.toIntExact(region.number(answer.shape, i));
                assertTrue(!seen[to], "element " + to + " is covered twice");
                seen[to] = true;
                answer.values[to] = block.values()[i];
                answer.lows[to] = block.lows()[i];
                answer.sigmas[to] = block.sigmas()[i];
                answer.deterministic[to] = block.deterministic()[i];
                answer.systematic[to] = block.systematic()[i];
                answer.flags[to] = block.flags()[i];
            }
        }
        for (int i = 0; i < seen.length; i++) {
            assertTrue(seen[i], "element " + i + " of " + answer.shape + " is not covered");
        }
        return answer;
    }

    private static Tensor unobserved() {
        throw new IllegalStateException("these operators expect the same whatever the device returned");
    }

    public Shape shape() {
        return shape;
    }

    public int size() {
        return values.length;
    }

    public double[] values() {
        return values.clone();
    }

    public double value(int i) {
        return values[i];
    }

    public double low(int i) {
        return lows[i];
    }

    public double sigma(int i) {
        return sigmas[i];
    }

    public double deterministic(int i) {
        return deterministic[i];
    }

    public double systematic(int i) {
        return systematic[i];
    }

    public byte flag(int i) {
        return flags[i];
    }

    public boolean mayBeNotFinite(int i) {
        return (flags[i] & ExpectedBlock.OR_NOT_FINITE) != 0;
    }

    public boolean isOpen(int i) {
        return (flags[i] & ExpectedBlock.ANY) != 0;
    }

    public boolean isExact(int i) {
        return sigmas[i] == 0 && deterministic[i] == 0;
    }

    /// The bound of an element of this type: half an ulp of the output, and what the oracle allows before that.
    public double bound(int i, DType output) {
        double before = deterministic[i] + RuleConstants.lambda(shape.elements()) * sigmas[i];
        return before + output.ulp(Math.abs(values[i]) + before) / 2;
    }

    /// Whether a device may return this; written anew here, so that the judge is not trusted.
    public boolean accepts(int i, double got, DType output) {
        if (isOpen(i)) {
            return true;
        }
        if (!Double.isFinite(got)) {
            return mayBeNotFinite(i) || Double.compare(got, values[i]) == 0;
        }
        if (isExact(i)) {
            return got == output.round(values[i]);
        }
        return Math.abs((got - values[i]) - lows[i]) <= bound(i, output);
    }

    /// Fails unless all numbers are equal bit for bit.
    public void assertEqualBits(Answer other, String what) {
        assertEquals(shape, other.shape);
        for (int i = 0; i < values.length; i++) {
            String where = what + ", element " + Arrays.toString(shape.coordinates(i));
            assertBits(values[i], other.values[i], where + ", value");
            assertBits(lows[i], other.lows[i], where + ", low");
            assertBits(sigmas[i], other.sigmas[i], where + ", sigma");
            assertBits(deterministic[i], other.deterministic[i], where + ", deterministic");
            assertBits(systematic[i], other.systematic[i], where + ", systematic");
            assertEquals(flags[i], other.flags[i], where + ", flags");
        }
    }

    private static void assertBits(double want, double got, String what) {
        assertTrue(Double.compare(want, got) == 0, what + ": " + want + " and " + got);
    }
}
