package dev.assay.operator.gradient;

import dev.assay.operator.About;
import dev.assay.operator.Signature.AttributeSpec;
import java.util.Map;

/// Base of the gradients of elementwise operators from their input: inputs `dY` and `X`, output `dX`.
abstract class InputGradient extends PointGradient {
    InputGradient(String name, About about, AttributeSpec... attributes) {
        super(name, about, unary("X", "the input", attributes));
    }

    @Override
    public final Map<String, Source> sources() {
        return Map.of("dY", Source.cotangent("Y"), "X", Source.input("X"));
    }

    @Override
    public final Map<String, String> gradients() {
        return Map.of("dX", "X");
    }
}
