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

/// What `reduce_max` and `reduce_min` have in common.
///
/// - NaN if one element is NaN, as NumPy has it, which computes ONNX's own examples
/// - of no elements it is the infinity that loses to every number, or the number of an integer type that does
abstract class ReduceExtreme extends Reduction {
    private final boolean largest;

    ReduceExtreme(String name, String onnxType, String formula, String source, boolean largest) {
        super(
                name,
                onnxType,
                new About(formula, source, About.Errors.EXACT),
                Signature.union(NUMBERS, Signature.only(DType.I8, DType.U8, DType.BOOL)));
        this.largest = largest;
    }

    @Override
    protected final Estimate real(double[] line, LineArithmetic arithmetic) {
        double found = largest ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        for (double value : line) {
            found = largest ? Math.max(found, value) : Math.min(found, value);
        }
        return Estimate.exact(found);
    }

    @Override
    protected final long whole(long[] line, DType type) {
        boolean unsigned = type.kind() != DType.Kind.SIGNED;
        long found = largest ? lowest(type) : highest(type);
        for (long value : line) {
            int compared = unsigned ? Long.compareUnsigned(value, found) : Long.compare(value, found);
            found = (largest ? compared > 0 : compared < 0) ? value : found;
        }
        return found;
    }

    private static long lowest(DType type) {
        return type.kind() == DType.Kind.SIGNED ? -(1L << (type.bits() - 1)) : 0;
    }

    private static long highest(DType type) {
        return switch (type.kind()) {
            case SIGNED -> (1L << (type.bits() - 1)) - 1;
            case BOOL -> 1;
            default -> -1L >>> (64 - type.bits());
        };
    }

    @Override
    public final List<Probe> probes(Call call, ComputeContract contract) {
        return call.input("data").shape().isEmpty()
                ? List.of()
                : List.of(
                        new Probe("normal", false, "elements are left out"),
                        new Probe("codes", false, "some values of the type are compared wrongly"));
    }

    @Override
    public final List<Scaling> scalings(Call call) {
        return call.input("data").dtype().isFloat()
                ? List.of(new Scaling(Map.of("data", 2), Map.of("reduced", 2)))
                : List.of();
    }
}
