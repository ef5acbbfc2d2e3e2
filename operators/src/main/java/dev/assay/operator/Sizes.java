package dev.assay.operator;

import dev.assay.backend.Call;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Pieces of the part of a case id that tells sizes.
public final class Sizes {
    private Sizes() {}

    /// Shapes of the inputs that are present: `2x3x4.4x5`; a scalar reads `s`.
    public static String ofInputs(Call call) {
        return call.inputs().stream()
                .flatMap(operand -> operand.spec().stream())
                .map(spec -> spec.shape().rank() == 0 ? "s" : spec.shape().joined())
                .collect(Collectors.joining("."));
    }

    /// Where inputs are not dense: `.A-1x64` for input A with strides 1 and 64, in lower case; otherwise empty.
    public static String ofLayouts(Call call) {
        List<String> parts = new ArrayList<>();
        for (Call.Operand operand : call.inputs()) {
            TensorSpec spec = operand.spec().orElse(null);
            if (spec != null && !spec.isDense()) {
                String strides = spec.strides().stream().map(Object::toString).collect(Collectors.joining("x"));
                parts.add("." + operand.name().toLowerCase(java.util.Locale.ROOT) + "-" + strides);
            }
        }
        return String.join("", parts);
    }
}
