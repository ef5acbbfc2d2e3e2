package dev.assay.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExpectedBlockTest {
    @Test
    void resetLeavesNothingOfTheBoxBefore() {
        ExpectedBlock block = new ExpectedBlock();
        for (int count : new int[] {3, 10, 4, 0, 10}) {
            block.reset(count);
            assertEquals(count, block.elements());
            for (int i = 0; i < count; i++) {
                assertTrue(block.values()[i] == 0 && block.lows()[i] == 0 && block.sigmas()[i] == 0);
                assertTrue(block.deterministic()[i] == 0 && block.flags()[i] == 0);
            }
            Arrays.fill(block.values(), 1);
            Arrays.fill(block.lows(), 2);
            Arrays.fill(block.sigmas(), 3);
            Arrays.fill(block.deterministic(), 4);
            Arrays.fill(block.flags(), ExpectedBlock.ANY);
        }
    }

    /// σ of element i is i, D is 2 i; calls are counted.
    private static final class Counting implements ExpectedBlock.OnDemand {
        int asked;

        @Override
        public void write(int[] elements, double negligible, ExpectedBlock into) {
            asked += elements.length;
            for (int n = 0; n < elements.length; n++) {
                into.allow(n, elements[n], 2 * elements[n]);
                if (elements[n] % 2 == 1) {
                    into.mark(n, ExpectedBlock.GUARDED);
                }
            }
        }

        @Override
        public double least(int element) {
            return element / 2.0;
        }
    }

    @Test
    void errorsOnDemandAreWorkedOutForThoseThatAreAskedFor() {
        ExpectedBlock block = new ExpectedBlock();
        block.reset(10);
        Arrays.fill(block.lows(), 0, 10, 7);
        block.values()[3] = 33;
        Counting errors = new Counting();
        block.leaveErrors(errors);
        assertTrue(block.leavesErrors());
        assertEquals(2.5, block.leastError(5));
        ExpectedBlock part = block.pick(new int[] {3, 8});
        assertEquals(2, errors.asked);
        assertEquals(2, part.elements());
        assertEquals(33, part.values()[0]);
        assertEquals(7, part.lows()[1]);
        assertEquals(3, part.sigmas()[0]);
        assertEquals(16, part.deterministic()[1]);
        assertEquals(0, part.systematic()[1]);
        assertEquals(ExpectedBlock.GUARDED, part.flags()[0]);
        assertEquals(0, part.flags()[1]);
        assertTrue(block.leavesErrors(), "the others are still left");
        assertEquals(9, block.sigmas()[9]);
        assertEquals(18, block.deterministic()[9]);
        assertEquals(ExpectedBlock.GUARDED, block.flags()[9]);
        assertEquals(12, errors.asked);
        assertTrue(!block.leavesErrors() && block.leastError(5) == 0);
        assertEquals(3, block.pick(new int[] {1, 3}).sigmas()[1]);
        assertEquals(12, errors.asked, "nothing is worked out twice");
        block.leaveErrors(errors);
        block.reset(10);
        assertTrue(!block.leavesErrors() && block.sigmas()[9] == 0, "another box has none of the errors before");
    }

    @Test
    void whoWritesAllValuesFindsAnyInTheArray() {
        ExpectedBlock block = new ExpectedBlock();
        block.reset(3);
        Arrays.fill(block.values(), 5);
        block.reset(2);
        assertEquals(5, block.valuesToOverwrite()[1]);
        assertEquals(5, block.values()[1], "no longer cleared");
        block.reset(9);
        assertEquals(9, block.valuesToOverwrite().length);
    }

    @Test
    void aRegionSetsTheNumberOfElements() {
        ExpectedBlock block = new ExpectedBlock();
        block.reset(Region.of(new long[] {5, 5}, 2, 3));
        assertEquals(6, block.elements());
    }

    @Test
    void missingInputsAreNamedWithThoseThereAre() {
        try (Arena arena = Arena.ofConfined()) {
            Inputs inputs = new Inputs(Map.of("A", Tensor.of(arena, DType.F32, Shape.of(1), 1)));
            assertTrue(inputs.has("A") && !inputs.has("B"));
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> inputs.get("B"));
            assertTrue(e.toString().contains("'B'") && e.toString().contains("[A]"), e.getMessage());
        }
    }
}
