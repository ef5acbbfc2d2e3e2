package dev.assay.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BackendOptionsTest {
    @Test
    void valuesAreReadWithADefault() {
        BackendOptions options = BackendOptions.of(Map.of("chip", "tile-npu"));
        assertEquals("tile-npu", options.get("chip", "other"));
        assertEquals("none", options.get("fault", "none"));
        assertEquals("none", BackendOptions.NONE.get("chip", "none"));
    }

    @Test
    void repeatableKeysAreSplitAtPlus() {
        BackendOptions options = BackendOptions.of(Map.of("fault", "a+b+c", "one", "a", "empty", ""));
        assertEquals(List.of("a", "b", "c"), options.all("fault"));
        assertEquals(List.of("a"), options.all("one"));
        assertEquals(List.of(), options.all("empty"));
        assertEquals(List.of(), options.all("absent"));
    }

    @Test
    void printsKeysInOrder() {
        assertEquals(
                "chip=tile-npu,fault=drop-k-tail",
                BackendOptions.of(Map.of("fault", "drop-k-tail", "chip", "tile-npu"))
                        .toString());
        assertEquals("", BackendOptions.NONE.toString());
    }

    @Test
    void equalOptionsAreEqual() {
        assertEquals(BackendOptions.of(Map.of("a", "1", "b", "2")), BackendOptions.of(Map.of("b", "2", "a", "1")));
        assertNotEquals(BackendOptions.of(Map.of("a", "1")), BackendOptions.of(Map.of("a", "2")));
    }

    @Test
    void laterChangesOfWhatWasGivenDoNotShow() {
        Map<String, String> values = new HashMap<>(Map.of("a", "1"));
        BackendOptions options = BackendOptions.of(values);
        values.put("b", "2");
        assertEquals("a=1", options.toString());
        assertThrows(UnsupportedOperationException.class, () -> options.values().clear());
        List<String> allowed = new ArrayList<>(List.of("x"));
        BackendOption option = BackendOption.oneOf("k", "meaning", "x", allowed);
        allowed.add("y");
        assertEquals(List.of("x"), option.allowed());
    }

    @Test
    void optionsSayWhatTheyTake() {
        BackendOption one = BackendOption.oneOf("chip", "which", "a", List.of("a", "b"));
        assertTrue(!one.repeatable() && one.standard().equals("a"));
        BackendOption some = BackendOption.someOf("fault", "which", List.of("a", "b"));
        assertTrue(some.repeatable() && some.standard().isEmpty());
        BackendOption text = BackendOption.text("path", "where", "/tmp");
        assertTrue(text.allowed().isEmpty() && !text.repeatable());
        assertEquals("/tmp", text.standard());
    }

    @Test
    void deviationsAreValues() {
        List<String> operators = new ArrayList<>(List.of("matmul"));
        List<String> layers = new ArrayList<>(List.of("exact", "bound"));
        Deviations.Entry fault = new Deviations.Entry(
                "drop", Deviations.Kind.FAULT, operators, layers, "G08", List.of("terms-missing"), "drops");
        operators.add("attention");
        layers.clear();
        assertEquals(List.of("matmul"), fault.operators());
        assertEquals(
                fault,
                new Deviations.Entry(
                        "drop",
                        Deviations.Kind.FAULT,
                        List.of("matmul"),
                        List.of("exact", "bound"),
                        "G08",
                        List.of("terms-missing"),
                        "drops"));
        assertNotEquals(
                fault,
                new Deviations.Entry(
                        "drop",
                        Deviations.Kind.VARIATION,
                        List.of("matmul"),
                        List.of("exact", "bound"),
                        "G08",
                        List.of("terms-missing"),
                        "drops"));
        assertFalse(Deviations.class.isAssignableFrom(BackendProvider.class), "offered beside it, not by all");
    }
}
