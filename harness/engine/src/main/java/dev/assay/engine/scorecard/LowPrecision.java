package dev.assay.engine.scorecard;

import dev.assay.backend.Call;
import dev.assay.engine.scorecard.Comparand.DotProduct;
import dev.assay.operator.Inputs;
import dev.assay.tensor.Tensor;
import java.util.Optional;
import java.util.stream.Stream;

/// What a plain implementation of an operator in the precision of its inputs gives: the other side of criteria that
/// compare a device's error with somebody else's.
///
/// Plain loops in f32 (f64 for f64 inputs), every stored tensor rounded to its own type. It is no backend and no
/// baseline of ours, and it promises nothing: it stands for a framework's simplest path.
interface LowPrecision {
    /// More is not computed: it would take longer than judging.
    double MOST_FLOPS = 1e9;

    /// Of inputs and outputs together; more, as doubles, would crowd a worker's heap.
    long MOST_ELEMENTS = 1L << 25;

    /// An output in row-major order; empty if it is not emulated.
    Optional<double[]> output(String name);

    /// The sums of products that an output's elements are; empty if they are none.
    default Optional<DotProduct> dotProduct(String name) {
        return Optional.empty();
    }

    /// Of a call; one that is too large, or of an operator that is not emulated, has no outputs.
    ///
    /// @param flops that the call takes
    static LowPrecision of(Call call, Inputs inputs, double flops) {
        long elements = Stream.concat(call.inputs().stream(), call.outputs().stream())
                .flatMap(operand -> operand.spec().stream())
                .mapToLong(spec -> spec.shape().elements())
                .sum();
        if (!(flops <= MOST_FLOPS) || elements > MOST_ELEMENTS) {
            return name -> Optional.empty();
        }
        return switch (call.operator()) {
            case "matmul" -> new LowPrecisionMatMul(inputs);
            case "attention" -> LowPrecisionAttention.of(call, inputs);
            case "layer_normalization" -> new LowPrecisionLayerNorm(call, inputs);
            default -> name -> Optional.empty();
        };
    }

    /// All values of a tensor in row-major order.
    static double[] values(Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.shape().elements())];
        tensor.decode(0, values.length, values, 0);
        return values;
    }
}
