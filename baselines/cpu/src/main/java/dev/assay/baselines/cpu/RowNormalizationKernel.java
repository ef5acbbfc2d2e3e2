package dev.assay.baselines.cpu;

import dev.assay.backend.Argument;
import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// `layer_normalization` and `rms_normalization` of f32, on the Vector API: row after row, the sums of which are taken
/// in
/// as many lanes as a vector has, the variance from the distances to the mean.
final class RowNormalizationKernel implements Kernel {
    private static final int ELEMENTS_PER_TASK = 1 << 15;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private final Workers workers;
    private final boolean centred;
    private final long rows;
    private final int length;
    private final float epsilon;

    private RowNormalizationKernel(Call call, Workers workers, boolean centred) {
        this.workers = workers;
        this.centred = centred;
        Shape shape = call.input("X").shape();
        this.length = Math.toIntExact(normalised(call).elements());
        this.rows = shape.elements() / length;
        this.epsilon = (float) call.attributes().real("epsilon");
    }

    private static Shape normalised(Call call) {
        Shape shape = call.input("X").shape();
        int axis = Math.toIntExact(call.attributes().integer("axis"));
        return shape.slice(axis < 0 ? axis + shape.rank() : axis, shape.rank());
    }

    private static boolean fits(Call call, String scale) {
        return FastKernels.isF32(call)
                && normalised(call).elements() <= Integer.MAX_VALUE / Float.BYTES
                && call.input(scale).shape().equals(normalised(call));
    }

    static boolean fitsRms(Call call) {
        return fits(call, "scale");
    }

    static boolean fitsLayer(Call call) {
        return fits(call, "Scale");
    }

    static Kernel rms(Call call, Workers workers) {
        return new RowNormalizationKernel(call, workers, false);
    }

    static Kernel layer(Call call, Workers workers) {
        return new RowNormalizationKernel(call, workers, true);
    }

    @Override
    public Launch bind(Arguments arguments) {
        MemorySegment from = arguments.input("X").memory();
        MemorySegment to = arguments.output("Y").memory();
        MemorySegment scale = arguments.input(centred ? "Scale" : "scale").memory();
        Optional<MemorySegment> bias = memory(arguments.inputs().get("B"));
        Optional<MemorySegment> means = memory(arguments.outputs().get("Mean"));
        Optional<MemorySegment> inverses = memory(arguments.outputs().get("InvStdDev"));
        long perTask = Math.max(1, ELEMENTS_PER_TASK / length);
        return () -> workers.forEach(Math.ceilDiv(rows, perTask), (worker, task) -> {
            for (long row = task * perTask; row < Math.min(rows, (task + 1) * perTask); row++) {
                long start = row * length * Float.BYTES;
                float mean = centred ? sum(from, start) / length : 0;
                float inverse = 1 / (float) Math.sqrt(squares(from, start, mean) / length + epsilon);
                write(from, to, start, mean, inverse, scale, bias);
                long at = row * Float.BYTES;
                means.ifPresent(
                        memory -> memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, (float) CanonicalNan.of(mean)));
                inverses.ifPresent(
                        memory -> memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, (float) CanonicalNan.of(inverse)));
            }
        });
    }

    private static Optional<MemorySegment> memory(@org.jspecify.annotations.Nullable Argument argument) {
        return Optional.ofNullable(argument).map(Argument::memory);
    }

    private static FloatVector load(MemorySegment from, long at) {
        return FloatVector.fromMemorySegment(VectorMath.SPECIES, from, at, ORDER);
    }

    private static FloatVector load(MemorySegment from, long at, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(VectorMath.SPECIES, from, at, ORDER, mask);
    }

    private float sum(MemorySegment from, long start) {
        FloatVector a = FloatVector.zero(VectorMath.SPECIES);
        FloatVector b = a;
        int lanes = VectorMath.SPECIES.length();
        int i = 0;
        for (; i <= length - 2 * lanes; i += 2 * lanes) {
            long at = start + (long) i * Float.BYTES;
            a = a.add(load(from, at));
            b = b.add(load(from, at + (long) lanes * Float.BYTES));
        }
        for (; i < length; i += lanes) {
            a = a.add(load(from, start + (long) i * Float.BYTES, VectorMath.SPECIES.indexInRange(i, length)));
        }
        return VectorMath.sum(a.add(b));
    }

    private float squares(MemorySegment from, long start, float mean) {
        FloatVector a = FloatVector.zero(VectorMath.SPECIES);
        FloatVector b = a;
        int lanes = VectorMath.SPECIES.length();
        int i = 0;
        for (; i <= length - 2 * lanes; i += 2 * lanes) {
            long at = start + (long) i * Float.BYTES;
            FloatVector x = load(from, at).sub(mean);
            FloatVector y = load(from, at + (long) lanes * Float.BYTES).sub(mean);
            a = x.fma(x, a);
            b = y.fma(y, b);
        }
        for (; i < length; i += lanes) {
            VectorMask<Float> rest = VectorMath.SPECIES.indexInRange(i, length);
            FloatVector x = load(from, start + (long) i * Float.BYTES, rest).lanewise(VectorOperators.SUB, mean, rest);
            a = x.fma(x, a);
        }
        return VectorMath.sum(a.add(b));
    }

    private void write(
            MemorySegment from,
            MemorySegment to,
            long start,
            float mean,
            float inverse,
            MemorySegment scale,
            Optional<MemorySegment> bias) {
        MemorySegment shift = bias.orElse(MemorySegment.NULL);
        boolean shifted = bias.isPresent();
        int lanes = VectorMath.SPECIES.length();
        for (int i = 0; i < length; i += lanes) {
            long at = (long) i * Float.BYTES;
            if (i <= length - lanes) {
                FloatVector y = load(from, start + at).sub(mean).mul(inverse).mul(load(scale, at));
                VectorMath.oneNan(shifted ? y.add(load(shift, at)) : y).intoMemorySegment(to, start + at, ORDER);
            } else {
                VectorMask<Float> rest = VectorMath.SPECIES.indexInRange(i, length);
                FloatVector y =
                        load(from, start + at, rest).sub(mean).mul(inverse).mul(load(scale, at, rest));
                VectorMath.oneNan(shifted ? y.add(load(shift, at, rest)) : y)
                        .intoMemorySegment(to, start + at, ORDER, rest);
            }
        }
    }
}
