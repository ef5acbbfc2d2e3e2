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

/// The smallest element of each line; NaN if one of them is NaN.
///
/// - of no elements it is infinity, or the largest number of an integer type
/// - source: ONNX ReduceMin-20; NaN as NumPy has it, which computes ONNX's own examples
public final class ReduceMin extends Reduction {
    public ReduceMin() {
        super(
                "reduce_min",
                "ReduceMin",
                new About("the smallest x; NaN if one is NaN", "ONNX ReduceMin-20", About.Errors.EXACT),
                Signature.union(NUMBERS, Signature.only(DType.I8, DType.U8, DType.BOOL)));
    }

    @Override
    protected Estimate real(double[] line, LineArithmetic arithmetic) {
        double found = Double.POSITIVE_INFINITY;
        for (double value : line) {
            found = Math.min(found, value);
        }
        return Estimate.exact(found);
    }

    @Override
    protected long whole(long[] line, DType type) {
        boolean unsigned = type.kind() != DType.Kind.SIGNED;
        long found = type == DType.BOOL ? 1 : unsigned ? -1L >>> (64 - type.bits()) : (1L << (type.bits() - 1)) - 1;
        for (long value : line) {
            boolean better = unsigned ? Long.compareUnsigned(value, found) < 0 : value < found;
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
