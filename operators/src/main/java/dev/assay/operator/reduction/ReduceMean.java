package dev.assay.operator.reduction;

import dev.assay.backend.Call;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.tensor.DType;
import java.util.Optional;
import java.util.stream.LongStream;

/// Mean of each line; NaN of no elements.
///
/// - integers: the sum wraps, and the fraction of the quotient is cut off; nothing is said of no integers
/// - source: ONNX ReduceMean-18
public final class ReduceMean extends Reduction {
    public ReduceMean() {
        super("reduce_mean", "ReduceMean", about("Σ x / n", "ONNX ReduceMean-18"), NUMBERS);
    }

    @Override
    protected Estimate real(double[] line, LineArithmetic arithmetic) {
        return arithmetic.divided(arithmetic.sum(line), line.length);
    }

    @Override
    protected long whole(long[] line, DType type) {
        if (line.length == 0) {
            return 0;
        }
        long sum = type.decodeLong(type.encodeLong(LongStream.of(line).sum()));
        return type.kind() == DType.Kind.UNSIGNED ? Long.divideUnsigned(sum, line.length) : sum / line.length;
    }

    @Override
    public Optional<String> orderData(Call call) {
        return call.input("data").dtype().isFloat() ? Optional.of("annulling") : Optional.empty();
    }
}
