package dev.assay.engine.diagnosis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.judge.ReferenceValues;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Faults of operators of the vector units, planted in right outputs: each is named as what it is, or not at all.
class CallCauseTest {
    /// What a fault does to the values of the first output, in row-major order and not yet rounded.
    private interface Fault {
        void change(double[] values, Inputs inputs);
    }

    private static CallBuilder call(String operator) {
        return new CallBuilder(Operators.named(operator, "test"), "test");
    }

    private static Call unary(String operator, String input, long... dims) {
        return call(operator).input(input, TensorSpec.of(DType.F32, dims)).build();
    }

    private static Call binary(String operator) {
        return call(operator)
                .input("A", TensorSpec.of(DType.F32, 40, 50))
                .input("B", TensorSpec.of(DType.F32, 40, 50))
                .build();
    }

    private static Call reduction(String operator, long lines, long length) {
        return call(operator)
                .input("data", TensorSpec.of(DType.F32, lines, length))
                .constant("axes", TensorSpec.of(DType.I64, 1), List.of(1L))
                .build();
    }

    private static Call rootMeanSquare() {
        return call("rms_normalization")
                .input("X", TensorSpec.of(DType.F32, 40, 120))
                .input("scale", TensorSpec.of(DType.F32, 120))
                .attribute("epsilon", new Attribute.Real(1e-3))
                .build();
    }

    private static Cause cause(Call call, String fill, Fault fault, String... probes) {
        Operator operator = Operators.named(call.operator(), "test");
        try (Arena arena = Arena.ofShared()) {
            List<Evidence.Run> runs = new ArrayList<>(List.of(run(call, fill, "", fault, arena)));
            for (String probe : probes) {
                runs.add(run(call, probe, probe, fault, arena));
            }
            return Diagnosing.of(new Evidence(operator, call, ComputeContract.STRICT, runs))
                    .cause();
        }
    }

    private static Evidence.Run run(Call call, String fill, String dataSet, Fault fault, Arena arena) {
        Operator operator = Operators.named(call.operator(), "test");
        Map<String, Tensor> inputs = CaseInputs.generate(operator, call, fill, "planted/" + fill, 7, arena);
        // What a choice of tokens keeps depends on the device: there the logits are what is changed.
        Tensor kept = inputs.getOrDefault("logits", inputs.values().iterator().next());
        double[] values = call.operator().equals("sampling_mask")
                ? IntStream.range(0, (int) kept.shape().elements())
                        .mapToDouble(kept::get)
                        .toArray()
                : ReferenceValues.of(operator.oracle(call, new Inputs(inputs), ComputeContract.STRICT));
        fault.change(values, new Inputs(inputs));
        Tensor output = Tensor.allocate(call.outputs().getFirst().spec().orElseThrow(), arena);
        for (int i = 0; i < values.length; i++) {
            output.set(i, output.dtype().round(values[i]));
        }
        Map<String, Tensor> outputs = Map.of(call.outputs().getFirst().name(), output);
        return new Evidence.Run(dataSet, inputs, outputs, outputs, List.of(new Evidence.Objection("bound", "planted")));
    }

    private static Fault each(String input, DoubleUnaryOperator function) {
        return (y, in) -> {
            for (int i = 0; i < y.length; i++) {
                y[i] = function.applyAsDouble(in.get(input).get(i));
            }
        };
    }

    @Test
    void otherFormOfGeluIsAnAttribute() {
        DoubleUnaryOperator tanh = x -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
        assertEquals(Cause.ATTRIBUTE, cause(unary("gelu", "X", 2000), "normal", each("X", tanh)));
        // A sigmoid is a rougher gate still, and no form that the attribute has.
        DoubleUnaryOperator quick = x -> x / (1 + Math.exp(-1.702 * x));
        assertEquals(Cause.UNKNOWN, cause(unary("gelu", "X", 2000), "normal", each("X", quick)));
    }

