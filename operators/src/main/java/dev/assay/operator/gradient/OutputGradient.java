package dev.assay.operator.gradient;

import dev.assay.operator.About;
import java.util.Map;

/// Base of the gradients of elementwise operators from their output: inputs `dY` and `Y`, output `dX`.
abstract class OutputGradient extends PointGradient {
    /// @param forward what `Y` is
    OutputGradient(String name, About about, String forward) {
        super(name, about, unary("Y", "the " + forward));
    }

    @Override
    public final Map<String, Source> sources() {
        return Map.of("dY", Source.cotangent("Y"), "Y", Source.output("Y"));
    }

    @Override
    public final Map<String, String> gradients() {
        return Map.of("dX", "X");
    }
}
