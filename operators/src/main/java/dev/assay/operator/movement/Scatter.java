package dev.assay.operator.movement;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Set;
import java.util.function.LongUnaryOperator;

/// Base of the operators that write elements of `updates` into a copy of `data`, at places that `indices` say.
///
/// An index out of range is an error in ONNX, and leaves the whole output open. Where places come twice without a
/// reduction, ONNX says nothing; one of the elements that were written there is expected, as PyTorch has it.
abstract class Scatter extends Movement {
    Scatter(String name, String onnxType, String formula, String source, Set<DType> indices, AttributeSpec... others) {
        super(
                name,
                onnxType,
                new About(formula, source, About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("data", "T", Signature.all(), "one or more dimensions"),
                                Parameter.required("indices", "Tind", indices, "places, negative ones from the end"),
                                Parameter.required("updates", "T", Signature.all(), "what is written there")),
                        List.of(Parameter.required("output", "T", Signature.all(), "like the data")),
                        java.util.stream.Stream.concat(
                                        java.util.stream.Stream.of(others),
                                        java.util.stream.Stream.of(Reduction.ATTRIBUTE))
                                .toList()));
    }

    /// Throws [dev.assay.operator.InvalidCallException] for shapes that do not fit together.
    abstract void check(Call call);

    /// The element of the data, by its row-major number, that each one of the updates is written to; -1 if there is
    /// none.
    abstract LongUnaryOperator targets(Call call, Inputs inputs);

    final Reduction reduction(Call call) {
        return Reduction.of(call, call.input("data").dtype());
    }

    @Override
    public final List<TensorSpec> outputs(Call call) {
        TensorSpec data = call.input("data");
        reduction(call);
        if (data.shape().rank() < 1) {
            throw invalid("data is a scalar", "input data", "give one or more dimensions");
        }
        check(call);
        return List.of(TensorSpec.dense(data.dtype(), data.shape()));
    }

    @Override
    protected final List<String> data(Call call) {
        return List.of("data", "updates");
    }

    /// Copies the data and adds once for each of the updates.
    @Override
    public final Cost cost(Call call) {
        double flops = reduction(call) == Reduction.NONE
                ? 0
                : call.input("updates").shape().elements();
        return new Cost(flops, call.tensorBytes());
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return reduction(call) == Reduction.NONE
                ? List.of()
                : List.of(Rereading.of(call, inputs)
                        .attribute("reduction", new Attribute.Text("none"))
                        .as("terms-missing", "of what is written to one place the last alone counts"));
    }

    @Override
    protected final Placement placement(Call call, Inputs inputs, int output) {
        Tensor data = inputs.get("data");
        Tensor updates = inputs.get("updates");
        Reduction reduction = reduction(call);
        long[] strides = data.shape().denseStrides();
        Targets targets = new Targets(data.shape().elements(), updates.shape().elements(), targets(call, inputs));
        if (targets.leaveTheTensor()) {
            return (at, origin) -> origin.open();
        }
        return (at, origin) -> {
            long number = number(at, strides);
            long[] writers = targets.writersOf(number);
            if (writers.length == 0) {
                origin.element(data, number);
            } else {
                origin.written(reduction, data, number, updates, writers);
            }
        };
    }

    /// Who writes to each element.
    private static final class Targets {
        private final int[] first;
        private final int[] writers;
        private boolean outside;

        Targets(long elements, long updates, LongUnaryOperator targets) {
            first = new int[Math.toIntExact(elements) + 1];
            writers = new int[Math.toIntExact(updates)];
            for (int update = 0; update < writers.length; update++) {
                long target = targets.applyAsLong(update);
                if (target < 0) {
                    outside = true;
                } else {
                    first[(int) target + 1]++;
                }
            }
            for (int i = 0; i < elements; i++) {
                first[i + 1] += first[i];
            }
            int[] next = first.clone();
            for (int update = 0; update < writers.length && !outside; update++) {
                writers[next[(int) targets.applyAsLong(update)]++] = update;
            }
        }

        boolean leaveTheTensor() {
            return outside;
        }

        long[] writersOf(long element) {
            int from = first[(int) element];
            long[] found = new long[first[(int) element + 1] - from];
            for (int i = 0; i < found.length; i++) {
                found[i] = writers[from + i];
            }
            return found;
        }
    }
}