    @Test
    void exchangedOperandsAreMisplacedAndNoSign() {
        assertEquals(Cause.MISPLACED, cause(binary("sub"), "normal", (y, in) -> {
            for (int i = 0; i < y.length; i++) {
                y[i] = in.get("B").get(i) - in.get("A").get(i);
            }
        }));
        assertEquals(Cause.SCALE, cause(binary("sub"), "normal", (y, in) -> {
            for (int i = 0; i < y.length; i++) {
                y[i] = in.get("A").get(i) - 2 * in.get("B").get(i);
            }
        }));
    }

    @Test
    void sumForAProductIsAnotherOperator() {
        assertEquals(Cause.OTHER_OPERATOR, cause(binary("mul"), "normal", (y, in) -> {
            for (int i = 0; i < y.length; i++) {
                y[i] = in.get("A").get(i) + in.get("B").get(i);
            }
        }));
    }

    @Test
    void lostSignsAreSigns() {
        assertEquals(Cause.SIGN, cause(unary("neg", "X", 2000), "normal", each("X", x -> -Math.abs(x))));
    }

    @Test
    void zerosBehindTheEndAreRepeatedTermsAndATailThatIsLeftOutIsMissing() {
        Call call = unary("softmax", "input", 20, 37);
        assertEquals(Cause.TERMS_REPEATED, cause(call, "normal", (y, in) -> lines(y, in, 37, 27)));
        assertEquals(Cause.TERMS_MISSING, cause(call, "normal", (y, in) -> lines(y, in, 32, 0)));
    }

    private static void lines(double[] y, Inputs inputs, int summed, int zeros) {
        for (int line = 0; line < y.length / 37; line++) {
            double sum = zeros;
            for (int k = 0; k < summed; k++) {
                sum += Math.exp(inputs.get("input").get(line * 37 + k));
            }
            for (int k = 0; k < 37; k++) {
                y[line * 37 + k] = Math.exp(inputs.get("input").get(line * 37 + k)) / sum;
            }
        }
    }

    @Test
    void searchThatStartsAtZeroCountsOneElementTooMany() {
        Call call = reduction("reduce_max", 200, 2);
        assertEquals(Cause.TERMS_REPEATED, cause(call, "normal", (y, in) -> {
            for (int i = 0; i < y.length; i++) {
                y[i] = Math.max(0, y[i]);
            }
        }));
    }

    @Test
    void blocksWithoutACarryLackTerms() {
        Call call = call("cumsum")
                .input("x", TensorSpec.of(DType.F32, 5, 300))
                .constant("axis", TensorSpec.of(DType.I64, 1), List.of(1L))
                .build();
        assertEquals(Cause.TERMS_MISSING, cause(call, "normal", (y, in) -> {
            double sum = 0;
            for (int i = 0; i < y.length; i++) {
                sum = i % 300 % 64 == 0 ? in.get("x").get(i) : sum + in.get("x").get(i);
                y[i] = sum;
            }
        }));
        assertEquals(
                Cause.ATTRIBUTE,
                cause(
                        call,
                        "normal",
                        (y, in) -> {
                            for (int i = 0; i < y.length; i++) {
                                y[i] -= in.get("x").get(i);
                            }
                        },
                        "integers(-4,4)"));
    }

    private interface Divisor {
        double of(double meanOfSquares);
    }

    private static Fault divided(Divisor divisor) {
        return (y, in) -> {
            for (int line = 0; line < 40; line++) {
                double squares = 0;
                for (int k = 0; k < 120; k++) {
                    squares += Math.pow(in.get("X").get(line * 120L + k), 2) / 120;
                }
                for (int k = 0; k < 120; k++) {
                    y[line * 120 + k] = in.get("X").get(line * 120L + k)
                            / divisor.of(squares)
                            * in.get("scale").get(k);
                }
            }
        };
    }

    @Test
    void wrongStatisticsOfRowsAreTold() {
        Call call = rootMeanSquare();
        assertEquals(Cause.EPSILON, cause(call, "normal", divided(s -> Math.sqrt(s) + 1e-3)));
        assertEquals(Cause.EPSILON, cause(call, "normal", divided(s -> Math.sqrt(s + 1e-5))));
        assertEquals(
                Cause.NARROW_INTERMEDIATE,
                cause(call, "normal", divided(s -> 1 / DType.BF16.round(1 / Math.sqrt(s + 1e-3)))));
        assertEquals(
                Cause.ROUGH_FUNCTION,
                cause(call, "normal", divided(s -> 1 / RoundingCause.toBits(1 / Math.sqrt(s + 1e-3), 13))));
    }

