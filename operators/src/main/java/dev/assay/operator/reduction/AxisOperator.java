package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Base of the operators that treat the lines of their first input along one dimension, given by the attribute `axis`.
public abstract class AxisOperator extends NamedOperator {

    /// @param onnxType empty if ONNX has no such operator
    protected AxisOperator(String name, String onnxType, About about, Signature signature) {
        super(name, onnxType, about, signature);
    }

    /// The input that is cut into lines.
    protected final String data() {
        return signature().inputs().getFirst().name();
    }

    protected final Shape shape(Call call) {
        return call.input(data()).shape();
    }

    /// The dimension as the call has it, negative where it counts from the end.
    protected long givenAxis(Call call) {
        return call.attributes().integer("axis");
    }

    /// The dimension, counted from 0. Throws [InvalidCallException].
    protected final int axis(Call call) {
        int rank = shape(call).rank();
        long axis = givenAxis(call);
        if (axis < -rank || axis >= rank) {
            throw invalid(
                    "axis " + axis + " of a tensor of rank " + rank,
                    "axis",
                    rank == 0
                            ? "give " + data() + " a dimension"
                            : "give a number from " + -rank + " to " + (rank - 1));
        }
        return Math.toIntExact(axis < 0 ? axis + rank : axis);
    }

    protected final TensorLines lines(Call call) {
        return TensorLines.along(shape(call), axis(call));
    }

    /// Throws [InvalidCallException] unless an attribute is 0 or 1.
    protected final void requireFlag(Call call, String attribute) {
        long value = call.attributes().integer(attribute);
        if (value != 0 && value != 1) {
            throw invalid(attribute + " " + value, "attribute " + attribute, "give 0 or 1");
        }
    }

    /// How many floating-point operations an element takes.
    protected double flops() {
        return 1;
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(flops() * shape(call).elements(), call.tensorBytes());
    }

    @Override
    public String sizes(Call call) {
        return shape(call).joined();
    }

    /// The first dimension, where the lines do not run along it.
    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return axis(call) == 0
                ? Optional.empty()
                : Optional.of(new BatchAxis(
                        Map.of(data(), 0),
                        signature().outputs().stream().collect(Collectors.toMap(Parameter::name, output -> 0))));
    }

    @Override
    public Fill.Along along(Call call, String input) {
        return input.equals(data())
                ? Fill.Along.axis(shape(call), axis(call))
                : new Fill.Along(Math.max(1, call.input(input).shape().elements()), 1);
    }
}
