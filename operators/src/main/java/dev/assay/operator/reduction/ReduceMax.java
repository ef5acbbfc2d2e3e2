package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Probe;
import dev.assay.operator.Scaling;
import dev.assay.operator.Signature;
import dev.assay.tensor.DType;
import java.util.List;
import java.util.Map;

/// The largest element of each line; NaN if one of them is NaN.
///
/// - of no elements it is minus infinity, or the smallest number of an integer type
/// - source: ONNX ReduceMax-20; NaN as NumPy has it, which computes ONNX's own examples
public final class ReduceMax extends Reduction {
    public ReduceMax() {
        super(
                "reduce_max",
                "ReduceMax",
                new About("the largest x; NaN if one is NaN", "ONNX ReduceMax-20", About.Errors.EXACT),
                Signature.union(NUMBERS, Signature.only(DType.I8, DType.U8, DType.BOOL)));
    }

    @Override
    protected Estimate real(double[] line, LineArithmetic arithmetic) {
        double found = Double.NEGATIVE_INFINITY;
        for (double value : line) {
            found = Math.max(found, value);
        }
        return Estimate.exact(found);
    }

    @Override
    protected long whole(long[] line, DType type) {
        boolean unsigned = type.kind() != DType.Kind.SIGNED;
        long found = unsigned ? 0 : -(1L << (type.bits() - 1));
        for (long value : line) {
            boolean better = unsigned ? Long.compareUnsigned(value, found) > 0 : value > found;
            found = better ? value : found;
        }
        return found;
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return call.input("data").shape().isEmpty()
                ? List.of()
                : List.of(
                        new Probe("normal", false, "elements are left out"),
                        new Probe("codes", false, "some values of the type are compared wrongly"));
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return call.input("data").dtype().isFloat()
                ? List.of(new Scaling(Map.of("data", 2), Map.of("reduced", 2)))
                : List.of();
    }
}
