package dev.assay.engine.judge;

import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.operator.Scaling;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Does the output scale with the inputs? Multiplying by a power of two is exact in every step of a kernel
/// that works in floating point, so that the outputs must scale bit for bit, unless something leaves the range
/// of normal numbers.
///
/// What it finds has no place in floating-point arithmetic: absolute thresholds, clamps, values added, tables,
/// kernels chosen by magnitude, intermediates of too little range.
final class ScalingLayer {
    static final String CODE = "metamorphic";
    /// Magnitudes within which no product, square or sum of them leaves the range of f32.
    private static final double LARGEST = 0x1p40;

    private final DeviceCall device;
    private final Subject subject;
    private int count;

    ScalingLayer(DeviceCall device, Subject subject) {
        this.device = device;
        this.subject = subject;
    }

    /// How often the kernel was asked.
    int count() {
        return count;
    }

    Optional<Finding> check(Trial trial) {
        // Partial sums of little range underflow, or become infinite, where the result does neither.
        boolean wide = !(trial.contract().accumulator() instanceof Accumulator.Floating)
                && !(trial.contract().partials() instanceof Stored.As(DType type)
                        && type.minNormal() > DType.F32.minNormal());
        if (!wide || !trial.contract().deterministic() || !trial.repeats()) {
            return Optional.empty();
        }
        for (Scaling scaling : subject.operator().scalings(subject.call())) {
            Optional<Finding> finding = check(trial, scaling);
            if (finding.isPresent()) {
                return finding;
            }
        }
        return Optional.empty();
    }

    private Optional<Finding> check(Trial trial, Scaling scaling) {
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> scaled = new LinkedHashMap<>();
            for (Map.Entry<String, Tensor> input : subject.inputs().entrySet()) {
                Integer exponent = scaling.inputs().get(input.getKey());
                boolean floats = input.getValue().dtype().isFloat();
                if (floats && !isModerate(input.getValue(), exponent == null ? 0 : exponent)) {
                    return Optional.empty();
                }
                scaled.put(
                        input.getKey(),
                        exponent == null ? input.getValue() : scaled(input.getValue(), exponent, arena));
            }
            count++;
            Trial again = Trial.once(device, subject.operator(), subject.call(), trial.contract(), scaled, arena);
            Optional<Finding> damage = MemoryLayer.damage(told(scaling).strip(), again);
            if (damage.isPresent()) {
                return damage;
            }
            for (Map.Entry<String, Tensor> output : trial.outputs().entrySet()) {
                int exponent = scaling.outputs().getOrDefault(output.getKey(), 0);
                Tensor after = again.outputs().get(output.getKey());
                if (after != null) {
                    Optional<String> difference = difference(output.getKey(), output.getValue(), after, exponent);
                    if (difference.isPresent()) {
                        return Optional.of(Finding.of(CODE, told(scaling) + difference.get()));
                    }
                }
            }
            return Optional.empty();
        }
    }

    private static String told(Scaling scaling) {
        return "with inputs multiplied by powers of two " + new TreeMap<>(scaling.inputs()) + " ";
    }

    /// Whether a tensor can be multiplied without leaving the normal numbers of its type, and what is made of
    /// it those of f32. Zeros and infinities (masks) scale anyway; NaN cannot be compared.
    private static boolean isModerate(Tensor tensor, int exponent) {
        DType dtype = tensor.dtype();
        double high = Math.min(LARGEST, dtype.maxFinite() * 0x1p-4);
        double low = Math.max(1 / LARGEST, dtype.minNormal() * 0x1p4);
        return Values.allMatch(tensor, value -> {
            double size = Math.abs(value);
            boolean fixed = size == 0 || (exponent == 0 && Double.isInfinite(value));
            return fixed || (size >= low && size <= high);
        });
    }

    private static Tensor scaled(Tensor tensor, int exponent, Arena arena) {
        TensorSpec spec = tensor.spec();
        Tensor scaled = Tensor.allocate(spec, arena);
        double factor = Math.scalb(1.0, exponent);
        long elements = spec.shape().elements();
        for (long i = 0; i < elements; i++) {
            scaled.set(i, tensor.get(i) * factor);
        }
        return scaled;
    }

    private static Optional<String> difference(String name, Tensor before, Tensor after, int exponent) {
        double factor = Math.scalb(1.0, exponent);
        DType dtype = before.dtype();
        double low = Math.max(1 / LARGEST, dtype.minNormal() * 0x1p4);
        double high = dtype.maxFinite() * 0x1p-4;
        long elements = before.shape().elements();
        double[] one = new double[Values.CHUNK];
        double[] other = new double[Values.CHUNK];
        long wrong = 0;
        String first = "";
        for (long at = 0; at < elements; at += Values.CHUNK) {
            int count = (int) Math.min(Values.CHUNK, elements - at);
            before.decode(at, count, one, 0);
            after.decode(at, count, other, 0);
            for (int i = 0; i < count; i++) {
                double size = Math.abs(one[i]);
                if (size >= low && size <= high && other[i] != one[i] * factor) {
                    first = wrong++ > 0
                            ? first
                            : Words.element(name, before.shape().coordinates(at + i)) + " is " + other[i] + " and not "
                                    + one[i] * factor;
                }
            }
        }
        return wrong == 0
                ? Optional.empty()
                : Optional.of(wrong + " of " + elements + " elements do not scale with them: " + first);
    }
}
