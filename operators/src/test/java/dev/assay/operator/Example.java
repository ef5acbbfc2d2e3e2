package dev.assay.operator;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.ComputeContract;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A call of an operator with the values of its inputs, put together in a test.
public final class Example {
    private final Operator operator;
    private final CallBuilder builder;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Arena arena = Arena.ofAuto();

    public Example(Operator operator) {
        this.operator = operator;
        this.builder = new CallBuilder(operator, "example");
    }

    /// An input with these values, each rounded once.
    public Example input(String name, DType dtype, Shape shape, double... values) {
        return input(name, Tensor.of(arena, dtype, shape, values));
    }

    public Example input(String name, Tensor tensor) {
        builder.input(name, tensor.spec());
        tensors.put(name, tensor);
        return this;
    }

    /// An input whose values [#fill] gives.
    public Example input(String name, TensorSpec spec) {
        return input(name, Tensor.allocate(spec, arena));
    }

    public Example constant(String name, long... values) {
        Tensor tensor = Tensor.of(
                arena,
                DType.I64,
                Shape.of(values.length),
                Arrays.stream(values).asDoubleStream().toArray());
        tensors.put(name, tensor);
        builder.constant(name, tensor.spec(), Arrays.stream(values).boxed().toList());
        return this;
    }

    public Example attribute(String name, long value) {
        builder.attribute(name, new Attribute.Int(value));
        return this;
    }

    public Example attribute(String name, double value) {
        builder.attribute(name, new Attribute.Real(value));
        return this;
    }

    public Example attribute(String name, String value) {
        builder.attribute(name, new Attribute.Text(value));
        return this;
    }

    public Example output(String name) {
        builder.output(name);
        return this;
    }

    /// Fills every input but constants by the operator's own choice for this data set.
    public Example fill(String dataSet, long seed) {
        Call call = call();
        Map<String, Fill.Values> bound = new HashMap<>();
        for (Operand operand : call.inputs()) {
            if (operand.spec().isPresent() && !call.constants().containsKey(operand.name())) {
                Fill.write(values(call, operand.name(), dataSet, seed, bound), tensor(operand.name()));
            }
        }
        return this;
    }

    private Fill.Values values(Call call, String input, String dataSet, long seed, Map<String, Fill.Values> bound) {
        Fill.Values known = bound.get(input);
        if (known != null) {
            return known;
        }
        Fill fill = operator.fill(call, input, Fills.parse(dataSet, "example"));
        Fill.Site site = new Fill.Site(
                call.input(input),
                operator.along(call, input),
                31 * seed + input.hashCode(),
                seed,
                other -> values(call, other, dataSet, seed, bound));
        Fill.Values values = fill.bind(site);
        bound.put(input, values);
        return values;
    }

    public Call call() {
        return builder.build();
    }

    public Inputs inputs() {
        return new Inputs(tensors);
    }

    public Tensor tensor(String name) {
        return inputs().get(name);
    }

    /// All values of an input, in row-major order.
    public double[] values(String name) {
        Tensor tensor = tensor(name);
        double[] values = new double[Math.toIntExact(tensor.shape().elements())];
        tensor.decode(0, values.length, values, 0);
        return values;
    }

    public Oracle oracle(ComputeContract contract) {
        return operator.oracle(call(), inputs(), contract);
    }

    /// What the strict contract expects of an output.
    public Answer answer(int output) {
        return answer(output, ComputeContract.STRICT);
    }

    public Answer answer(int output, ComputeContract contract) {
        return Answer.of(oracle(contract), output);
    }

    public List<TensorSpec> outputs() {
        return operator.outputs(call());
    }
}
