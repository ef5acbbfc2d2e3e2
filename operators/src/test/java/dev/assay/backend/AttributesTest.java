package dev.assay.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class AttributesTest {
    private static final Attributes SOME = Attributes.of(Map.of(
            "axis", new Attribute.Int(-1),
            "epsilon", new Attribute.Real(1e-5),
            "mode", new Attribute.Text("fast"),
            "pads", new Attribute.Ints(List.of(1L, 2L)),
            "scales", new Attribute.Reals(List.of(0.5))));

    @Test
    void valuesAreReadByTheirKind() {
        assertEquals(-1, SOME.integer("axis"));
        assertEquals(1e-5, SOME.real("epsilon"));
        assertEquals("fast", SOME.text("mode"));
        assertEquals(List.of(1L, 2L), SOME.integers("pads"));
        assertEquals(OptionalLong.of(-1), SOME.findInteger("axis"));
        assertEquals(OptionalDouble.of(1e-5), SOME.findReal("epsilon"));
        assertEquals(Optional.of(new Attribute.Reals(List.of(0.5))), SOME.find("scales"));
    }

    @Test
    void absentOnesAreEmptyOrRefused() {
        assertFalse(SOME.has("alpha"));
        assertEquals(Optional.empty(), SOME.find("alpha"));
        assertEquals(OptionalLong.empty(), SOME.findInteger("alpha"));
        assertEquals(OptionalDouble.empty(), SOME.findReal("alpha"));
        assertMessage(a -> a.integer("alpha"), "'alpha'", "[axis, epsilon, mode, pads, scales]");
        assertMessage(a -> a.real("alpha"), "'alpha'", "epsilon");
        assertMessage(a -> a.text("alpha"), "'alpha'", "epsilon");
        assertMessage(a -> a.integers("alpha"), "'alpha'", "epsilon");
    }

    @Test
    void anotherKindIsRefusedByName() {
        assertMessage(a -> a.integer("epsilon"), "'epsilon' is Real 1.0E-5", "not Int");
        assertMessage(a -> a.real("axis"), "'axis' is Int -1", "not Real");
        assertMessage(a -> a.findInteger("mode"), "'mode' is Text fast", "not Int");
        assertMessage(a -> a.findReal("axis"), "'axis' is Int -1", "not Real");
        assertMessage(a -> a.text("pads"), "'pads' is Ints [1, 2]", "not Text");
        assertMessage(a -> a.integers("scales"), "'scales' is Reals [0.5]", "not Ints");
    }

    private static void assertMessage(Function<Attributes, Object> read, String... parts) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> read.apply(SOME));
        for (String part : parts) {
            assertTrue(e.toString().contains(part), e.getMessage());
        }
    }

    @Test
    void equalValuesAreEqualInAnyOrder() {
        Map<String, Attribute> one = new TreeMap<>();
        one.put("b", new Attribute.Int(2));
        one.put("a", new Attribute.Int(1));
        Attributes other = Attributes.of(Map.of("a", new Attribute.Int(1), "b", new Attribute.Int(2)));
        assertEquals(Attributes.of(one), other);
        assertEquals(Attributes.of(one).hashCode(), other.hashCode());
        assertEquals("{a=1, b=2}", other.toString());
        assertNotEquals(other, Attributes.NONE);
        assertNotEquals(new Attribute.Int(1), new Attribute.Real(1));
    }

    @Test
    void laterChangesOfWhatWasGivenDoNotShow() {
        Map<String, Attribute> values = new TreeMap<>();
        values.put("a", new Attribute.Int(1));
        Attributes attributes = Attributes.of(values);
        values.clear();
        assertTrue(attributes.has("a"));
        assertThrows(
                UnsupportedOperationException.class, () -> attributes.values().clear());
        List<Long> list = new ArrayList<>(List.of(1L));
        Attribute.Ints ints = new Attribute.Ints(list);
        list.add(2L);
        assertEquals(List.of(1L), ints.values());
    }

    @Test
    void textIsShort() {
        assertEquals("3", new Attribute.Real(3).toString());
        assertEquals("0.1", new Attribute.Real(0.1).toString());
        assertEquals("1.0E20", new Attribute.Real(1e20).toString());
        assertEquals("NaN", new Attribute.Real(Double.NaN).toString());
        assertEquals("-7", new Attribute.Int(-7).toString());
    }
}