    @Test
    void weightThatIsOneTooLargeIsAnOperandNotRead() {
        assertEquals(Cause.OPERAND_IGNORED, cause(rootMeanSquare(), "normal", (y, in) -> {
            for (int i = 0; i < y.length; i++) {
                double weight = in.get("scale").get(i % 120);
                y[i] *= (weight + 1) / weight;
            }
        }));
    }

    @Test
    void digitsTellOperandsResultsAndFunctions() {
        Call call = unary("exp", "X", 2000);
        assertEquals(Cause.NARROW_INPUTS, cause(call, "normal", each("X", x -> Math.exp(DType.BF16.round(x)))));
        assertEquals(Cause.NARROW_INTERMEDIATE, cause(call, "normal", each("X", x -> DType.BF16.round(Math.exp(x)))));
        assertEquals(
                Cause.ROUGH_FUNCTION, cause(call, "normal", each("X", x -> RoundingCause.toBits(Math.exp(x), 13))));
        assertEquals(Cause.ROUGH_FUNCTION, cause(call, "normal", each("X", x -> x < -1 ? 0 : Math.exp(x))));
    }

    @Test
    void sumsInBf16AreNarrow() {
        Call call = reduction("reduce_sum", 60, 200);
        assertEquals(Cause.NARROW_ACCUMULATOR, cause(call, "uniform(0,1)", (y, in) -> {
            for (int line = 0; line < y.length; line++) {
                double sum = 0;
                for (int k = 0; k < 200; k++) {
                    sum = DType.BF16.round(sum + in.get("data").get(line * 200L + k));
                }
                y[line] = sum;
            }
        }));
    }

    @Test
    void wholeNumbersTowardZeroAreCutOff() {
        Call call = unary("floor", "X", 2000);
        assertEquals(
                Cause.TRUNCATION, cause(call, "normal(0,4)", each("X", x -> x < 0 ? Math.ceil(x) : Math.floor(x))));
    }

    @Test
    void lostNansAreSpecialValues() {
        assertEquals(Cause.SPECIAL_VALUES, cause(unary("abs", "X", 2000), "specials", (y, in) -> {
            for (int i = 0; i < y.length; i++) {
                y[i] = Double.isNaN(y[i]) ? 0 : y[i];
            }
        }));
    }

    @Test
    void hiddenTokensAreAMask() {
        Call call = call("sampling_mask")
                .input("logits", TensorSpec.of(DType.F32, 20, 100))
                .input("top_k", TensorSpec.of(DType.I32, 20))
                .build();
        assertEquals(Cause.MASK, cause(call, "normal", (y, in) -> {
            for (int i = 0; i < y.length; i++) {
                // Whatever is positive is hidden, and all others seen.
                double x = in.get("logits").get(i);
                y[i] = x > 0 ? Double.NEGATIVE_INFINITY : x;
            }
        }));
    }

    @Test
    void noiseIsUnknown() {
        for (String operator : List.of("sigmoid", "tanh", "erf", "softplus")) {
            String input = Operators.named(operator, "test")
                    .signature()
                    .inputs()
                    .getFirst()
                    .name();
            Cause found = cause(unary(operator, input, 2000), "normal", (y, in) -> {
                Random random = new Random(5);
                for (int i = 0; i < y.length; i++) {
                    y[i] += 0.01 * random.nextGaussian();
                }
            });
            assertEquals(Cause.UNKNOWN, found, operator);
        }
    }

    @Test
    void rightOutputsHaveNoCause() {
        List<Call> calls = List.of(
                binary("sub"),
                binary("div"),
                unary("exp", "X", 2000),
                unary("gelu", "X", 2000),
                unary("softmax", "input", 20, 37),
                reduction("reduce_sum", 60, 200),
                reduction("reduce_max", 60, 200),
                rootMeanSquare());
        for (Call call : calls) {
            assertEquals(Cause.UNKNOWN, cause(call, "normal", (y, in) -> {}), call.operator());
        }
    }
}
