package dev.assay.operator;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.Gradient.Source;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/// A backward reference beside the differences of its forward reference, both in f64.
///
/// Central differences `D(h) = (f(x + h v) - f(x - h v)) / 2h` err by `a h² + b h⁴ + ...`; from those at h, h/2 and h/4
/// Richardson's scheme takes away the first two terms (Stoer and Bulirsch, Introduction to Numerical Analysis, section
/// 3.4). What the last step of the scheme changed bounds what is left of the truncation; each value of the forward
/// reference errs by no more than its own bound for f64, and weighs `(64 · 4 + 20 · 2 + 1) / (45 h)` in the result. The
/// step with the smallest sum of the two is taken.
///
/// Inputs are multiples of 2^-30 and directions of 2^-8, so that the arguments are exact.
///
/// @param name of the example, for a test's name
/// @param forward a call of the forward operator in f64, asked for the outputs whose gradients are given
public record GradientTruth(String name, Gradient gradient, Example forward) {
    private static final int SMALLEST_STEP = -11;
    private static final int LARGEST_STEP = -2;

    /// A directional derivative of every element of the outputs.
    ///
    /// @param values by output
    /// @param bounds of the values' errors
    public record Slope(Map<String, double[]> values, Map<String, double[]> bounds) {}

    /// The value of a key that is there.
    static <K, V> V of(Map<K, V> map, K key) {
        return Objects.requireNonNull(map.get(key), () -> key + " is missing in " + map.keySet());
    }

    @Override
    public String toString() {
        return gradient.name() + ", " + name;
    }

    private Call call() {
        return forward.call();
    }

    /// Inputs of the forward call that have a gradient.
    public List<String> differentiated() {
        return gradient.gradients().values().stream()
                .filter(call()::hasInput)
                .sorted()
                .toList();
    }

    /// The output that is the gradient of a forward input.
    public String gradientOf(String input) {
        return gradient.gradients().entrySet().stream()
                .filter(entry -> entry.getValue().equals(input))
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    /// Outputs of the forward call that gradients come from.
    public List<String> cotangents() {
        List<String> names = new ArrayList<>();
        for (Parameter parameter : gradient.signature().inputs()) {
            if (gradient.sources().get(parameter.name()) instanceof Source.Cotangent(String output)
                    && call().hasOutput(output)) {
                names.add(output);
            }
        }
        return names;
    }

    private static double[] random(Shape shape, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[Math.toIntExact(shape.elements())];
        // None is near 0, so that a wrong element shows.
        Arrays.setAll(values, i -> (64 + random.nextInt(192)) * (random.nextBoolean() ? 0x1p-8 : -0x1p-8));
        return values;
    }

    /// A direction in the space of an input.
    public double[] direction(String input, long seed) {
        return random(call().input(input).shape(), seed + input.hashCode());
    }

    /// Gradients of outputs, by the name of the output.
    public Map<String, double[]> randomCotangents(long seed) {
        Map<String, double[]> all = new LinkedHashMap<>();
        for (String output : cotangents()) {
            all.put(output, random(call().output(output).shape(), seed + output.hashCode()));
        }
        return all;
    }

    private static Tensor rounded(Tensor tensor) {
        if (!tensor.dtype().isFloat()) {
            return tensor;
        }
        Tensor copy = Tensor.allocate(TensorSpec.dense(tensor.dtype(), tensor.shape()), Arena.ofAuto());
        for (long i = 0; i < tensor.shape().elements(); i++) {
            copy.set(i, Math.rint(tensor.get(i) * 0x1p30) * 0x1p-30);
        }
        return copy;
    }

    private Map<String, Tensor> inputs() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        for (Operand operand : call().inputs()) {
            if (operand.spec().isPresent()) {
                all.put(operand.name(), rounded(forward.tensor(operand.name())));
            }
        }
        return all;
    }

    private Answer answer(Map<String, Tensor> inputs, String output) {
        Call call = call();
        int position = 0;
        while (!call.outputs().get(position).name().equals(output)) {
            position++;
        }
        Operator operator = gradient.forward();
        return Answer.of(operator.oracle(call, new Inputs(inputs), ComputeContract.STRICT), position);
    }

    private Map<String, Answer> moved(Map<String, double[]> directions, double step) {
        Map<String, Tensor> inputs = inputs();
        directions.forEach((name, direction) -> {
            Tensor tensor = of(inputs, name);
            for (int i = 0; i < direction.length; i++) {
                tensor.set(i, tensor.get(i) + step * direction[i]);
            }
        });
        Map<String, Answer> all = new LinkedHashMap<>();
        cotangents().forEach(output -> all.put(output, answer(inputs, output)));
        return all;
    }

