package dev.assay.baselines.cpu;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// `gelu` of f32, on the Vector API: `½ x (1 + erf(x/√2))`.
final class GeluKernel implements Kernel {
    private static final int ELEMENTS_PER_TASK = 1 << 15;
    private static final float ROOT_HALF = 0.70710677f;

    private final Workers workers;
    private final long elements;

    private GeluKernel(Call call, Workers workers) {
        this.workers = workers;
        this.elements = call.input("X").shape().elements();
    }

    /// For calls of the exact form in f32.
    static boolean fits(Call call) {
        return FastKernels.isF32(call) && call.attributes().text("approximate").equals("none");
    }

    static Kernel of(Call call, Workers workers) {
        return new GeluKernel(call, workers);
    }

    @Override
    public Launch bind(Arguments arguments) {
        MemorySegment from = arguments.input("X").memory();
        MemorySegment to = arguments.output("Y").memory();
        return () -> workers.forEach(Math.ceilDiv(elements, ELEMENTS_PER_TASK), (worker, task) -> {
            long first = task * ELEMENTS_PER_TASK;
            gelu(from, to, first, (int) Math.min(ELEMENTS_PER_TASK, elements - first));
        });
    }

    private static void gelu(MemorySegment from, MemorySegment to, long first, int count) {
        int lanes = VectorMath.SPECIES.length();
        int i = 0;
        for (; i <= count - lanes; i += lanes) {
            long at = (first + i) * Float.BYTES;
            gelu(FloatVector.fromMemorySegment(VectorMath.SPECIES, from, at, ByteOrder.nativeOrder()))
                    .intoMemorySegment(to, at, ByteOrder.nativeOrder());
        }
        if (i < count) {
            VectorMask<Float> rest = VectorMath.SPECIES.indexInRange(i, count);
            long at = (first + i) * Float.BYTES;
            gelu(FloatVector.fromMemorySegment(VectorMath.SPECIES, from, at, ByteOrder.nativeOrder(), rest))
                    .intoMemorySegment(to, at, ByteOrder.nativeOrder(), rest);
        }
    }

    private static FloatVector gelu(FloatVector x) {
        return VectorMath.oneNan(VectorMath.erf(x.mul(ROOT_HALF)).add(1).mul(x.mul(0.5f)));
    }
}
