package dev.assay.engine.diagnosis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.tensor.Shape;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;

class PlacesTest {
    private static Places places(LongPredicate wrong) {
        Places places = new Places("Y", Shape.of(70, 200));
        for (long n = 0; n < 70 * 200; n++) {
            places.see(n, wrong.test(n));
        }
        return places;
    }

    @Test
    void tailOfColumnTilesIsNamed() {
        assertEquals(
                "560 elements of Y: columns 192..199, the tail of tiles of 64",
                places(n -> n % 200 >= 192).sentence());
    }

    @Test
    void everyEighthColumnIsAResidue() {
        assertTrue(
                places(n -> n % 200 % 8 == 3).sentence().contains("columns that leave 3 modulo 8"),
                places(n -> n % 200 % 8 == 3).sentence());
    }

    @Test
    void oneRowIsNamed() {
        assertEquals("200 elements of Y: rows 12", places(n -> n / 200 == 12).sentence());
    }

    @Test
    void allElementsHaveNoPattern() {
        assertEquals("14000 elements of Y", places(n -> true).sentence());
    }

    @Test
    void singlesAreScatteredAndARowIsNot() {
        assertTrue(places(n -> n % 1297 == 5).scattered());
        assertFalse(places(n -> n / 200 == 12).scattered());
        assertFalse(places(n -> false).scattered());
    }
}
