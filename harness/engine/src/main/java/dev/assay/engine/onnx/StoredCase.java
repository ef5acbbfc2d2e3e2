package dev.assay.engine.onnx;

import dev.assay.HarnessException;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.engine.judge.Judge;
import dev.assay.engine.onnx.NodeTest.NotMappable;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// A case whose inputs, and expected outputs, are stored in a node test.
public final class StoredCase {
    private StoredCase() {}

    private static NodeTest read(String dataSet) {
        try {
            return NodeTest.read(Path.of(dataSet));
        } catch (NotMappable e) {
            throw new HarnessException(
                    "the model has changed since it was planned: " + e.getMessage(),
                    NodeTest.place(Path.of(dataSet)),
                    "start the run anew",
                    e);
        }
    }

    /// The values of the inputs, by name.
    public static Map<String, Tensor> inputs(String dataSet, Call call, Arena arena) {
        return read(dataSet).inputs(Operators.named(call.operator(), dataSet), arena);
    }

    /// Whether the outputs that come with the test contradict our reference. They were computed by NumPy in the
    /// tensors' own precision, so they are held against the bound of exactly that; a difference is a fault of ours.
    ///
    /// @return what differs, or empty
    public static Optional<String> disagreement(
            String dataSet, Operator operator, Call call, Map<String, Tensor> inputs, Arena arena) {
        Map<String, Tensor> stored = read(dataSet).outputs(operator, arena);
        for (Call.Operand output : call.outputs()) {
            Tensor tensor = stored.get(output.name());
            if (output.spec().isPresent() != (tensor != null)) {
                return Optional.of("output " + output.name() + " is stored but not asked for, or the other way round");
            }
            if (tensor != null && !tensor.spec().equals(output.spec().orElseThrow())) {
                return Optional.of("output " + output.name() + " is stored as " + tensor.spec()
                        + ", the shape rule says " + output.spec().orElseThrow());
            }
        }
        DType dtype = call.inputs().stream()
                .flatMap(operand -> operand.spec().stream())
                .map(TensorSpec::dtype)
                .filter(DType::isFloat)
                .findFirst()
                .orElse(DType.I32);
        return Judge.disagreement(operator, call, inputs, stored, numpy(dtype));
    }

    /// What NumPy does: every intermediate array is kept in the tensors' own type; sums of f16 are kept in f32, and
    /// its elementary functions are a few ulps off.
    private static ComputeContract numpy(DType dtype) {
        Stored own = dtype.isFloat() ? Stored.as(dtype) : Stored.wide();
        return ComputeContract.strict()
                .prescaled(own)
                .scores(own)
                .probabilities(own)
                .statistics(own)
                .normalized(own)
                .intermediates(own)
                .functionUlps(4)
                .expUlps(4)
                .tanhUlps(4)
                .build();
    }
}
