package dev.assay.engine.diagnosis;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.judge.ReferenceValues;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Rereading;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// Right first outputs with a fault planted in them, and what they are diagnosed as.
final class Planted {
    private Planted() {}

    /// What a fault does to the values of the first output, in row-major order and not yet rounded.
    interface Fault {
        void change(double[] values, Inputs inputs);
    }

    static CallBuilder call(String operator) {
        return new CallBuilder(Operators.named(operator, "test"), "test");
    }

    static Diagnosis diagnosis(Call call, String fill, Fault fault) {
        Operator operator = Operators.named(call.operator(), "test");
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = CaseInputs.generate(operator, call, fill, "planted/" + fill, 7, arena);
            double[] values = ReferenceValues.of(operator.oracle(call, new Inputs(inputs), ComputeContract.STRICT));
            fault.change(values, new Inputs(inputs));
            Tensor output = Tensor.allocate(call.outputs().getFirst().spec().orElseThrow(), arena);
            for (int i = 0; i < values.length; i++) {
                output.set(i, output.dtype().isFloat() ? output.dtype().round(values[i]) : Math.rint(values[i]));
            }
            Map<String, Tensor> outputs = Map.of(call.outputs().getFirst().name(), output);
            Evidence.Run run =
                    new Evidence.Run("", inputs, outputs, outputs, List.of(new Evidence.Objection("bound", "planted")));
            return Diagnosing.of(new Evidence(operator, call, ComputeContract.STRICT, List.of(run)));
        }
    }

    /// The right output of another call, or of other inputs, as a fault.
    static Fault read(Call call, UnaryOperator<Rereading> change) {
        return (values, inputs) -> {
            Misreading made = change.apply(Rereading.of(call, inputs)).as("unknown", "planted");
            Operator operator = Operators.named(call.operator(), "test");
            double[] wrong = ReferenceValues.of(operator.oracle(made.call(), made.inputs(), ComputeContract.STRICT));
            System.arraycopy(wrong, 0, values, 0, values.length);
        };
    }

    /// What a device does with its operands.
    interface Device {
        void run(Inputs inputs, Inputs outputs);
    }

    /// What a device is diagnosed as that makes all outputs itself.
    static Cause cause(Call call, String fill, Device device) {
        Operator operator = Operators.named(call.operator(), "test");
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = CaseInputs.generate(operator, call, fill, "device/" + fill, 7, arena);
            Map<String, Tensor> outputs = new LinkedHashMap<>();
            call.outputs()
                    .forEach(output ->
                            output.spec().ifPresent(spec -> outputs.put(output.name(), Tensor.allocate(spec, arena))));
            device.run(new Inputs(inputs), new Inputs(outputs));
            Evidence.Run run =
                    new Evidence.Run("", inputs, outputs, outputs, List.of(new Evidence.Objection("exact", "planted")));
            return Diagnosing.of(new Evidence(operator, call, ComputeContract.STRICT, List.of(run)))
                    .cause();
        }
    }
}
