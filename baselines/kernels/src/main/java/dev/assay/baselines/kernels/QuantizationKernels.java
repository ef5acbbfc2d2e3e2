package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Map;

/// Operators between numbers and codes of few bits.
final class QuantizationKernels {
    static final Map<String, SharedKernel.Factory> ALL = Map.of(
            "dequantize_linear", QuantizationKernels::dequantize,
            "dynamic_quant", QuantizationKernels::dynamicQuant,
            "dynamic_quantize_linear", QuantizationKernels::dynamicQuantize,
            "mx_quantize", QuantizationKernels::mxQuantize,
            "quantize_linear", QuantizationKernels::quantize);

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

    private static SharedKernel dynamicQuantize(Call call, Arithmetic arithmetic) {
        return arguments -> {
            double[] x = Dots.values(arguments.input("x").tensor());
            double least = 0;
            double most = 0;
            for (double value : x) {
                least = Math.min(least, value);
                most = Math.max(most, value);
            }
            double range = arithmetic.subtract(most, least);
            // What divides must be the scale that is returned.
            double scale = DType.F32.round(range == 0 ? 1 : arithmetic.divide(range, 255));
            double zero = Dots.clamped(Math.rint(arithmetic.divide(-least, scale)), DType.U8);
            arguments.output("y_scale").tensor().set(0, Double.isNaN(scale) ? Double.NaN : scale);
            arguments.output("y_zero_point").tensor().set(0, zero);
            Tensor y = arguments.output("y").tensor();
            for (int i = 0; i < x.length; i++) {
                y.set(i, Dots.clamped(Math.rint(arithmetic.divide(x[i], scale)) + zero, DType.U8));
            }
        };
    }

    private static SharedKernel dynamicQuant(Call call, Arithmetic arithmetic) {
        DType type = call.output("y").dtype();
        Shape scales = call.output("scale").shape();
        return arguments -> {
            Tensor x = arguments.input("x").tensor();
            Tensor y = arguments.output("y").tensor();
            int groups = Math.toIntExact(scales.elements());
            int size = groups == 0 ? 0 : Math.toIntExact(x.shape().elements() / groups);
            for (int group = 0; group < groups; group++) {
                double[] line = new double[size];
                x.decode((long) group * size, size, line, 0);
                double largest = 0;
                for (double value : line) {
                    largest = Math.max(largest, Math.abs(value));
                }
                double scale = DType.F32.round(largest == 0 ? 1 : arithmetic.divide(largest, type.maxFinite()));
                arguments.output("scale").tensor().set(group, Double.isNaN(scale) ? Double.NaN : scale);
                for (int i = 0; i < size; i++) {
                    double quotient = arithmetic.divide(line[i], scale);
                    double code = type.isFloat() ? quotient : Dots.clamped(Math.rint(quotient), type);
                    y.setCodeAt((long) group * size + i, type.encode(code, true));
                }
            }
        };
    }

    private static SharedKernel mxQuantize(Call call, Arithmetic arithmetic) {
        DType type = call.output("y").dtype();
        boolean up = call.attributes().integer("round_scale_up") != 0;
        long size = call.attributes().integer("block_size");
        Shape shape = call.input("x").shape();
        long length = shape.dim(-1);
        double largestPower = Double.longBitsToDouble(Double.doubleToLongBits(type.maxFinite()) & (0x7FFL << 52));
        return arguments -> {
            Tensor x = arguments.input("x").tensor();
            Tensor y = arguments.output("y").tensor();
            Tensor scales = arguments.output("scale").tensor();
            long block = 0;
            for (long start = 0; start < shape.elements(); start += length) {
                for (long from = 0; from < length; from += size) {
                    int count = (int) Math.min(size, length - from);
                    double[] values = new double[count];
                    x.decode(start + from, count, values, 0);
                    double largest = 0;
                    for (double value : values) {
                        largest = Math.max(largest, Math.abs(value));
                    }
                    double scale = scale(largest, up ? type.maxFinite() : largestPower, up);
                    scales.set(block++, scale);
                    for (int i = 0; i < count; i++) {
                        y.setCodeAt(start + from + i, type.encode(arithmetic.divide(values[i], scale), true));
                    }
                }
            }
        };
    }

    /// The largest power of two with `largest / scale >= unit`, or the smallest with `<=` where it is
    /// rounded up.
    private static double scale(double largest, double unit, boolean up) {
        if (!(largest <= Double.MAX_VALUE)) {
            return Double.NaN;
        }
        double scale = 0x1p-127;
        while (scale < 0x1p127 && (up ? largest > unit * scale : largest >= 2 * unit * scale)) {
            scale *= 2;
        }
        return scale;
    }
}
