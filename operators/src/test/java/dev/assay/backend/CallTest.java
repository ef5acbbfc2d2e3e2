package dev.assay.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Call.Operand;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CallTest {
    private static final TensorSpec CACHE = TensorSpec.of(DType.BF16, 4, 8);
    private static final TensorSpec NEW = TensorSpec.of(DType.BF16, 1, 8);

    private static Call call(Map<String, List<Long>> constants) {
        return new Call(
                "update",
                List.of(Operand.of("cache", CACHE), Operand.of("new", NEW), Operand.absent("mask")),
                List.of(
                        new Operand("cache_out", Optional.of(CACHE), Optional.of("cache")),
                        Operand.of("norm", TensorSpec.of(DType.F32, 1)),
                        Operand.absent("index")),
                Attributes.of(Map.of("axis", new Attribute.Int(0))),
                constants);
    }

    private static Call call() {
        return call(Map.of());
    }

    @Test
    void operandsAreFoundByName() {
        assertEquals(NEW, call().input("new"));
        assertEquals(CACHE, call().output("cache_out"));
        assertTrue(call().hasInput("cache") && call().hasOutput("norm"));
        assertFalse(call().hasInput("mask") || call().hasInput("norm") || call().hasOutput("index"));
    }

    @Test
    void absentOperandsAreRefusedWithTheCall() {
        for (String name : List.of("mask", "nothing")) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> call().input(name));
            assertTrue(e.toString().contains("input '" + name + "'"), e.getMessage());
            assertTrue(e.toString().contains("update(bf16[4,8]"), e.getMessage());
        }
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> call().output("index"));
        assertTrue(e.toString().contains("output 'index'"), e.getMessage());
    }

    @Test
    void bytesCountEveryTensorOnce() {
        assertEquals(64 + 16 + 4, call().tensorBytes());
        Call strided = new Call(
                "copy",
                List.of(Operand.of("x", new TensorSpec(DType.F32, Shape.of(3, 2), List.of(10L, 1L)))),
                List.of(Operand.of("y", TensorSpec.of(DType.I4, 3))),
                Attributes.NONE,
                Map.of());
        assertEquals(4 * 22 + 2, strided.tensorBytes(), "gaps included, bits rounded up");
    }

    @Test
    void equalCallsAreEqual() {
        assertEquals(call(), call());
        assertEquals(call().hashCode(), call().hashCode());
        assertNotEquals(call(), call(Map.of("new", List.of(1L))));
        Call other = new Call("update", call().inputs(), call().outputs(), Attributes.NONE, Map.of());
        assertNotEquals(call(), other);
        Call apart = new Call(
                "update",
                call().inputs(),
                List.of(
                        Operand.of("cache_out", CACHE),
                        call().outputs().get(1),
                        call().outputs().get(2)),
                call().attributes(),
                Map.of());
        assertNotEquals(call(), apart, "in place is another call than apart");
    }

    @Test
    void laterChangesOfWhatWasGivenDoNotShow() {
        Map<String, List<Long>> constants = new HashMap<>();
        List<Long> values = new ArrayList<>(List.of(1L));
        constants.put("new", values);
        Call call = call(constants);
        values.add(2L);
        constants.clear();
        assertEquals(Map.of("new", List.of(1L)), call.constants());
        assertThrows(UnsupportedOperationException.class, () -> call.constants().clear());
        assertThrows(UnsupportedOperationException.class, () -> call.inputs().clear());
    }

    @Test
    void printsOnOneLine() {
        assertEquals("update(bf16[4,8], bf16[1,8], -) -> (bf16[4,8], f32[1], -) {axis=0}", call().toString());
    }
}
