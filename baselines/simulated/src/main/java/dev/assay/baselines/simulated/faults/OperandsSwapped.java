package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Arguments in the order of another library.
final class OperandsSwapped extends Fault {
    OperandsSwapped() {
        super(
                "operands-swapped",
                "",
                List.of("exact", "bound"),
                List.of("misplaced"),
                "two operands change places",
                "sub",
                "div",
                "pow",
                "mod",
                "less",
                "greater",
                "swiglu",
                "geglu");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        int first = call.inputs().size() - 2;
        String one = call.inputs().get(first).name();
        String two = call.inputs().get(first + 1).name();
        if (!call.inputs().get(first).spec().equals(call.inputs().get(first + 1).spec())) {
            return plain;
        }
        return arguments -> {
            Map<String, Argument> inputs = new LinkedHashMap<>(arguments.inputs());
            inputs.put(one, arguments.input(two));
            inputs.put(two, arguments.input(one));
            plain.run(new Arguments(inputs, arguments.outputs(), arguments.workspace()));
        };
    }
}
