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
