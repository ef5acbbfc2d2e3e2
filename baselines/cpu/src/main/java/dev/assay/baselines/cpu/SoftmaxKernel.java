package dev.assay.baselines.cpu;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// `softmax` of f32 along the last dimension, on the Vector API: largest element, exponentials and their sum, product.
final class SoftmaxKernel implements Kernel {
    private static final int ELEMENTS_PER_TASK = 1 << 15;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private final Workers workers;
    private final long rows;
    private final int length;

    private SoftmaxKernel(Call call, Workers workers) {
        this.workers = workers;
        Shape shape = call.input("input").shape();
        this.length = Math.toIntExact(shape.dim(-1));
        this.rows = shape.elements() / length;
    }

    /// For calls along the last dimension in f32.
    static boolean fits(Call call) {
        int rank = call.input("input").shape().rank();
        long axis = call.attributes().integer("axis");
        return FastKernels.isF32(call)
                && rank > 0
                && (axis == -1 || axis == rank - 1)
                && call.input("input").shape().dim(-1) <= Integer.MAX_VALUE / Float.BYTES;
    }

    static Kernel of(Call call, Workers workers) {
        return new SoftmaxKernel(call, workers);
    }

    @Override
    public Launch bind(Arguments arguments) {
        MemorySegment from = arguments.input("input").memory();
        MemorySegment to = arguments.output("output").memory();
        long perTask = Math.max(1, ELEMENTS_PER_TASK / length);
        return () -> workers.forEach(Math.ceilDiv(rows, perTask), (worker, task) -> {
            for (long row = task * perTask; row < Math.min(rows, (task + 1) * perTask); row++) {
                row(from, to, row * length * Float.BYTES);
            }
        });
    }

    private void row(MemorySegment from, MemorySegment to, long start) {
        float scale = 1 / exponentials(from, to, start, largest(from, start));
        int lanes = VectorMath.SPECIES.length();
        int i = 0;
        for (; i <= length - lanes; i += lanes) {
            long at = start + (long) i * Float.BYTES;
            VectorMath.oneNan(FloatVector.fromMemorySegment(VectorMath.SPECIES, to, at, ORDER)
                            .mul(scale))
                    .intoMemorySegment(to, at, ORDER);
        }
        if (i < length) {
            long at = start + (long) i * Float.BYTES;
            VectorMask<Float> rest = VectorMath.SPECIES.indexInRange(i, length);
            VectorMath.oneNan(FloatVector.fromMemorySegment(VectorMath.SPECIES, to, at, ORDER, rest)
                            .mul(scale))
                    .intoMemorySegment(to, at, ORDER, rest);
        }
    }

    private float largest(MemorySegment from, long start) {
        FloatVector most = FloatVector.broadcast(VectorMath.SPECIES, Float.NEGATIVE_INFINITY);
        int lanes = VectorMath.SPECIES.length();
        int i = 0;
        for (; i <= length - lanes; i += lanes) {
            most = most.max(
                    FloatVector.fromMemorySegment(VectorMath.SPECIES, from, start + (long) i * Float.BYTES, ORDER));
        }
        if (i < length) {
            VectorMask<Float> rest = VectorMath.SPECIES.indexInRange(i, length);
            FloatVector last = FloatVector.fromMemorySegment(
                    VectorMath.SPECIES, from, start + (long) i * Float.BYTES, ORDER, rest);
            most = most.lanewise(VectorOperators.MAX, last, rest);
        }
        return most.reduceLanes(VectorOperators.MAX);
    }

    /// Writes the exponentials and answers with their sum.
    private float exponentials(MemorySegment from, MemorySegment to, long start, float largest) {
        FloatVector sum = FloatVector.zero(VectorMath.SPECIES);
        int lanes = VectorMath.SPECIES.length();
        int i = 0;
        for (; i <= length - lanes; i += lanes) {
            long at = start + (long) i * Float.BYTES;
            FloatVector power = VectorMath.exp(FloatVector.fromMemorySegment(VectorMath.SPECIES, from, at, ORDER)
                    .sub(largest));
            power.intoMemorySegment(to, at, ORDER);
            sum = sum.add(power);
        }
        if (i < length) {
            long at = start + (long) i * Float.BYTES;
            VectorMask<Float> rest = VectorMath.SPECIES.indexInRange(i, length);
            FloatVector power = VectorMath.exp(FloatVector.fromMemorySegment(VectorMath.SPECIES, from, at, ORDER, rest)
                    .sub(largest));
            power.intoMemorySegment(to, at, ORDER, rest);
            sum = sum.lanewise(VectorOperators.ADD, power, rest);
        }
        return VectorMath.sum(sum);
    }
}
