package dev.assay.operator.conv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.Answer;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
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

    private static Example gradient(double... weights) {
        return new Example(new ConvGrad())
                .input("dY", DType.F32, Shape.of(1, 1, 2), 1, 2)
                .input("X", DType.F32, Shape.of(1, 1, 4), 3, 4, 5, 6)
                .input("W", DType.F32, Shape.of(1, 1, 2), weights)
                .attribute("strides", List.of(2L))
                .output("dB");
    }

    @Test
    void gradientsGoBackToWhatTheKernelLayOver() {
        assertArrayEquals(
                new double[] {10, 7, 20, 14}, gradient(10, 7).answer(0).values());
        assertArrayEquals(new double[] {13, 16}, gradient(10, 7).answer(1).values());
        assertArrayEquals(new double[] {3}, gradient(10, 7).answer(2).values());
    }

    @Test
    void anInfiniteWeightReachesOnlyWhatItLayOver() {
        Answer answer = gradient(Double.POSITIVE_INFINITY, 7).answer(0);
        double infinity = Double.POSITIVE_INFINITY;
        assertArrayEquals(new double[] {infinity, 7, infinity, 14}, answer.values());
        assertTrue(answer.accepts(1, 7, DType.F32) && answer.accepts(1, Double.NaN, DType.F32));
        assertFalse(answer.accepts(1, 8, DType.F32));
    }

    @Test
    void placesThatAreLeftOutAreFound() {
        Example example = new Example(new ConvGrad())
                .input("dY", TensorSpec.of(DType.BF16, 2, 3, 9, 10))
                .input("X", TensorSpec.of(DType.BF16, 2, 2, 11, 12))
                .input("W", TensorSpec.of(DType.BF16, 3, 2, 3, 3))
                .fill("normal", 8);
        double[] dy = example.values("dY");
        double[] x = example.values("X");
        Answer answer = example.answer(1);
        int found = 0;
        for (int at = 0; at < answer.size(); at++) {
            int m = at / 18;
            int c = at / 9 % 2;
            float all = 0;
            float lacking = 0;
            for (int n = 0; n < 2; n++) {
                for (int place = 0; place < 90; place++) {
                    int row = place / 10 + at / 3 % 3;
                    int column = place % 10 + at % 3;
                    float term = (float) (dy[(n * 3 + m) * 90 + place] * x[((n * 2 + c) * 11 + row) * 12 + column]);
                    all += term;
                    lacking += place / 10 == 8 ? 0 : term;
                }
            }
            assertTrue(answer.accepts(at, DType.BF16.round(all), DType.BF16));
            found += answer.accepts(at, DType.BF16.round(lacking), DType.BF16) ? 0 : 1;
        }
        assertTrue(found > 40, "found " + found);
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
