package dev.assay.operator.conv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.Answer;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConvTest {
    private static final Conv CONV = new Conv();

    private static Call call(Example example, CallBuilder builder) {
        for (Call.Operand input : example.call().inputs()) {
            input.spec().ifPresent(spec -> builder.input(input.name(), spec));
        }
        return builder.build();
    }

    private static double[] line(String attribute, List<Long> values, String pad) {
        Example example = new Example(CONV)
                .input("X", DType.F32, Shape.of(1, 1, 4), 1, 2, 3, 4)
                .input("W", DType.F32, Shape.of(1, 1, 2), 10, 1);
        CallBuilder builder = new CallBuilder(CONV, "example");
        if (!attribute.isEmpty()) {
            builder.attribute(attribute, new Attribute.Ints(values));
        }
        builder.attribute("auto_pad", new Attribute.Text(pad));
        Call call = call(example, builder);
        return Answer.of(CONV.oracle(call, example.inputs(), ComputeContract.STRICT), 0)
                .values();
    }

    @Test
    void aKernelMovesOverALine() {
        assertArrayEquals(new double[] {12, 23, 34}, line("", List.of(), "NOTSET"));
        assertArrayEquals(new double[] {12, 34}, line("strides", List.of(2L), "NOTSET"));
        assertArrayEquals(new double[] {13, 24}, line("dilations", List.of(2L), "NOTSET"));
        assertArrayEquals(new double[] {1, 12, 23, 34}, line("pads", List.of(1L, 0L), "NOTSET"));
        assertArrayEquals(new double[] {12, 23, 34, 40}, line("", List.of(), "SAME_UPPER"));
        assertArrayEquals(new double[] {1, 12, 23, 34}, line("", List.of(), "SAME_LOWER"));
        assertArrayEquals(new double[] {12, 23, 34}, line("", List.of(), "VALID"));
    }

    @Test
    void groupsSeeTheirOwnChannelsAndBias() {
        Answer answer = new Example(CONV)
                .input("X", DType.F32, Shape.of(1, 2, 2), 1, 2, 3, 4)
                .input("W", DType.F32, Shape.of(2, 1, 1), 5, 7)
                .input("B", DType.F32, Shape.of(2), 100, 200)
                .attribute("group", 2)
                .answer(0);
        assertArrayEquals(new double[] {105, 110, 221, 228}, answer.values());
    }

    @Test
    void paddingOfBytesHoldsTheZeroPoint() {
        Example example = new Example(new ConvInteger())
                .input("x", DType.U8, Shape.of(1, 1, 3), 5, 9, 4)
                .input("w", DType.U8, Shape.of(1, 1, 3), 1, 2, 3)
                .input("x_zero_point", DType.U8, Shape.of(), 4);
        CallBuilder builder =
                new CallBuilder(new ConvInteger(), "example").attribute("pads", new Attribute.Ints(List.of(1L, 1L)));
        Call call = call(example, builder);
        Answer answer = Answer.of(new ConvInteger().oracle(call, example.inputs(), ComputeContract.STRICT), 0);
        assertArrayEquals(new double[] {2 + 15, 1 + 10, 5}, answer.values());
    }

    @Test
    void quantisedResultsAreScaledOnce() {
        Answer answer = new Example(new QLinearConv())
                .input("x", DType.U8, Shape.of(1, 1, 1), 12)
                .input("x_scale", DType.F32, Shape.of(), 0.5)
                .input("x_zero_point", DType.U8, Shape.of(), 2)
                .input("w", DType.I8, Shape.of(2, 1, 1), 3, -3)
                .input("w_scale", DType.F32, Shape.of(2), 1, 4)
                .input("w_zero_point", DType.I8, Shape.of(2), 0, 0)
                .input("y_scale", DType.F32, Shape.of(), 2)
                .input("y_zero_point", DType.U8, Shape.of(), 100)
                .input("B", DType.I32, Shape.of(2), 2, 0)
                .answer(0);
        assertEquals(108, answer.value(0));
        assertEquals(70, answer.value(1));
    }

    @Test
    void wrongCallsAreRefused() {
        Example channels = new Example(CONV)
                .input("X", DType.F32, Shape.of(1, 2, 2), 1, 2, 3, 4)
                .input("W", DType.F32, Shape.of(1, 1, 1), 1);
        assertThrows(InvalidCallException.class, channels::call);
        Example wide = new Example(CONV)
                .input("X", DType.F32, Shape.of(1, 1, 1), 1)
                .input("W", DType.F32, Shape.of(1, 1, 2), 1, 2);
        assertThrows(InvalidCallException.class, wide::call);
        assertThrows(InvalidCallException.class, () -> line("", List.of(), "SAME"));
        assertThrows(InvalidCallException.class, () -> line("strides", List.of(0L), "NOTSET"));
    }
}
