package dev.assay.baselines.cpu;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/// `gelu` of f32, on the Vector API: `½ x (1 + erf(x/√2))`.
final class GeluKernel implements Kernel {
    private static final int ELEMENTS_PER_TASK = 1 << 15;
    /// A multiple of every vector length.
    private static final int BLOCK = 1024;

    private static final int LANES = VectorMath.SPECIES.length();
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

    /// In steps over a block that stays in the cache, each a method of its own: what is compiled as one unit must not
    /// be more than the compiler takes, or vectors become objects.
    private static void gelu(MemorySegment from, MemorySegment to, long first, int count) {
        float[] scaled = new float[BLOCK];
        float[] rest = new float[BLOCK];
        for (int done = 0; done < count; done += BLOCK) {
            int size = Math.min(BLOCK, count - done);
            long at = (first + done) * Float.BYTES;
            MemorySegment.copy(from, ValueLayout.JAVA_FLOAT_UNALIGNED, at, scaled, 0, size);
            scale(scaled, ROOT_HALF);
            logOfRest(scaled, rest);
            exp(rest);
            erf(scaled, rest);
            MemorySegment.copy(from, ValueLayout.JAVA_FLOAT_UNALIGNED, at, scaled, 0, size);
            scale(scaled, 0.5f);
            finish(scaled, rest);
            MemorySegment.copy(rest, 0, to, ValueLayout.JAVA_FLOAT_UNALIGNED, at, size);
        }
    }

    private static FloatVector load(float[] values, int at) {
        return FloatVector.fromArray(VectorMath.SPECIES, values, at);
    }

    private static void scale(float[] values, float factor) {
        for (int i = 0; i < BLOCK; i += LANES) {
            load(values, i).mul(factor).intoArray(values, i);
        }
    }

    private static void logOfRest(float[] x, float[] rest) {
        for (int i = 0; i < BLOCK; i += LANES) {
            VectorMath.logOfRest(load(x, i)).intoArray(rest, i);
        }
    }

    private static void exp(float[] values) {
        for (int i = 0; i < BLOCK; i += LANES) {
            VectorMath.exp(load(values, i)).intoArray(values, i);
        }
    }

    private static void erf(float[] x, float[] rest) {
        for (int i = 0; i < BLOCK; i += LANES) {
            VectorMath.erf(load(x, i), load(rest, i)).intoArray(rest, i);
        }
    }

    /// `(1 + erf) x/2`.
    private static void finish(float[] half, float[] erf) {
        for (int i = 0; i < BLOCK; i += LANES) {
            VectorMath.oneNan(load(erf, i).add(1).mul(load(half, i))).intoArray(erf, i);
        }
    }
}
