package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.backend.Support;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The kernels there are, by the operator's name.
public final class KernelLibrary {
    private static final Map<String, SharedKernel.Factory> ALL = catalogue(List.of(
            AttentionBackward.ALL,
            AttentionKernels.ALL,
            CacheKernels.ALL,
            ConvKernels.ALL,
            ElementwiseKernels.ALL,
            GradientKernels.ALL,
            GraphKernels.ALL,
            IndexingKernels.ALL,
            LossKernels.ALL,
            LinalgKernels.ALL,
            MoeKernels.ALL,
            MovementKernels.ALL,
            NormGradientKernels.ALL,
            NormKernels.ALL,
            PairKernels.ALL,
            ParticleKernels.ALL,
            PeriodicKernels.ALL,
            OptimizerKernels.ALL,
            PositionKernels.ALL,
            ProductGradientKernels.ALL,
            ProductKernels.ALL,
            QuantizationKernels.ALL,
            ReductionKernels.ALL,
            SamplingKernels.ALL,
            SequenceKernels.ALL,
            ServingKernels.ALL,
            SoftmaxKernels.ALL,
            TrainingKernels.ALL,
            SpectralKernels.ALL));

    private KernelLibrary() {}

    private static Map<String, SharedKernel.Factory> catalogue(List<Map<String, SharedKernel.Factory>> families) {
        Map<String, SharedKernel.Factory> all = new TreeMap<>();
        for (Map<String, SharedKernel.Factory> family : families) {
            family.forEach((name, factory) -> {
                if (all.put(name, factory) != null) {
                    throw new IllegalStateException("two kernels for " + name);
                }
            });
        }
        return Map.copyOf(all);
    }

    /// Names of the operators.
    public static Set<String> operators() {
        return ALL.keySet();
    }

    /// Whether there is a kernel for this call.
    public static Support supports(Call call) {
        if (!ALL.containsKey(call.operator())) {
            return Support.no("no kernel for " + call.operator());
        }
        for (Call.Operand output : call.outputs()) {
            if (!output.spec().map(TensorSpec::isDense).orElse(true)) {
                return Support.no(output.name() + " is not dense: results are written in row-major order only");
            }
        }
        return Support.yes();
    }

    /// Plans a call that is supported.
    public static SharedKernel plan(Call call, Arithmetic arithmetic) {
        SharedKernel.Factory factory = ALL.get(call.operator());
        if (factory == null) {
            throw new IllegalArgumentException("no kernel for " + call.operator());
        }
        return factory.plan(call, arithmetic);
    }
}
