package dev.assay.baselines.cpu;

import dev.assay.backend.Call;
import dev.assay.backend.Kernel;
import dev.assay.tensor.DType;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Kernels of operators that the library has too, for the calls that models make most: dense f32 on the Vector API.
final class FastKernels {
    private static final boolean VECTORS =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    private record Entry(Predicate<Call> fits, BiFunction<Call, Workers, Kernel> kernel) {}

    /// Loaded only where there are vectors.
    private static final class Vectorised {
        static final Map<String, Entry> ALL = Map.of(
                "gelu", new Entry(GeluKernel::fits, GeluKernel::of),
                "rms_normalization", new Entry(RowNormalizationKernel::fitsRms, RowNormalizationKernel::rms),
                "softmax", new Entry(SoftmaxKernel::fits, SoftmaxKernel::of));
    }

    private FastKernels() {}

    /// A kernel for this call; empty where the library's has to do.
    static Optional<Kernel> of(Call call, Workers workers) {
        Entry entry = VECTORS ? Vectorised.ALL.get(call.operator()) : null;
        return entry != null && entry.fits().test(call)
                ? Optional.of(entry.kernel().apply(call, workers))
                : Optional.empty();
    }

    /// Whether every tensor is dense, of f32, and has elements.
    static boolean isF32(Call call) {
        return Stream.concat(call.inputs().stream(), call.outputs().stream())
                .flatMap(operand -> operand.spec().stream())
                .allMatch(spec -> spec.dtype() == DType.F32
                        && spec.isDense()
                        && !spec.shape().isEmpty());
    }

    /// Whether a layer normalisation has a kernel on vectors.
    static boolean normalises(Call call) {
        return VECTORS && RowNormalizationKernel.fitsLayer(call);
    }
}
