package dev.assay.operator.quantization;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class QuantizationOperators {
    public static final List<Operator> ALL = List.of(
            new DequantizeLinear(), //
            new DynamicQuant(),
            new DynamicQuantizeLinear(),
            new MxQuantize(),
            new QuantizeLinear());

    private QuantizationOperators() {}
}
