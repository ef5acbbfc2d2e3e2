package dev.assay.operator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegionTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 12, 23, 24, 59, 60, 1000})
    void rowsCoverEveryShapeOnceInOrder(long limit) {
        for (Shape shape : List.of(
                Shape.of(),
                Shape.of(7),
                Shape.of(1),
                Shape.of(5, 4),
                Shape.of(3, 1, 4),
                Shape.of(5, 3, 4),
                Shape.of(1, 1, 60),
                Shape.of(60, 1))) {
            long next = 0;
            for (Region box : Region.rows(shape, limit)) {
                assertTrue(box.elements() <= Math.max(1, limit), box + " of at most " + limit);
                for (long i = 0; i < box.elements(); i++) {
                    assertEquals(next++, box.number(shape, i), box + " in " + shape);
                }
            }
            assertEquals(shape.elements(), next, shape.toString());
        }
    }

    @Test
    void boxesAreAsLargeAsTheyMayBe() {
        assertEquals(1, Region.rows(Shape.of(5, 3, 4), 60).size());
        assertEquals(5, Region.rows(Shape.of(5, 3, 4), 12).size());
        assertEquals(3, Region.rows(Shape.of(5, 3, 4), 24).size());
        assertEquals(5 * 3 * 2, Region.rows(Shape.of(5, 3, 4), 3).size());
    }

    @Test
    void emptyShapesHaveNoBoxes() {
        assertEquals(List.of(), Region.rows(Shape.of(3, 0, 4), 10));
        assertEquals(0, Region.all(Shape.of(3, 0)).elements());
    }

    @Test
    void numbersFollowTheTensor() {
        Region box = Region.of(new long[] {1, 2}, 2, 3);
        assertArrayEquals(new long[] {2, 3}, box.coordinates(4));
        assertEquals(2 * 10 + 3, box.number(Shape.of(5, 10), 4));
        assertEquals(6, box.elements());
        assertEquals(2, box.rank());
        assertEquals(2, box.start(-1));
        assertEquals(1, box.start(0));
        assertEquals(Shape.of(2, 3), box.size());
    }

    @Test
    void ranksMustAgree() {
        assertThrows(IllegalArgumentException.class, () -> Region.of(new long[] {1}, 2, 3));
    }

    @Test
    void equalBoxesAreEqual() {
        Region box = Region.of(new long[] {1, 2}, 2, 3);
        assertEquals(box, Region.of(new long[] {1, 2}, 2, 3));
        assertEquals(box.hashCode(), Region.of(new long[] {1, 2}, 2, 3).hashCode());
        assertNotEquals(box, Region.of(new long[] {0, 2}, 2, 3));
        assertNotEquals(box, Region.of(new long[] {1, 2}, 2, 4));
        assertEquals("[1, 2]+[2,3]", box.toString());
    }

    @Test
    void startIsCopied() {
        long[] start = {1, 2};
        Region box = Region.of(start, 2, 3);
        start[0] = 9;
        assertEquals(1, box.start(0));
    }

    @Test
    void gridsHaveTheElementsOfTheirLists() {
        Region grid = Region.grid(new long[] {1, 4}, new long[] {0, 2, 3});
        assertTrue(grid.hasGaps());
        assertEquals(Shape.of(2, 3), grid.size());
        assertArrayEquals(new long[] {4, 2}, grid.coordinates(4));
        assertEquals(4 * 10 + 2, grid.number(Shape.of(5, 10), 4));
        assertArrayEquals(new long[] {0, 2, 3}, grid.along(1));
        assertTrue(grid.contains(new long[] {4, 3}));
        assertFalse(grid.contains(new long[] {4, 1}));
        assertFalse(grid.contains(new long[] {2, 2}), "between its lines");
        assertEquals(grid, Region.grid(new long[] {1, 4}, new long[] {0, 2, 3}));
        assertNotEquals(grid, Region.grid(new long[] {1, 4}, new long[] {0, 1, 3}));
        assertNotEquals(grid, Region.of(new long[] {1, 0}, 2, 3));
        assertEquals("[1, 0]+[2,3] with gaps", grid.toString());
    }

    @Test
    void gridsWithoutGapsAreBoxes() {
        Region box = Region.of(new long[] {1, 2}, 2, 3);
        assertEquals(box, Region.grid(new long[] {1, 2}, new long[] {2, 3, 4}));
        assertFalse(box.hasGaps());
        assertArrayEquals(new long[] {2, 3, 4}, box.along(1));
        assertTrue(box.contains(new long[] {2, 4}));
        assertFalse(box.contains(new long[] {3, 4}));
        assertEquals(0, Region.grid(new long[] {1, 5}, new long[0]).elements());
    }

    @Test
    void listsAreCopied() {
        long[] rows = {1, 4};
        Region grid = Region.grid(rows, new long[] {0});
        rows[1] = 3;
        grid.along(0)[0] = 7;
        assertArrayEquals(new long[] {1, 4}, grid.along(0));
    }
}
