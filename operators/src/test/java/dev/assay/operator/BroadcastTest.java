package dev.assay.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class BroadcastTest {
    @Test
    void shapesAreAlignedAtTheEnd() {
        Shape common = Broadcast.shape(List.of(Shape.of(2, 1, 4), Shape.of(3, 1), Shape.of()), "test");
        assertEquals(Shape.of(2, 3, 4), common);
        assertEquals(Shape.of(0, 3), Broadcast.shape(List.of(Shape.of(1, 3), Shape.of(0, 1)), "test"));
    }

    @Test
    void elementsRepeatAlongDimensionsOfSizeOne() {
        Broadcast rows = Broadcast.of(Shape.of(3, 1), Shape.of(2, 3, 4));
        assertEquals(0, rows.source(3));
        assertEquals(1, rows.source(4));
        assertEquals(2, rows.source(11));
        assertEquals(0, rows.source(12));
        assertEquals(2, Broadcast.of(Shape.of(4), Shape.of(2, 3, 4)).source(14));
    }

    @Test
    void shapesThatDoNotMatchAreNamed() {
        InvalidCallException e = assertThrows(
                InvalidCallException.class, () -> Broadcast.shape(List.of(Shape.of(2, 3), Shape.of(2)), "add"));
        assertTrue(e.what().contains("[2,3]") || e.what().contains("2"), e.what());
        assertEquals("add", e.where());
    }
}
