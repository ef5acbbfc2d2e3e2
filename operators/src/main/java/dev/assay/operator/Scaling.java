package dev.assay.operator;

import java.util.Map;

/// A relation between two runs that needs no reference: with these inputs multiplied by powers of two, the outputs are
/// multiplied by powers of two, bit for bit, as long as nothing leaves the range of normal numbers.
///
/// Operands that are not listed stay as they are.
///
/// @param inputs exponents by name of the input
/// @param outputs exponents by name of the output
public record Scaling(Map<String, Integer> inputs, Map<String, Integer> outputs) {
    public Scaling {
        inputs = Map.copyOf(inputs);
        outputs = Map.copyOf(outputs);
    }
}
