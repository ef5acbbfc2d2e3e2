package dev.assay.operator.optimizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptimizersTest {
    private static final Shape ONE = Shape.of(1);

    private static Tensor count(long number) {
        Tensor count = Tensor.allocate(TensorSpec.of(DType.I64), Arena.ofAuto());
        count.setCodeAt(0, number);
        return count;
    }

    private static Example sgd(double momentum, double dampening, int nesterov, int first) {
        return new Example(new Sgd())
                .input("param", DType.F32, ONE, 4)
                .input("grad", DType.F32, ONE, 3)
                .input("momentum_buffer", DType.F32, ONE, 8)
                .attribute("lr", 0.5)
                .attribute("momentum", momentum)
                .attribute("dampening", dampening)
                .attribute("weight_decay", 0.25)
                .attribute("nesterov", nesterov)
                .attribute("is_first_step", first)
                .output("momentum_buffer_out");
    }

    /// By hand: the gradient with its decay is 4. All of these numbers are exact in f32, so only they are right.
    @ParameterizedTest
    @CsvSource({
        // 0.5 · 8 + 0.5 · 4 = 6; 4 - 3 = 1.
        "0.5, 0.5, 0, 0, 6, 1",
        // 0.5 · 8 + 4 = 8; 4 - 0.5 · (4 + 4) = 0.
        "0.5, 0, 1, 0, 8, 0",
        // The first buffer is the gradient; 4 - 2 = 2.
        "0.5, 0.5, 0, 1, 4, 2"
    })
    void sgdByHand(double momentum, double dampening, int nesterov, int first, double buffer, double param) {
        Example example = sgd(momentum, dampening, nesterov, first);
        assertArrayEquals(new double[] {param}, example.answer(0).values());
        assertArrayEquals(new double[] {buffer}, example.answer(1).values());
        assertTrue(example.answer(0).isExact(0) && example.answer(1).isExact(0));
        assertFalse(example.answer(0).accepts(0, param + 0x1p-20, DType.F32));
    }

    @Test
    void sgdWithoutMomentum() {
        Example example = new Example(new Sgd())
                .input("param", DType.F32, ONE, 4)
                .input("grad", DType.F32, ONE, 3)
                .attribute("lr", 0.5)
                .attribute("maximize", 1);
        assertArrayEquals(new double[] {5.5}, example.answer(0).values());
    }

    @Test
    void sgdRefusesWhatPyTorchRefuses() {
        assertThrows(InvalidCallException.class, () -> sgd(0.5, 0.5, 1, 0).call());
        assertThrows(InvalidCallException.class, () -> sgd(0, 0, 0, 0).call());
        InvalidCallException e = assertThrows(
                InvalidCallException.class,
                () -> new Example(new Sgd())
                        .input("param", DType.F32, ONE, 4)
                        .input("grad", DType.F32, ONE, 3)
                        .attribute("momentum", 0.5)
                        .call());
        assertTrue(e.fix().contains("buffer"), e.fix());
    }

    private static Example lion(double average, double gradient) {
        return new Example(new Lion())
                .input("param", DType.F32, ONE, 4)
                .input("grad", DType.F32, ONE, gradient)
                .input("exp_avg", DType.F32, ONE, average)
                .attribute("lr", 0.5)
                .attribute("beta1", 0.75)
                .attribute("beta2", 0.5)
                .attribute("weight_decay", 0.5);
    }

    /// By hand: 4 · 0.75 = 3, and the sign of 0.75 m + 0.25 g, halved, off that.
    @Test
    void lionByHand() {
        assertArrayEquals(new double[] {2.5}, lion(2, -4).answer(0).values());
        assertArrayEquals(new double[] {-1}, lion(2, -4).answer(1).values());
        assertArrayEquals(new double[] {3}, lion(1, -3).answer(0).values(), "the sign of 0");
        assertFalse(lion(1, -3).answer(0).accepts(0, 2.5, DType.F32));
        assertFalse(lion(2, -4).answer(0).accepts(0, 3.5, DType.F32), "the sign of the average that is kept");
        assertTrue(lion(Double.NaN, 1).answer(0).isOpen(0));
    }

    /// 0.9 is no number of f32: which sign 0.9 m + 0.1 g has may hang on that.
    @Test
    void aSignNextToZeroIsEither() {
        Example example = lion(1, -9).attribute("beta1", 0.9);
        Answer answer = example.answer(0);
        assertTrue(answer.accepts(0, 2.5, DType.F32) && answer.accepts(0, 3.5, DType.F32));
        assertFalse(answer.accepts(0, 2.25, DType.F32));
    }

    private static Example onnx(Operator operator, double rate, long count, double... tensors) {
        Example example =
                new Example(operator).input("R", DType.F32, Shape.of(), rate).constant("T", count(count));
        for (int n = 0; n < tensors.length; n++) {
            example.input("inputs." + n, DType.F32, ONE, tensors[n]);
        }
        return example;
    }

    /// By hand, of X 4, G 3, V 8: the gradient with its norm is 4, the momentum 0.5 · 8 + beta · 4.
    @ParameterizedTest
    @CsvSource({"standard, 5, 6, 1", "standard, 0, 8, 0", "nesterov, 5, 6, 0.5"})
    void momentumByHand(String mode, long updates, double momentum, double param) {
        Example example = onnx(new Momentum(), 0.5, updates, 4, 3, 8)
                .attribute("alpha", 0.5)
                .attribute("beta", 0.5)
                .attribute("norm_coefficient", 0.25)
                .attribute("mode", mode);
        assertArrayEquals(new double[] {param}, example.answer(0).values());
        assertArrayEquals(new double[] {momentum}, example.answer(1).values());
        assertFalse(example.answer(0).accepts(0, param + 0.25, DType.F32));
    }

    /// By hand, of X 4, G 3, H 9: the rate is 0.5 / (1 + 2 · 0.5), the gradient 4, its divisor 5 + 3.
    @Test
    void adagradByHand() {
        Example example = onnx(new Adagrad(), 0.5, 2, 4, 3, 9)
                .attribute("decay_factor", 0.5)
                .attribute("norm_coefficient", 0.25)
                .attribute("epsilon", 3.0);
        assertEquals(3.875, example.answer(0).value(0), 1e-15);
        assertEquals(25, example.answer(1).value(0), 0);
        Answer answer = example.answer(0);
        assertTrue(answer.accepts(0, 3.875, DType.F32));
        assertFalse(answer.accepts(0, (float) (4 - 1 / Math.sqrt(28)), DType.F32), "epsilon under the root");
        assertFalse(answer.accepts(0, (float) (4 - 1 / 6.0), DType.F32), "the squares that were there");
        assertFalse(answer.accepts(0, (float) (4 - 0.8 / 8), DType.F32), "one update more");
        assertFalse(answer.accepts(0, 3.75f, DType.F32), "the rate does not fall");
    }

    /// By hand, of X 4, G 2, V 1, H 0 after one update: averages 1.5 and 1, the rate 0.5 · 0.5 / 0.5, the divisor 1 +
    /// 2.
    @Test
    void adamByHand() {
        Example example = onnx(new Adam(), 0.5, 1, 4, 2, 1, 0)
                .attribute("alpha", 0.5)
                .attribute("beta", 0.75)
                .attribute("epsilon", 2.0)
                .attribute("norm_coefficient_post", 0.5);
        Answer answer = example.answer(0);
        assertEquals(1.875, answer.value(0), 1e-15);
        assertEquals(1.5, example.answer(1).value(0), 0);
        assertEquals(1, example.answer(2).value(0), 0);
        assertTrue(answer.accepts(0, 1.875, DType.F32));
        assertFalse(answer.accepts(0, 1.75f, DType.F32), "the decay before the update");
        assertFalse(answer.accepts(0, (float) (0.5 * (4 - 0.75 / Math.sqrt(3))), DType.F32), "epsilon under the root");
        assertFalse(answer.accepts(0, (float) (0.5 * (4 - 0.375)), DType.F32), "epsilon after the correction");
        Example first = onnx(new Adam(), 0.5, 0, 4, 2, 1, 0)
                .attribute("alpha", 0.5)
                .attribute("beta", 0.75)
                .attribute("epsilon", 2.0);
        assertEquals(3.75, first.answer(0).value(0), 1e-15, "nothing is corrected before the first update");
    }

    /// Groups: both parameters, both gradients, both states.
    @Test
    void tensorsAreGrouped() {
        Example example = new Example(new Momentum())
                .input("R", DType.F32, Shape.of(), 0.5)
                .constant("T", count(0))
                .input("inputs.0", DType.F32, ONE, 4)
                .input("inputs.1", DType.F32, Shape.of(2), 1, 2)
                .input("inputs.2", DType.F32, ONE, 3)
                .input("inputs.3", DType.F32, Shape.of(2), 5, 6)
                .input("inputs.4", DType.F32, ONE, 8)
                .input("inputs.5", DType.F32, Shape.of(2), 4, 2)
                .attribute("alpha", 0.5);
        assertArrayEquals(new double[] {0.5}, example.answer(0).values());
        assertArrayEquals(new double[] {-2.5, -1.5}, example.answer(1).values());
        assertArrayEquals(new double[] {7}, example.answer(2).values());
        assertArrayEquals(new double[] {7, 7}, example.answer(3).values());
        assertThrows(
                InvalidCallException.class,
                () -> onnx(new Momentum(), 0.5, 0, 1, 2).call(),
                "a gradient without a momentum");
        assertThrows(
                InvalidCallException.class,
                () -> onnx(new Momentum(), 0.5, 0, 1, 2, 3)
                        .attribute("mode", "fast")
                        .call());
    }

    /// Whoever wrote 0.999 may have 1 - 0.999, or 1 less the f32 next to it.
    @Test
    void attributesOfOnnxAreKnownToAnF32() {
        double beta = 0.999f;
        Example example = onnx(new Adam(), 0.5, 0, 4, 2, 1, 0).attribute("beta", beta);
        Answer squares = example.answer(2);
        assertTrue(squares.accepts(0, (float) ((1 - 0.999) * 4), DType.F32));
        assertTrue(squares.accepts(0, (float) ((1 - beta) * 4), DType.F32));
        assertFalse(squares.accepts(0, (float) ((1 - 0.9991) * 4), DType.F32));
    }

    /// Each of what kernels are known to misread gives another result somewhere.
    @ParameterizedTest
    @CsvSource({"sgd", "lion", "momentum", "adagrad", "adam"})
    void misreadingsAreRefused(String name) {
        Operator operator = OptimizerOperators.ALL.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
        for (long count : List.of(1L, 3L)) {
            Example example = new Example(operator);
            TensorSpec spec = TensorSpec.of(DType.F32, 257);
            switch (name) {
                case "sgd" ->
                    example.input("param", spec)
                            .input("grad", spec)
                            .input("momentum_buffer", spec)
                            .attribute("momentum", 0.75)
                            .attribute("dampening", 0.5)
                            .attribute("weight_decay", 0.1)
                            .attribute("lr", 0.1)
                            .attribute("is_first_step", count == 1 ? 1 : 0)
                            .output("momentum_buffer_out");
                case "lion" ->
                    example.input("param", spec)
                            .input("grad", spec)
                            .input("exp_avg", spec)
                            .attribute("weight_decay", 0.5)
                            .attribute("lr", 0.1);
                default -> {
                    example.input("R", TensorSpec.of(DType.F32)).constant("T", count(count));
                    for (int n = 0; n < (name.equals("adam") ? 4 : 3); n++) {
                        example.input("inputs." + n, spec);
                    }
                    if (name.equals("adam")) {
                        example.attribute("norm_coefficient", 0.1).attribute("norm_coefficient_post", 0.1);
                        example.attribute("epsilon", 1e-2);
                    } else if (name.equals("adagrad")) {
                        example.attribute("decay_factor", 0.1).attribute("epsilon", 1e-2);
                    } else {
                        example.attribute("beta", 0.5);
                    }
                }
            }
            example.fill("normal(0,0.01)", 3);
            int outputs = example.outputs().size();
            for (Misreading wrong : operator.misreadings(example.call(), example.inputs())) {
                if (wrong.sentence().contains("first gradient") && count != 1) {
                    continue;
                }
                int refused = 0;
                for (int output = 0; output < outputs; output++) {
                    Answer answer = example.answer(output);
                    Answer misread = Answer.of(
                            wrong.by().orElse(operator).oracle(wrong.call(), wrong.inputs(), ComputeContract.STRICT),
                            output);
                    for (int i = 0; i < answer.size(); i++) {
                        refused += answer.accepts(i, (float) misread.value(i), DType.F32) ? 0 : 1;
                    }
                }
                assertTrue(refused > 0, wrong.sentence() + " after " + count);
            }
        }
    }
}
