package dev.assay.engine.scorecard;

import dev.assay.tensor.DType;
import java.util.Map;

/// What the rules of Ascend's msprobe share: the golden result is one type wider than the output, and a relative error
/// is one of `|golden| + eps`, with the eps of the golden type (of bf16 for bf16).
final class Msprobe {
    static final String SOURCE = "Ascend msprobe python/msprobe/pytorch/api_accuracy_checker at e05ee44f, ";

    private static final Map<DType, Double> EPS = Map.of(DType.F16, 0x1p-23, DType.BF16, 0x1p-8, DType.F32, 0x1p-52);

    private Msprobe() {}

    static boolean covers(DType dtype) {
        return EPS.containsKey(dtype);
    }

    static double relative(DType dtype, double error, double golden) {
        return error / (Math.abs(golden) + EPS.getOrDefault(dtype, 0.0));
    }
}
