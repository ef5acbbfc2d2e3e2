package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Map;

/// Operators between numbers and codes of few bits.
final class QuantizationKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "quantize_linear", QuantizationKernels::quantize,
            "dequantize_linear", QuantizationKernels::dequantize);

    private QuantizationKernels() {}

    /// Walks over the data in runs that share a scale.
    @FunctionalInterface
    private interface Run {
        void at(long scale, long from, long step, long count);
    }

    private static void runs(Shape shape, Shape scales, long axis, long block, Run run) {
        if (shape.isEmpty()) {
            return;
        }
        if (scales.elements() == 1) {
            run.at(0, 0, 1, shape.elements());
            return;
        }
        int along = shape.rank() == 1 ? 0 : (int) (axis < 0 ? axis + shape.rank() : axis);
        long size = shape.dim(along);
        long inner = shape.slice(along + 1, shape.rank()).elements();
        long outer = shape.slice(0, along).elements();
        for (long o = 0; o < outer; o++) {
            if (block == 0) {
                for (long a = 0; a < size; a++) {
                    run.at(a, (o * size + a) * inner, 1, inner);
                }
                continue;
            }
            long blocks = (size + block - 1) / block;
            for (long b = 0; b < blocks; b++) {
                long length = Math.min(block, size - b * block);
                for (long i = 0; i < inner; i++) {
                    run.at((o * blocks + b) * inner + i, (o * size + b * block) * inner + i, inner, length);
                }
            }
        }
    }

    private static SharedKernel quantize(Call call, Arithmetic arithmetic) {
        Shape shape = call.input("x").shape();
        Shape scales = call.input("y_scale").shape();
        long axis = call.attributes().integer("axis");
        long block = call.attributes().integer("block_size");
        DType type = call.output("y").dtype();
        boolean saturates = call.attributes().integer("saturate") != 0;
        return arguments -> {
            Tensor x = arguments.input("x").tensor();
            Tensor scale = arguments.input("y_scale").tensor();
            Tensor y = arguments.output("y").tensor();
            runs(shape, scales, axis, block, (at, from, step, count) -> {
                double divisor = scale.get(at);
                double zero = call.hasInput("y_zero_point")
                        ? arguments.input("y_zero_point").tensor().get(at)
                        : 0;
                for (long i = 0; i < count; i++) {
                    long number = from + i * step;
                    double quotient = arithmetic.divide(arithmetic.round(x.get(number)), divisor);
                    double code = type.isFloat()
                            ? zero == 0 ? quotient : arithmetic.add(quotient, zero)
                            : Dots.clamped(Math.rint(quotient) + zero, type);
                    y.setCodeAt(number, type.encode(code, saturates));
                }
            });
        };
    }

    private static SharedKernel dequantize(Call call, Arithmetic arithmetic) {
        Shape shape = call.input("x").shape();
        Shape scales = call.input("x_scale").shape();
        long axis = call.attributes().integer("axis");
        long block = call.attributes().integer("block_size");
        return arguments -> {
            Tensor x = arguments.input("x").tensor();
            Tensor scale = arguments.input("x_scale").tensor();
            Tensor y = arguments.output("y").tensor();
            runs(shape, scales, axis, block, (at, from, step, count) -> {
                double factor = scale.get(at);
                double zero = call.hasInput("x_zero_point")
                        ? arguments.input("x_zero_point").tensor().get(at)
                        : 0;
                for (long i = 0; i < count; i++) {
                    long number = from + i * step;
                    double value = arithmetic.multiply(arithmetic.subtract(x.get(number), zero), factor);
                    y.set(number, Double.isNaN(value) ? Double.NaN : value);
                }
            });
        };
    }
}
