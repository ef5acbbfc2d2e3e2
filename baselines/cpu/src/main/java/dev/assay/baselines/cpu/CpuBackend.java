package dev.assay.baselines.cpu;

import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.Kernel;
import dev.assay.backend.Support;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The host's processor, open.
final class CpuBackend implements Backend {
    private static final Set<DType> FLOATS = Set.of(DType.F64, DType.F32, DType.F16, DType.BF16);

    /// Products of f32 operands are summed in f32, those of f64 operands in f64; the rest is done in f64, where
    /// exp, tanh, square root and division stay within the strict value's 2 ulp (specification of `java.lang.Math`:
    /// 1, 2.5 and 0.5 ulp, the 2.5 of tanh being ulps of the result and so at most 1.25 of the contract's units).
    private static final ComputeContract PRODUCTS =
            ComputeContract.strict().deterministic(true).build();

    /// Everything in f64, rounded once at the end.
    private static final ComputeContract ALL_F64 =
            PRODUCTS.toBuilder().accumulator(DType.F64).build();

    /// How one operator is computed.
    ///
    /// @param others inputs that may be of one more type than the floating-point ones
    private record Entry(ComputeContract contract, Map<String, DType> others, Preparation preparation) {}

    @FunctionalInterface
    private interface Preparation {
        Kernel prepare(Call call, Workers workers);
    }

    private static final Map<String, Entry> OPERATORS = new TreeMap<>(Map.of(
            "attention",
                    new Entry(
                            PRODUCTS,
                            Map.of("attn_mask", DType.BOOL, "nonpad_kv_seqlen", DType.I64),
                            AttentionKernel::new),
            "layer_normalization", new Entry(ALL_F64, Map.of(), LayerNormalizationKernel::new),
            "matmul", new Entry(PRODUCTS, Map.of(), MatMulKernel::new)));

    private final DeviceInfo device;
    private final Workers workers;

    private CpuBackend(DeviceInfo device, Workers workers) {
        this.device = device;
        this.workers = workers;
    }

    /// Loads ND4J. Throws [dev.assay.HarnessException] where that is not possible.
    static CpuBackend open(int threads) {
        Nd4jRuntime.load();
        Nd4jRuntime.useThreads(threads);
        return new CpuBackend(HostCpu.describe(threads), new Workers(threads));
    }

    @Override
    public DeviceInfo device() {
        return device;
    }

    @Override
    public ComputeContract contract(Call call) {
        Entry entry = OPERATORS.get(call.operator());
        return entry == null ? ComputeContract.STRICT : entry.contract();
    }

    @Override
    public Support supports(Call call) {
        Entry entry = OPERATORS.get(call.operator());
        if (entry == null) {
            return Support.no("no kernel for " + call.operator() + ", there are " + OPERATORS.keySet());
        }
        for (Call.Operand operand : call.inputs()) {
            if (operand.spec().isEmpty()) {
                continue;
            }
            TensorSpec spec = operand.spec().get();
            if (!FLOATS.contains(spec.dtype()) && entry.others().get(operand.name()) != spec.dtype()) {
                return Support.no(operand.name() + " is " + spec.dtype() + ", computed are f64, f32, f16 and bf16");
            }
            for (long size : spec.shape().toArray()) {
                if (size > Integer.MAX_VALUE) {
                    return Support.no(operand.name() + " " + spec + ": BLAS counts in 32 bits");
                }
            }
        }
        return Support.yes();
    }

    @Override
    public Kernel prepare(Call call) {
        Entry entry = OPERATORS.get(call.operator());
        if (entry == null || supports(call) instanceof Support.No) {
            throw new UnsupportedCallException(supports(call) instanceof Support.No no ? no.reason() : "unknown");
        }
        return entry.preparation().prepare(call, workers);
    }

    @Override
    public void close() {
        workers.close();
    }
}