    /// How the outputs change along directions of some inputs.
    public Slope slope(Map<String, double[]> directions) {
        Map<Integer, Map<String, Answer[]>> ends = new LinkedHashMap<>();
        for (int exponent = SMALLEST_STEP - 2; exponent <= LARGEST_STEP; exponent++) {
            double step = Math.scalb(1.0, exponent);
            Map<String, Answer> up = moved(directions, step);
            Map<String, Answer> down = moved(directions, -step);
            Map<String, Answer[]> both = new LinkedHashMap<>();
            up.forEach((output, answer) -> both.put(output, new Answer[] {answer, down.get(output)}));
            ends.put(exponent, both);
        }
        Map<String, double[]> values = new LinkedHashMap<>();
        Map<String, double[]> bounds = new LinkedHashMap<>();
        for (String output : cotangents()) {
            int count = Math.toIntExact(call().output(output).shape().elements());
            double[] best = new double[count];
            double[] errors = new double[count];
            Arrays.fill(errors, Double.POSITIVE_INFINITY);
            for (int exponent = SMALLEST_STEP; exponent <= LARGEST_STEP; exponent++) {
                for (int i = 0; i < count; i++) {
                    double d1 = difference(of(of(ends, exponent), output), i, exponent);
                    double d2 = difference(of(of(ends, exponent - 1), output), i, exponent - 1);
                    double d4 = difference(of(of(ends, exponent - 2), output), i, exponent - 2);
                    double once = (4 * d2 - d1) / 3;
                    double twice = (4 * d4 - d2) / 3;
                    double result = (16 * twice - once) / 15;
                    double off = 0;
                    for (int e = exponent - 2; e <= exponent; e++) {
                        for (Answer end : of(of(ends, e), output)) {
                            off = Math.max(off, end.bound(i, DType.F64));
                        }
                    }
                    double error = Math.abs(result - twice) + off * Math.scalb(297.0 / 45, -exponent);
                    if (error < errors[i]) {
                        errors[i] = error;
                        best[i] = result;
                    }
                }
            }
            values.put(output, best);
            bounds.put(output, errors);
        }
        return new Slope(values, bounds);
    }

    private static double difference(Answer[] ends, int i, int exponent) {
        double apart = (ends[0].value(i) - ends[1].value(i)) + (ends[0].low(i) - ends[1].low(i));
        return Math.scalb(apart, -exponent - 1);
    }

    /// The backward call on the forward call's inputs, what it returns, and these gradients of its outputs.
    public Example backward(Map<String, double[]> cotangents) {
        Map<String, Tensor> inputs = inputs();
        Example backward = new Example(gradient);
        for (Parameter parameter : gradient.signature().inputs()) {
            String name = parameter.name();
            switch (of(gradient.sources(), name)) {
                case Source.Cotangent(String output) -> {
                    double[] values = cotangents.get(output);
                    if (values != null) {
                        backward.input(name, DType.F64, call().output(output).shape(), values);
                    }
                }
                case Source.Input(String input) -> {
                    Tensor tensor = inputs.get(input);
                    if (tensor != null && parameter.constant()) {
                        backward.constant(name, tensor);
                    } else if (tensor != null) {
                        backward.input(name, tensor);
                    }
                }
                case Source.Output(String output) -> {
                    if (call().hasOutput(output)) {
                        TensorSpec spec = call().output(output);
                        double[] values = answer(inputs, output).values();
                        backward.input(name, spec.dtype(), spec.shape(), values);
                    }
                }
            }
        }
        gradient.attributes(call()).forEach((name, value) -> set(backward, name, value));
        for (Parameter output : gradient.signature().outputs()) {
            String input = gradient.gradients().get(output.name());
            if (output.optional() && input != null && call().hasInput(input)) {
                backward.output(output.name());
            }
        }
        return backward;
    }

    private static void set(Example example, String name, Attribute value) {
        switch (value) {
            case Attribute.Int(long number) -> example.attribute(name, number);
            case Attribute.Real(double number) -> example.attribute(name, number);
            case Attribute.Text(String text) -> example.attribute(name, text);
            case Attribute.Ints(List<Long> numbers) -> example.attribute(name, numbers);
            default -> throw new IllegalArgumentException("attribute " + name + " is " + value);
        }
    }

    /// What the backward reference says of each forward input that has a gradient.
    public Map<String, Answer> gradients(Map<String, double[]> cotangents) {
        Example backward = backward(cotangents);
        List<Parameter> outputs = gradient.signature().outputs();
        Map<String, Answer> all = new LinkedHashMap<>();
        for (String input : differentiated()) {
            String output = gradientOf(input);
            int position = 0;
            while (!outputs.get(position).name().equals(output)) {
                position++;
            }
            all.put(input, backward.answer(position));
        }
        return all;
    }
}
